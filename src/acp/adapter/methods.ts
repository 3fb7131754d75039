import {statSync} from 'node:fs'
import * as v from 'valibot'
import type {HandOverDesk} from '../../gateway/gateway.js'
import {isSessionKey, mintSessionKey} from '../../gateway/ids.js'
import {RpcError} from '../../gateway/rpc-error.js'
import type {SessionPermissionsOptions} from '../../gateway/session/permissions.js'
import {errorCodes} from '../../protocol/frames.js'
import {paramSchemas, type WireMessage} from '../../protocol/methods.js'
import type {ChosenAgent} from '../agents/known.js'
import type {AgentJournals, Journal} from '../journal/journal.js'
import {interruptedOf, messagesOf} from '../journal/records.js'
import {offeredCommands} from './commands.js'
import type {AgentLink} from './link.js'
import {AgentSession, type PromptImage} from './session.js'
import {elsewhere, storedByName, storedMethods, unknownSession} from './stored.js'
import type {Answer, Method, Params} from './table.js'
import {transcriptFor} from './words.js'

/** An agent's commands are told a moment after its session; so long they are waited for. */
const COMMANDS_MS = 1500

export interface AdapterOptions {
  agent: ChosenAgent
  /** What it was chosen by: its name, or its command. */
  words: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  version: string
  link: AgentLink
  journals: AgentJournals
  permissions: Omit<SessionPermissionsOptions, 'sessionRules' | 'tell' | 'cwd' | 'env'>
  emit: (type: string, sessionId: string | undefined, payload?: Record<string, unknown>) => void
  /** The gateway ends in order. */
  end: () => void
  /** Resolves when whoever is told has taken enough. Default: at once. */
  room?: () => Promise<void>
  /** How long the agent may take to end a turn that is interrupted, milliseconds. Default 8 s. */
  cancelTimeoutMs?: number
  /** Live ids of sessions that the client of now has not opened yet. Default: there is one client. */
  unopened?: Set<string>
  /** Default: none, it ends with its client. */
  handOver?: HandOverDesk | undefined
}

/** The methods of our wire, carried out by an agent. */
export class AdapterMethods {
  readonly #options: AdapterOptions
  /** By their live ids. */
  readonly sessions = new Map<string, AgentSession>()
  /** Of sessions that the agent was asked for and has not given. */
  readonly #restoring = new Set<Journal>()
  readonly #stored: Readonly<Record<string, Method>>
  readonly #table: Readonly<Record<string, Method>>

  constructor(options: AdapterOptions) {
    this.#options = options
    const open = (name: string) => this.sessions.get(name) ?? [...this.sessions.values()].find(({key}) => key === name)
    this.#stored = storedMethods({...options, open})
    this.#table = this.#methods()
  }

