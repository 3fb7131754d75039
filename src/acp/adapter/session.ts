import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import type {
  AvailableCommand,
  ContentBlock,
  CreateElicitationRequest,
  CreateElicitationResponse,
  LoadSessionResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionConfigOption,
  SessionModeState,
  SessionUpdate,
} from '@agentclientprotocol/sdk'
import {messageOf} from '../../errors.js'
import {mintLiveId, mintPromptId} from '../../gateway/ids.js'
import {RpcError} from '../../gateway/rpc-error.js'
import {SessionPermissions, type SessionPermissionsOptions} from '../../gateway/session/permissions.js'
import {Questions} from '../../gateway/session/questions.js'
import {unifiedDiff} from '../../gateway/tools/files/unified-diff.js'
import type {Permit, PermitRequest} from '../../gateway/tools/types.js'
import {realPathOf} from '../../permissions/workspace.js'
import {errorCodes} from '../../protocol/frames.js'
import {mentionsIn} from '../../protocol/mention.js'
import type {SessionInfo, SessionOpened} from '../../protocol/methods.js'
import type {StopReason} from '../../protocol/stop-reason.js'
import type {Journal} from '../journal/journal.js'
import {interruptedOf, type StoredAgentSession} from '../journal/records.js'
import {AgentCalls} from './calls.js'
import {chosenOf, optionOf} from './choices.js'
import type {AgentLink, LinkedSession} from './link.js'
import {Served} from './served.js'
import {accessOf, changesOf, nameOf, toolWith} from './tools.js'
import {usageOf} from './usage.js'
import {continuation, titleOf} from './words.js'

export interface AgentSessionOptions {
  key: string
  agent: string
  /** What starts the agent: its name, or its command. */
  words: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  link: AgentLink
  journal: Journal
  /** As it is stored now; undefined before its first prompt. */
  stored: () => StoredAgentSession | undefined
  emit: (type: string, payload?: Record<string, unknown>) => void
  permissions: Omit<SessionPermissionsOptions, 'sessionRules' | 'tell' | 'cwd' | 'env'>
  /** Resolves when whoever is told has taken enough. Default: at once. */
  room?: (() => Promise<void>) | undefined
  /** How long it may take to end a turn that is interrupted. Default 8 s. */
  cancelTimeoutMs?: number | undefined
  title?: string | undefined
  /** A turn begins; default nobody is told. */
  began?: (() => void) | undefined
}

export interface PromptImage {
  label: string
  path: string
}

/** How long an agent may take to end a turn that is interrupted, milliseconds. */
const CANCEL_MS = 8000

interface Turn {
  promptId: string
  /** What the person said. */
  prompt: string
  /** All of the reply that was shown. */
  shown: {text: string; reasoning: string}
  /** What the agent wrote since its last tool. */
  segment: string
  hasText: boolean
  interrupted: boolean
  steps: number
}

const warnings: Readonly<Record<string, {stop: StopReason; text: string}>> = {
  max_tokens: {stop: 'length', text: 'The reply was cut at the longest that the model may write.'},
  max_turn_requests: {stop: 'step-limit', text: 'The agent was stopped at the most steps that one prompt may take.'},
  refusal: {stop: 'refusal', text: 'The agent refused to answer.'},
}

/** A session with the agent: what it says becomes events of our wire, and is on disk before it is shown. */
export class AgentSession implements LinkedSession {
  readonly id = mintLiveId()
  readonly key: string
  readonly cwd: string
  readonly served: Served
  readonly questions: Questions
  readonly permissions: SessionPermissions
  commands: readonly AvailableCommand[] | undefined
  title: string
  /** The agent does not know what was said before. */
  contextLost = false
  readonly #options: AgentSessionOptions
  #agentSession = ''
  #modes: SessionModeState | undefined
  #configOptions: readonly SessionConfigOption[] = []
  #turn: Turn | undefined
  readonly #calls: AgentCalls
  /** What the person, a rule or the mode allowed in this turn already, by what it is about. */
  readonly #allowed = new Set<string>()
  /** One update after the other. */
  #order: Promise<void> = Promise.resolve()
  #usage: Record<string, unknown> | undefined
  #begun: boolean
  readonly #commandsTold = Promise.withResolvers<void>()

