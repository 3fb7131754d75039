import {messageOf} from '../../errors.js'
import {turnCheckpoint} from '../checkpoints/of-turn.js'
import {ContextRoom} from '../compaction/room.js'
import type {Gateway} from '../gateway.js'
import {commandPlace} from '../jobs/session-commands.js'
import {jobsFor} from '../jobs/session-jobs.js'
import type {Reply} from '../methods/method.js'
import {sessionInfo} from '../session/info.js'
import type {LiveSession} from '../session/live-session.js'
import {assertStillOurs} from '../session/ownership/ownership.js'
import type {Ask} from '../session/questions.js'
import {nameSession, namingPrompt} from '../session/titles.js'
import type {Store, TurnRow, Usages} from '../store/types.js'
import {readState} from '../tools/command/kept-shell.js'
import type {ToolContext} from '../tools/types.js'
import type {ToolCallsOptions} from './tool-calls.js'
import type {Tooling} from './tooling.js'
import {type ResumedTurn, Turn, type TurnEnd} from './turn.js'
import {toWireUsage} from './usage.js'

/** A session that is opened again mostly has no turn to go on with: 1 ms sooner. */
const preparing = () => import('./prepare.js')

export interface HostedTurn {
  resumed?: ResumedTurn
  /** Says `message.start`; default true. Not where the answer to the request tells that the turn runs. */
  announce?: boolean
  /** Model steps at most where the client wants fewer than are configured. */
  maxSteps?: number | undefined
  /** Told how it ended, before the client is. */
  onEnd?: (end: TurnEnd) => void
}

/**
 * Runs a turn for a session: says `message.start`, then works once the request was answered, and
 * tells the end by `message.complete` and `session.info`.
 */
export function hostTurn(
  gateway: Gateway,
  session: LiveSession,
  store: Store,
  row: TurnRow,
  {resumed, announce = true, maxSteps = Number.POSITIVE_INFINITY, onEnd}: HostedTurn = {},
): Reply {
  let tooling: Tooling | undefined
  const assertOwned = () => assertStillOurs(gateway, store, session.ownerKey)
  const loaded = async () => {
    tooling ??= toolingOf(session, await (await preparing()).loadTooling(gateway, session.cwd))
    return tooling
  }
  const rebuild = async () => (await preparing()).messagesOf(gateway, session, store)
  const turn = new Turn({
    store,
    row,
    ...(resumed ? {resumed} : {}),
    prepare: async () => {
      const tooling = await loaded()
      const prepared = await (await preparing()).prepareTurn(gateway, session, {store, row, tooling})
      return {...prepared, steps: Math.min(prepared.steps, maxSteps)}
    },
    fit: new ContextRoom({
      windows: gateway.services.namedWindows,
      percent: async () => (await gateway.services.config()).values['context.compactPercent'],
      work: {store, key: session.key, turnId: row.id, assertOwned},
      rebuild,
      emit: (type, payload) => gateway.emit(session.id, type, payload),
      scale: session.scale,
    }),
    tools: async () => {
      const {tools} = await loaded()
      // Calls that a process left go on before anything is prepared, and by what the model had read.
      await rebuild()
      return tools
    },
    toolContext: (given) => {
      // Whatever calls a tool has asked for the tools before.
      if (!tooling) throw new Error('a call came before its tools')
      return {
        ...toolContext(gateway, session, {store, tooling, turnId: row.id}, given),
        searchWeb: (query, signal) => searchWeb(gateway, session, query, signal),
        // What is delegated writes in a worktree alone.
        ...(session.delegated ? {} : {checkpoint: turnCheckpoint(gateway, session, store, row.id)}),
      }
    },
    keepImage: (toolId, image) => store.addResultImage(row.id, toolId, image),
    rebuild,
    interactive: gateway.permissions.interactive,
    hooks: hooksFor(gateway, session, row),
    news: () => session.jobs?.news(),
    sideBySide: () => tooling?.sideBySide ?? 1,
    mask: (result) => tooling?.mask(result) ?? result,
    ask: (toolId, kind, payload) => session.questions.ask({turnId: row.id, toolId}, kind, payload),
    emit: (type, payload) => gateway.emit(session.id, type, payload),
    note: (text) => gateway.diagnose(`[gateway-turn] ${text}`),
    room: async () => {
      while (gateway.writer.congested) await gateway.writer.drained()
    },
    assertOwned,
    limits: gateway.limits,
  })
  const {promise, resolve} = Promise.withResolvers<void>()
  session.turn = turn
  session.turnDone = promise
  gateway.handOver?.turnBegan()
  session.lastActiveAt = Date.now()
  if (announce) {
    gateway.tellWatchers(session.id, 'prompt.begun', {prompt_id: row.promptId, text: row.prompt})
    gateway.emit(session.id, 'message.start')
  }
  const work = async () => {
    try {
      const end = await turn.run()
      session.turn = undefined
      onEnd?.(end)
      // Only a complete turn is known word for word; after any other the context is read from the store.
      session.history = end.status === 'complete' && !resumed ? [...end.told] : undefined
      await tell(gateway, session, store, row, end)
    } catch (error) {
      gateway.diagnose(`[gateway-turn] ${error instanceof Error ? error.name : 'Error'}: ${messageOf(error)}`)
    } finally {
      session.turn = undefined
      resolve()
    }
  }
  // After the answer, so that it precedes the first delta as in the reference.
  return {result: {status: 'streaming', prompt_id: row.promptId}, after: () => void work()}
}