  /** Rejects with an RpcError. */
  async call(method: string, params: unknown): Promise<Answer> {
    const act = Object.hasOwn(this.#table, method) ? this.#table[method] : undefined
    if (!act) throw new RpcError(errorCodes.unknownMethod, `unknown method: ${method}`)
    const schema = Object.hasOwn(paramSchemas, method) ? paramSchemas[method as keyof typeof paramSchemas] : v.any()
    const checked = v.safeParse(schema, params ?? {})
    if (!checked.success) throw new RpcError(errorCodes.invalidParams, v.summarize(checked.issues))
    return act(checked.output as Params)
  }

  async close(): Promise<void> {
    for (const session of this.sessions.values()) session.interrupt()
    await Promise.allSettled([...this.sessions.values()].map((session) => session.close()))
    for (const {key} of this.sessions.values()) this.#options.journals.letGo(key)
  }

  /** Somebody asked for the end, and the agent is gone: what it did not end itself is interrupted, and no death. */
  stopped(): void {
    for (const session of this.sessions.values()) session.stopped()
  }

  /** Writes down what only the next process can make something of: call it before this one ends as its agent did. */
  agentDied(): void {
    for (const journal of this.#restoring) journal.write({t: 'load-died', at: Date.now()})
    this.#restoring.clear()
  }

  #methods(): Record<string, Method> {
    const {agent, journals, version, end} = this.#options
    const done = (result: Record<string, unknown> = {}): Answer => ({result})
    return {
      'gateway.ping': () => done({pong: true, pid: process.pid}),
      'gateway.shutdown': () => ({result: {}, after: end}),
      'gateway.detach': async () => {
        const {handOver} = this.#options
        const stays = (await handOver?.stay()) ?? false
        return {result: {stays}, after: () => stays && handOver?.letGo()}
      },
      'setup.status': () => done({provider_configured: true}),
      'config.get': () => done({value: ''}),
      'terminal.resize': () => done(),
      'input.detect_drop': () => done({matched: false}),
      'complete.path': () => done({items: []}),
      'session.create': (params) => this.#create(params),
      'session.resume': (params) => this.#resume(params),
      'session.close': async ({session_id: id}) => {
        const session = this.sessions.get(String(id))
        if (!session) return done({closed: false})
        session.interrupt()
        await session.close()
        journals.letGo(session.key)
        this.sessions.delete(session.id)
        return done({closed: true})
      },
      ...this.#stored,
      'session.usage': async ({session_id: id}) => done({...(await this.#session(id).info()).usage}),
      'session.status': async ({session_id: id}) => {
        const {model, title, cwd} = await this.#session(id).info()
        return done({output: `${agent.name} ${model}\n${title}\n${cwd}\nhermes ${version}, pid ${process.pid}`})
      },
      'session.undo': () => {
        throw new RpcError(errorCodes.refused, `${agent.name} keeps its own memory: what was said can't be taken back`)
      },
      'session.interrupt': ({session_id: id}) => {
        this.#session(id).interrupt()
        return done({status: 'interrupted'})
      },
      'prompt.submit': ({session_id: id, text, prompt_id: given, client_turn_id: turnId, images}) => {
        const promptId = (given ?? turnId) as string | undefined
        return done(this.#session(id).submit(String(text), promptId, (images ?? []) as PromptImage[]))
      },
      'prompt.continue': ({session_id: id}) => done(this.#session(id).continueTurn()),
      'approval.respond': ({session_id: id, request_id: requestId, choice = 'deny', rule, reason, all}) => {
        const answer = {
          choice: choice as 'deny',
          ...(typeof rule === 'string' ? {rule} : {}),
          ...(typeof reason === 'string' ? {reason} : {}),
        }
        const which = {requestId: requestId as string | undefined, all: all === true}
        const resolved = this.#session(id).questions.respond(answer, which)
        if (resolved === 0 && requestId !== undefined) throw notPending()
        return done({resolved})
      },
      'clarify.respond': ({request_id: requestId, answer = ''}) => {
        const asked = [...this.sessions.values()].find(({questions}) => questions.has(String(requestId)))
        if (!asked?.questions.answer(String(requestId), String(answer))) throw notPending()
        return done({status: 'ok'})
      },
      'permissions.list': async ({session_id: id}) => {
        const {permissions} = this.#session(id)
        const [mode, workspace, rules] = await Promise.all([
          permissions.mode(),
          permissions.workspace(),
          permissions.rules(),
        ])
        const told = rules.map(({effect, rule, source}) => ({effect, rule: rule.text, source}))
        return done({mode, workspace: workspace.roots, rules: told})
      },
      'permissions.remove': async ({session_id: id, rule, source}) => {
        const removed = await this.#session(id).permissions.remove({rule: String(rule), source: source as 'session'})
        return done({removed})
      },
      'permissions.mode': ({session_id: id, mode}) => {
        const session = this.#session(id)
        session.permissions.setMode(mode as 'ask')
        return {result: {mode}, after: () => this.#tellInfo(session)}
      },
      'model.options': ({session_id: id}) => {
        const models = (id === undefined ? undefined : this.sessions.get(String(id)))?.models
        const names = models?.all.map(({value}) => value) ?? []
        const provider = {slug: agent.name, name: agent.name, is_current: true, models: names, authenticated: true}
        return done({
          providers: [{...provider, total_models: names.length, auth_type: 'agent'}],
          model: models?.current ?? agent.name,
          provider: agent.name,
        })
      },
      'config.set': async ({session_id: id, key, value}) => {
        if (key !== 'model') throw new RpcError(errorCodes.badValue, `${agent.name} has no setting ${key}: model`)
        const session = this.#session(id)
        const model = await session.setModel(String(value ?? ''))
        return {result: {key, value: model}, after: () => this.#tellInfo(session)}
      },
      'commands.catalog': async () => {
        const [session] = [...this.sessions.values()].slice(-1)
        const commands = (await session?.knownCommands(COMMANDS_MS)) ?? []
        const files = [
          ...(session?.modes
            ? [ownCommand('agent-mode', 'show or choose the mode of the agent itself', '[mode]')]
            : []),
          ownCommand('transcript', 'tell the agent what was said in this session, where it has lost that', ''),
          ...offeredCommands(agent.name, commands).map(({name, summary, args}) =>
            ownCommand(name, summary, args, agent.name),
          ),
        ]
        const pairs = files.map(({name, summary}) => [`/${name}`, summary])
        return done({pairs, sub: {}, canon: {}, categories: [], skill_count: 0, warning: '', files})
      },
      'slash.exec': async ({session_id: id, command}) => {
        const [, name = '', argument = ''] = /^\/?(\S+)\s*([\s\S]*)$/.exec(String(command).trim()) ?? []
        if (name !== 'agent-mode') throw new RpcError(errorCodes.refused, `use command.dispatch for /${name}`)
        return done({output: await this.#agentMode(this.#session(id), argument.trim())})
      },
      'command.dispatch': ({session_id: id, name, arg}) => {
        const session = this.#session(id)
        const bare = String(name).replace(/^\/+/, '')
        if (bare === 'transcript') {
          const stored = journals.read(session.key)
          if (!stored) throw new RpcError(errorCodes.refused, 'nothing was said yet')
          return done({type: 'send', message: transcriptFor(messagesOf(stored))})
        }
        const offered = offeredCommands(agent.name, session.commands ?? [])
        const meant = offered.find((one) => one.name.toLowerCase() === bare.toLowerCase())
        if (!meant) throw new RpcError(errorCodes.refused, `not a command of ${agent.name}: ${bare}`)
        return done({type: 'send', message: `/${meant.sent} ${String(arg ?? '')}`.trim()})
      },
    }
  }

  async #create({stored_session_id: wanted, title, cwd: given, model}: Params): Promise<Answer> {
    const {journals, link} = this.#options
    const cwd = typeof given === 'string' ? given : this.#options.cwd
    const key = typeof wanted === 'string' && isSessionKey(wanted) && !journals.read(wanted) ? wanted : mintSessionKey()
    const session = this.#open(key, cwd, typeof title === 'string' ? title : undefined)
    const {sessionId, modes, configOptions} = await link.create(cwd)
    session.createdAt = Date.now()
    session.bound(sessionId, {modes: modes ?? null, configOptions: configOptions ?? null})
    this.sessions.set(session.id, session)
    journals.claim(key)
    const problem = typeof model === 'string' ? await problemOf(session.setModel(model)) : undefined
    const info = {...(await session.info())}
    const after = () => {
      if (problem) this.#warn(session, problem)
      this.#tellInfo(session)
    }
    return {
      result: {session_id: session.id, stored_session_id: key, message_count: 0, messages: [], info},
      after,
    }
  }

  async #resume({session_id: name, limit}: Params): Promise<Answer> {
    const {journals, link, agent} = this.#options
    const wanted = String(name ?? '').trim()
    if (wanted === '') throw new RpcError(errorCodes.missingSession, 'session_id required')
    const stored = storedByName(journals, wanted)
    const live = [...this.sessions.values()].find(({id, key}) => id === wanted || key === (stored?.key ?? wanted))
    if (live) {
      this.#options.unopened?.delete(live.id)
      return {...(await this.#opened(live, limit)), after: () => live.tell()}
    }
    if (!stored) throw unknownSession(journals, wanted)
    const other = journals.claim(stored.key)
    if (other) throw elsewhere(this.#options.permissions.home, stored, other)
    const cwd = isFolder(stored.cwd) ? stored.cwd : this.#options.cwd
    const session = this.#open(stored.key, cwd, stored.title)
    const journal = this.#journalOf(session)
    const broke = stored.turns.at(-1)?.status === 'open'
    // A journal of a turn that nobody works at any more.
    if (broke) journal.write({t: 'died', at: Date.now()})
    const notes: string[] = []
    const restored = await link
      .restore(stored.agentSession, cwd, {
        tell: (text) => this.#options.emit('status.update', undefined, {kind: 'warn', text}),
        asked: () => this.#restoring.add(journal),
      })
      .finally(() => link.gone || this.#restoring.delete(journal))
    session.bound(restored.id, restored.state)
    const {agentSession: known} = stored
    session.createdAt = (restored.lost === undefined && known?.at) || Date.now()
    const loads = restored.lost === undefined ? (known?.loads ?? 0) + 1 : 0
    journal.write({t: 'agent-session', id: restored.id, at: session.createdAt, loads})
    if (restored.lost !== undefined) {
      session.contextLost = stored.turns.length > 0
      if (session.contextLost) {
        const why = `${agent.name} does not know what was said before: ${restored.lost}`
        notes.push(`its context is lost: ${why} · /transcript tells it`)
      }
    }
    if (broke && restored.lost === undefined) {
      notes.push(`${agent.name} is back; of the reply that was cut off it may know nothing · /continue tells it`)
    }
    this.sessions.set(session.id, session)
    const answer = await this.#opened(session, limit)
    const after = () => {
      for (const note of notes) this.#warn(session, note)
      this.#tellInfo(session)
    }
    return {...answer, after}
  }

  async #opened(session: AgentSession, limit: unknown): Promise<Answer> {
    const info = {...(await session.info())}
    // From here to the answer nothing is awaited, so that each word is in it or follows it.
    const stored = this.#options.journals.read(session.key)
    const all = stored ? messagesOf(stored) : []
    const settled = session.running ? settledOf(all, session) : all
    return {
      result: {
        session_id: session.id,
        resumed: session.key,
        session_key: session.key,
        message_count: settled.length,
        messages: typeof limit === 'number' ? settled.slice(-limit) : settled,
        info,
        inflight: session.inflight,
        interrupted: stored && !session.running ? interruptedOf(stored) : null,
        running: session.running,
        status: session.status,
        ...(stored && stored.cwd !== session.cwd ? {lost_cwd: stored.cwd} : {}),
      },
    }
  }

  readonly #journals = new WeakMap<AgentSession, Journal>()

  #journalOf(session: AgentSession) {
    return this.#journals.get(session) as Journal
  }

  #open(key: string, cwd: string, title: string | undefined): AgentSession {
    const {agent, words, env, link, journals, permissions, emit, room, cancelTimeoutMs} = this.#options
    const journal = journals.open(key)
    const session: AgentSession = new AgentSession({
      key,
      agent: agent.name,
      words,
      cwd,
      env,
      link,
      journal,
      stored: () => journals.read(key),
      emit: (type, payload) => emit(type, session.id, payload),
      permissions,
      room,
      cancelTimeoutMs,
      title,
      began: () => this.#options.handOver?.turnBegan(),
    })
    this.#journals.set(session, journal)
    return session
  }

  async #agentMode(session: AgentSession, wanted: string): Promise<string> {
    const {modes} = session
    if (!modes) throw new RpcError(errorCodes.refused, `${this.#options.agent.name} has no modes of its own`)
    if (wanted !== '') return `Mode of ${this.#options.agent.name}: ${await session.setAgentMode(wanted)}`
    return modes.all.map(({value, name}) => `${value === modes.current ? '●' : '○'} ${value}  ${name}`).join('\n')
  }

  #session(id: unknown): AgentSession {
    const found = this.sessions.get(String(id))
    if (!found) throw new RpcError(errorCodes.unknownSession, 'session not found')
    return found
  }

  #warn(session: AgentSession, text: string): void {
    this.#options.emit('status.update', session.id, {kind: 'warn', text})
  }

  #tellInfo(session: AgentSession): void {
    void session.info().then((info) => this.#options.emit('session.info', session.id, {...info}))
  }
}

/** Without the reply that grows, which is told as in flight, and without calls that run, which are told as they start. */
function settledOf(messages: readonly WireMessage[], {calls}: Pick<AgentSession, 'calls'>): WireMessage[] {
  const grows = messages.at(-1)?.role === 'assistant'
  return (grows ? messages.slice(0, -1) : messages).filter(({tool_id: id}) => id === undefined || !calls.includes(id))
}

const ownCommand = (name: string, summary: string, args: string, path = 'hermes') => ({name, summary, args, path})

const isFolder = (folder: string) => statSync(folder, {throwIfNoEntry: false})?.isDirectory() ?? false

const notPending = () => new RpcError(errorCodes.busy, 'no pending answer request')

async function problemOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error) => String(error.message),
  )
}