  constructor(options: AgentSessionOptions) {
    this.#options = options
    this.key = options.key
    this.cwd = options.cwd
    this.title = options.title ?? ''
    this.#begun = options.stored() !== undefined
    this.permissions = new SessionPermissions({
      ...options.permissions,
      cwd: options.cwd,
      env: options.env,
      sessionRules: {
        list: () => [...(options.stored()?.rules ?? [])],
        add: (rule) => options.journal.write({t: 'rule', rule}),
        remove: (rule) => {
          const known = options.stored()?.rules.includes(rule) ?? false
          if (known) options.journal.write({t: 'rule', rule, removed: true})
          return known
        },
      },
      tell: (text) => this.#warn(text),
    })
    this.questions = new Questions({
      emit: (type, payload) => options.emit(type, payload),
      // With the agent's process its question goes: it asks anew when it is gone on with.
      ask: () => {},
      answer: () => true,
    })
    this.#calls = new AgentCalls({
      cwd: options.cwd,
      emit: options.emit,
      journal: options.journal,
      room: options.room,
      begins: () => {
        if (!this.#turn) return
        this.#turn.segment = ''
        this.#turn.steps += 1
      },
    })
    this.served = new Served({
      cwd: options.cwd,
      env: options.env,
      permit: (request) => this.#permit(request),
    })
  }

  get running(): boolean {
    return this.#turn !== undefined
  }

  get status(): 'idle' | 'working' | 'waiting' {
    if (!this.#turn) return 'idle'
    return this.questions.waiting ? 'waiting' : 'working'
  }

  /** Something was said in it. */
  get stored(): boolean {
    return this.#begun
  }

  /** What runs, for who comes back to it. */
  get turn(): {row: {prompt: string}} | undefined {
    return this.#turn && {row: {prompt: this.#turn.prompt}}
  }

  /** What of the running turn no message tells. */
  get inflight(): NonNullable<SessionOpened['inflight']> | null {
    const turn = this.#turn
    if (!turn) return null
    const {promptId: prompt_id, prompt: user, shown} = turn
    return {prompt_id, user, assistant: shown.text, reasoning: shown.reasoning, streaming: true}
  }

  /** Calls that run are told again, and what is asked, to a client that has just come. */
  tell(): void {
    this.#calls.tell()
    this.questions.tell()
  }

  /** Ids of calls that run. */
  get calls(): string[] {
    return this.#calls.running.map(({id}) => id)
  }

  get promptId(): string | undefined {
    return this.#turn?.promptId
  }

  /** The agent has this session under that id. */
  bound(agentSession: string, {modes, configOptions}: LoadSessionResponse): void {
    this.#agentSession = agentSession
    this.#modes = modes ?? undefined
    this.#configOptions = configOptions ?? []
    this.#options.link.bind(agentSession, this)
  }

  async info(): Promise<SessionInfo> {
    const {agent} = this.#options
    const model = this.models
    return {
      model: model?.current ?? agent,
      provider: agent,
      cwd: this.cwd,
      branch: '',
      tools: {},
      skills: {},
      desktop_contract: 2,
      profile_name: 'default',
      session_key: this.key,
      title: this.title,
      permission_mode: await this.permissions.mode(),
      running: this.running,
      ...(this.#usage ? {usage: this.#usage as unknown as NonNullable<SessionInfo['usage']>} : {}),
    }
  }

  /** The agent's models, where it tells any. */
  get models(): {id: string; current: string; all: {value: string; name: string}[]} | undefined {
    const option = this.#configOptions.find(({category, type}) => category === 'model' && type === 'select')
    return option && optionOf(option)
  }

  /** The agent's own modes. */
  get modes(): {current: string; all: {value: string; name: string}[]} | undefined {
    const option = this.#configOptions.find(({category, type}) => category === 'mode' && type === 'select')
    if (option) return optionOf(option)
    const state = this.#modes
    return state && {current: state.currentModeId, all: state.availableModes.map(({id, name}) => ({value: id, name}))}
  }

  async setModel(value: string): Promise<string> {
    const {models} = this
    if (!models) throw new RpcError(errorCodes.badValue, `${this.#options.agent} names no models to choose from`)
    const chosen = chosenOf(models.all, value, 'model')
    const {configOptions} = await this.#options.link.setOption(this.#agentSession, models.id, chosen)
    this.#configOptions = configOptions
    return chosen
  }

  async setAgentMode(value: string): Promise<string> {
    const {modes} = this
    if (!modes) throw new RpcError(errorCodes.badValue, `${this.#options.agent} has no modes of its own`)
    const chosen = chosenOf(modes.all, value, 'mode')
    const option = this.#configOptions.find(({category}) => category === 'mode')
    if (option) {
      this.#configOptions = (await this.#options.link.setOption(this.#agentSession, option.id, chosen)).configOptions
    } else {
      await this.#options.link.setMode(this.#agentSession, chosen)
      if (this.#modes) this.#modes = {...this.#modes, currentModeId: chosen}
    }
    return chosen
  }

  /** Of the agent; most tell them a moment after the session is open. */
  async knownCommands(waitMs: number): Promise<readonly AvailableCommand[]> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs)
    })
    await Promise.race([this.#commandsTold.promise, late])
    clearTimeout(timer)
    return this.commands ?? []
  }

  /** Returns the answer of `prompt.submit`. */
  submit(text: string, given: string | undefined, images: readonly PromptImage[]): Record<string, unknown> {
    const promptId = given ?? mintPromptId()
    const before = this.#options.stored()?.turns.find(({id}) => id === promptId)
    if (before) {
      const status = this.promptId === promptId ? 'streaming' : before.status === 'open' ? 'interrupted' : before.status
      return {status, prompt_id: promptId, duplicate: true}
    }
    if (text.trim() === '') throw new RpcError(errorCodes.empty, 'the prompt is empty')
    if (this.#turn) throw new RpcError(errorCodes.busy, 'session busy: a turn is running')
    const blocks = this.#blocksOf(text, images)
    this.begin()
    this.#options.journal.write({t: 'prompt', id: promptId, text, at: Date.now()})
    if (this.title === '') this.#setTitle(titleOf(text))
    void this.#run({id: promptId, text}, blocks)
    return {status: 'streaming', prompt_id: promptId}
  }

  /** Goes on with the broken turn: the agent is told what it has lost. */
  continueTurn(): Record<string, unknown> {
    if (this.#turn) throw new RpcError(errorCodes.busy, 'session busy: a turn is running')
    const stored = this.#options.stored()
    const broken = stored && interruptedOf(stored)
    if (!broken?.prompt_id) throw new RpcError(errorCodes.refused, 'no reply was interrupted')
    const text = continuation(broken, this.contextLost)
    this.#options.journal.write({t: 'continue', at: Date.now()})
    void this.#run({id: broken.prompt_id, text: broken.user}, [{type: 'text', text}], broken)
    return {status: 'streaming', prompt_id: broken.prompt_id}
  }

  interrupt(): void {
    if (!this.#turn) return
    const turn = this.#turn
    turn.interrupted = true
    this.#options.link.cancel(this.#agentSession)
    this.questions.release()
    const {agent, link, cancelTimeoutMs = CANCEL_MS} = this.#options
    // One that does not hear would hold the session for ever.
    setTimeout(() => {
      if (this.#turn !== turn || link.gone) return
      this.#warn(`${agent} goes on after it was interrupted: it is ended, and started again`)
      link.kill()
    }, cancelTimeoutMs).unref()
  }

  setTitle(title: string): void {
    this.#setTitle(title)
  }

  /** Writes the session down; before that it is nowhere but in the agent. */
  begin(): void {
    if (this.#begun) return
    const {key, agent, words, cwd, journal} = this.#options
    journal.write({t: 'session', key, agent, words, cwd, at: Date.now()})
    journal.write({t: 'agent-session', id: this.#agentSession, at: this.createdAt})
    if (this.title !== '') journal.write({t: 'title', title: this.title})
    // Without its first line nothing of it could be read: on a full disk it is written again.
    this.#begun = true
  }

  /** When the agent minted its id. */
  createdAt = Date.now()

  /** The agent is gone on request, and had no time to end its turn. */
  stopped(): void {
    const {journal} = this.#options
    try {
      if (this.#turn) journal.write({t: 'end', status: 'interrupted', at: Date.now()})
    } catch {
      // The next one takes it for one that broke off.
    }
    journal.close()
  }

  async close(): Promise<void> {
    this.questions.release()
    await this.served.releaseAll()
    this.#options.link.unbind(this.#agentSession)
    this.#options.journal.close()
  }

  /** `before`: what was shown of its reply already. */
  async #run(
    {id: promptId, text: prompt}: {id: string; text: string},
    blocks: ContentBlock[],
    before: {assistant: string; reasoning?: string | undefined} = {assistant: ''},
  ): Promise<void> {
    const {link, emit, journal, agent} = this.#options
    const shown = {text: before.assistant, reasoning: before.reasoning ?? ''}
    const hasText = shown.text !== ''
    const turn: Turn = {promptId, prompt, shown, segment: '', hasText, interrupted: false, steps: 1}
    this.#turn = turn
    this.#options.began?.()
    this.#allowed.clear()
    this.#calls.clear()
    emit('message.start')
    let status: 'complete' | 'interrupted' | 'error' = 'complete'
    let ended: {stop?: StopReason; warning?: string} = {}
    let text = ''
    try {
      const {stopReason} = await link.prompt(this.#agentSession, blocks)
      await this.#order
      text = turn.segment
      const why = warnings[stopReason]
      if (stopReason === 'cancelled' || turn.interrupted) status = 'interrupted'
      else if (why) ended = {stop: why.stop, warning: why.text}
    } catch (error) {
      status = turn.interrupted ? 'interrupted' : 'error'
      text = `Error: ${messageOf(error)}`
      if (!link.gone && status === 'error') emit('error', {message: messageOf(error), code: 'agent/failed'})
    }
    await this.#order
    // A dead agent ends this process in a moment; that its turn broke off is found by the next one.
    if (link.gone) return
    this.#calls.settle(status === 'complete' ? 'complete' : 'unknown')
    this.#turn = undefined
    this.questions.release()
    try {
      journal.write({t: 'end', status, ...ended, at: Date.now()})
    } catch (error) {
      // It would end this process and the agent with it; the next one takes the turn for one that broke off.
      this.#warn(`the end of the reply could not be stored: ${messageOf(error)}`)
    }
    emit('message.complete', {
      text: status === 'interrupted' ? '' : text,
      status,
      prompt_id: promptId,
      steps: turn.steps,
      ...(ended.stop === undefined ? {} : {stop_reason: ended.stop}),
      ...(ended.warning === undefined ? {} : {warning: ended.warning}),
      ...(this.#usage ? {usage: {...this.#usage, model: this.models?.current ?? agent}} : {}),
    })
    emit('session.info', {...(await this.info())})
  }

  update(update: SessionUpdate): void {
    // A change is compared before the end of its call is told: what comes after it waits.
    this.#order = this.#order.then(() => this.#apply(update)).catch((error) => this.#warn(messageOf(error)))
  }

  settled(): Promise<void> {
    return this.#order
  }

  async #apply(update: SessionUpdate): Promise<void> {
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        if (this.#turn) this.#text(this.#turn, textIn(update.content))
        return
      case 'agent_thought_chunk': {
        const text = textIn(update.content)
        if (!this.#turn || text === '') return
        this.#turn.shown.reasoning += text
        this.#options.journal.write({t: 'reasoning', text})
        this.#options.emit('reasoning.delta', {text})
        return
      }
      case 'tool_call':
      case 'tool_call_update':
        if (this.#turn) await this.#calls.told(update)
        return
      case 'plan':
        this.#options.emit('todo.updated', {
          todos: update.entries.map(({content, status}) => ({content, status})),
        })
        return
      case 'available_commands_update':
        this.commands = update.availableCommands
        this.#commandsTold.resolve()
        return
      case 'current_mode_update':
        if (this.#modes) this.#modes = {...this.#modes, currentModeId: update.currentModeId}
        return
      case 'config_option_update':
        this.#configOptions = update.configOptions
        this.#tellInfo()
        return
      case 'session_info_update':
        if (update.title) this.#setTitle(update.title)
        return
      case 'usage_update': {
        const {used, size, cost} = update
        this.#usage = usageOf(this.#options.agent, used, size, cost?.currency === 'USD' ? cost.amount : undefined)
        this.#tellInfo()
        return
      }
      case 'notice':
        if (update.severity === 'info') this.#options.emit('status.update', {kind: 'status', text: update.title})
        else this.#warn(update.title)
        return
      default:
        return
    }
  }

  async askPermission(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse> {
    const {agent} = this.#options
    await this.#order
    const tool = this.#turn ? await this.#calls.told(request.toolCall) : toolWith(undefined, request.toolCall)
    const access = accessOf(tool, agent, this.cwd)
    const real = 'path' in access ? {...access, path: realPathOf(access.path)} : access
    const [change] = changesOf(tool)
    const diff = change ? await diffOf(change) : undefined
    const permit = await Promise.race([
      this.#permit({access: real, title: tool.title || nameOf(tool), ...(diff === undefined ? {} : {diff})}),
      aborted(signal),
    ]).catch(() => undefined)
    if (!permit || !this.#turn || this.#turn.interrupted) return {outcome: {outcome: 'cancelled'}}
    const {options} = request
    if (permit.allowed) {
      // What the agent would allow for longer is wider than what was said here; our rules answer the next time.
      const yes = options.find(({kind}) => kind === 'allow_once') ?? options.find(({kind}) => kind === 'allow_always')
      return yes ? {outcome: {outcome: 'selected', optionId: yes.optionId}} : {outcome: {outcome: 'cancelled'}}
    }
    const no = options.find(({kind}) => kind === 'reject_once') ?? options.find(({kind}) => kind === 'reject_always')
    this.#calls.denied(tool.id)
    return no ? {outcome: {outcome: 'selected', optionId: no.optionId}} : {outcome: {outcome: 'cancelled'}}
  }

  /** One question after the other for the members of a form. */
  async elicit(request: CreateElicitationRequest, signal: AbortSignal): Promise<CreateElicitationResponse> {
    const {mode, message} = request as {mode?: string; message?: string}
    const schema = (request as {requestedSchema?: {properties?: Record<string, unknown>}}).requestedSchema
    if (mode !== 'form' || !schema) return {action: 'decline'}
    const content: Record<string, string | number | boolean> = {}
    const members = Object.entries(schema.properties ?? {})
    for (const [name, shape] of members) {
      const {type, title, description, enum: values, oneOf} = (shape ?? {}) as Record<string, unknown>
      const choices = listOf(values) ?? listOf((oneOf as {const?: unknown}[] | undefined)?.map((one) => one.const))
      const about = members.length === 1 ? undefined : String(title ?? description ?? name)
      const question = [message, about].filter(Boolean).join(': ')
      const offered = choices ?? (type === 'boolean' ? ['yes', 'no'] : null)
      const asking = {turnId: 0, toolId: `elicitation-${name}`}
      const answer = await Promise.race([
        this.questions.ask(asking, 'clarify', {question, choices: offered}),
        aborted(signal),
      ]).catch(() => undefined)
      if (answer === undefined) return {action: 'cancel'}
      if (answer === '') return {action: 'decline'}
      content[name] =
        type === 'boolean' ? answer === 'yes' : type === 'number' || type === 'integer' ? Number(answer) : answer
    }
    return {action: 'accept', content}
  }

  /** By rules and mode, and by the person where these ask; what was allowed in this turn is not asked twice. */
  async #permit(request: PermitRequest): Promise<Permit> {
    const {access} = request
    const what = JSON.stringify('path' in access ? [access.tool, access.path] : access)
    if (this.#allowed.has(what)) return {allowed: true}
    const asking = {turnId: 0, toolId: mintLiveId()}
    const permit = await this.permissions.permit(request, (kind, payload) => this.questions.ask(asking, kind, payload))
    if (permit.allowed) {
      this.#allowed.add(what)
      // The agent runs it by itself: what our own tools would use is let go of.
      await permit.proved?.release()
      await permit.sandboxed?.release()
    }
    return permit
  }

  #text(turn: Turn, text: string): void {
    if (text === '') return
    // Parts between tools stand apart by an empty line.
    const apart = turn.segment === '' && turn.hasText ? '\n\n' : ''
    turn.segment += text
    turn.shown.text += apart + text
    turn.hasText = true
    this.#options.journal.write({t: 'text', text})
    this.#options.emit('message.delta', {text: apart + text})
  }

  #blocksOf(text: string, images: readonly PromptImage[]): ContentBlock[] {
    const links = mentionsIn(text).flatMap(({path: given}): ContentBlock[] => {
      const file = path.resolve(this.cwd, given.replace(/^~(?=\/|$)/, this.#options.env.HOME ?? '~'))
      if (!existsSync(file)) return []
      return [{type: 'resource_link', uri: pathToFileURL(file).href, name: path.basename(file)}]
    })
    const pictures = images.map(({path: file}): ContentBlock => {
      const type = {'.png': 'png', '.jpg': 'jpeg', '.jpeg': 'jpeg', '.gif': 'gif', '.webp': 'webp'}[path.extname(file)]
      return {type: 'image', data: readFileSync(file).toString('base64'), mimeType: `image/${type ?? 'png'}`}
    })
    return [{type: 'text', text}, ...links, ...pictures]
  }

  #setTitle(title: string): void {
    const line = title.replace(/\s+/g, ' ').trim()
    if (line === '' || line === this.title) return
    this.title = line
    if (this.#begun) this.#options.journal.write({t: 'title', title: line})
    this.#tellInfo()
  }

  #tellInfo(): void {
    void this.info().then((info) => this.#options.emit('session.info', {...info}))
  }

  #warn(text: string): void {
    this.#options.emit('status.update', {kind: 'warn', text})
  }
}

const textIn = (content: ContentBlock) =>
  content.type === 'text' ? content.text : content.type === 'resource_link' ? content.uri : ''

async function diffOf({before, after}: {before: string; after: string}): Promise<string | undefined> {
  const {lines} = await unifiedDiff(before, after)
  return lines.length > 0 ? lines.join('\n') : undefined
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(new Error('withdrawn'))
    signal.addEventListener('abort', () => reject(new Error('withdrawn')), {once: true})
  })
}

function listOf(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined
}