/** Of what is delegated, with those tools alone that it may use. */
function toolingOf({delegated}: LiveSession, tooling: Tooling): Tooling {
  return delegated ? {...tooling, tools: tooling.tools.filter(({name}) => delegated.allows(name))} : tooling
}

function toolContext(
  gateway: Gateway,
  session: LiveSession,
  {store, tooling, turnId}: {store: Store; tooling: Tooling; turnId: number},
  {signal, ask, toolId}: {signal: AbortSignal; ask: Ask; toolId: string},
): ToolContext {
  const {permissions, delegate} = session
  const {env, afterEdit, keptBytes, keepsShell} = tooling
  return {
    cwd: session.cwd,
    env,
    signal,
    reads: session.reads,
    permit: (request) => permissions.permit(request, ask),
    refusal: (tool) => permissions.refusal(tool),
    afterEdit,
    shell: keepsShell ? keptShell(session, store) : undefined,
    jobs: jobsFor(gateway, session, store),
    command: () => commandPlace(gateway, session, {turnId, toolId, maxBytes: keptBytes}),
    unasked: (command) => permissions.unasked(command),
    hiddenBelow: (folder) => permissions.hiddenBelow(folder),
    ...(delegate ? {delegate: (tasks, waits) => delegate({turnId, callId: toolId}, tasks, {signal, waits})} : {}),
    clarify: (question, choices) => ask('clarify', {question, choices}),
    searchSessions: (query, limit) =>
      store.search(query, limit).map(({key, title, snippet}) => ({key, title: title ?? '', snippet})),
  }
}

/** What a process before this one had asked for a plugin is asked for it again, whoever is there to say so now. */
function hooksFor(gateway: Gateway, session: LiveSession, {promptId}: TurnRow): ToolCallsOptions['hooks'] {
  const {toolHooks, services} = gateway
  return {
    wants: ({id}) => toolHooks.wanted || session.questions.askedBy(id) !== undefined,
    async before({id, name, args, context}, signal) {
      const {verdictOf} = await import('../tool-hooks/before-call.js')
      const askedBy = session.questions.askedBy(id)
      if (askedBy) return {kind: 'ask', askedBy}
      const {key, cwd} = session
      const question = {session_key: key, prompt_id: promptId, tool_id: id, name, args, context, cwd}
      const [answer, {values}] = await Promise.all([toolHooks.ask(question, signal), services.config()])
      return verdictOf(answer, values['hooks.toolBeforeFailure'])
    },
  }
}

/** A command that cannot be stored hands on nothing after a death. */
function keptShell(session: LiveSession, store: Store): ToolContext['shell'] {
  return {
    state: () => (session.shellState ??= readState(store.shellState(session.key))),
    keep(state) {
      session.shellState = state
      store.setShellState(session.key, JSON.stringify(state))
    },
  }
}

/** With the model of the session, which its provider may have search the web. */
async function searchWeb(gateway: Gateway, session: LiveSession, query: string, signal: AbortSignal) {
  const model = await (await gateway.services.registry()).resolve(session.model)
  if (!model.search)
    return `${model.id} has no search of its own; models of Anthropic, OpenAI, Google and OpenRouter have`
  return model.search(query, signal)
}

async function tell(gateway: Gateway, session: LiveSession, store: Store, row: TurnRow, end: TurnEnd): Promise<void> {
  session.questions.release()
  session.lastActiveAt = Date.now()
  session.context = end.context ?? session.context
  if (!end.stored) {
    const {status, error, usage} = end
    session.untold = {turnId: row.id, end: {status, ...(error ? {error: error.message} : {}), usage}}
  }
  if (end.suspended) return
  if (session.title === null) {
    try {
      const prompt = namingPrompt(store.firstPrompts(session.key))
      if (prompt !== undefined)
        session.title = nameSession(store, session.key, prompt, {cwd: session.cwd, now: new Date()}) ?? null
    } catch (error) {
      gateway.diagnose(`[gateway-turn] no title for ${session.key}: ${messageOf(error)}`)
    }
  }
  if (end.error) gateway.emit(session.id, 'error', {...end.error})
  gateway.emit(session.id, 'message.complete', {
    text: completeText(end),
    status: end.status,
    ...(end.reasoning ? {reasoning: end.reasoning} : {}),
    ...(end.warning === undefined ? {} : {warning: end.warning}),
    ...(end.stopReason === undefined ? {} : {stop_reason: end.stopReason}),
    steps: end.steps,
    ...(end.model ? {usage: toWireUsage(end.model.id, totals(session, store, end), session.context)} : {}),
    prompt_id: row.promptId,
  })
  gateway.emit(session.id, 'session.info', {...(await sessionInfo(gateway, session))})
}

/** As in the reference: what was shown of the last step; of a failure without any, the error; else null. */
function completeText(end: TurnEnd): string | null {
  if (end.text !== '') return end.text
  if (end.error) return `Error: ${end.error.message}`
  return end.status === 'complete' ? '' : null
}

/** The session's tokens; of this turn alone where the store cannot be asked. */
function totals(session: LiveSession, store: Store, end: TurnEnd): Usages {
  try {
    return store.usage(session.key)
  } catch {
    return end.usage
  }
}
