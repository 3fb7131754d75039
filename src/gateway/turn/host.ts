import {messageOf} from '../../errors.js'
import type {Gateway} from '../gateway.js'
import type {Reply} from '../methods/method.js'
import type {ModelMessage} from '../models/types.js'
import {sessionInfo} from '../session/info.js'
import type {LiveSession} from '../session/live-session.js'
import {assertStillOurs} from '../session/ownership.js'
import type {Ask} from '../session/questions.js'
import {nameSession} from '../session/titles.js'
import type {Store, TurnRow, Usages} from '../store/types.js'
import type {ToolContext} from '../tools/types.js'
import {toModelMessages} from './history.js'
import {systemPrompt} from './system-prompt.js'
import {loadTooling, type Tooling} from './tooling.js'
import {type ResumedTurn, Turn, type TurnEnd} from './turn.js'
import {toWireUsage} from './usage.js'

export interface HostedTurn {
  resumed?: ResumedTurn
  /** Says `message.start`; default true. Not where the answer to the request tells that the turn runs. */
  announce?: boolean
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
  {resumed, announce = true}: HostedTurn = {},
): Reply {
  let base: ModelMessage[] = []
  let tooling: Tooling | undefined
  const loaded = async () => {
    tooling ??= await loadTooling(gateway)
    return tooling
  }
  const turn = new Turn({
    store,
    row,
    ...(resumed ? {resumed} : {}),
    prepare: async () => {
      const [prepared, {tools}] = await Promise.all([prepare(gateway, session, store, row), loaded()])
      base = prepared.messages
      return {...prepared, tools}
    },
    tools: async () => {
      const {tools} = await loaded()
      // Calls that a process left go on before anything is prepared, and by what the model had read.
      await fromStore(session, store)
      return tools
    },
    toolContext: (given) => {
      // Whatever calls a tool has asked for the tools before.
      if (!tooling) throw new Error('a call came before its tools')
      return toolContext(session, store, tooling, given)
    },
    mask: (result) => tooling?.mask(result) ?? result,
    ask: (toolId, kind, payload) => session.questions.ask({turnId: row.id, toolId}, kind, payload),
    emit: (type, payload) => gateway.emit(session.id, type, payload),
    note: (text) => gateway.diagnose(`[gateway-turn] ${text}`),
    room: async () => {
      while (gateway.writer.congested) await gateway.writer.drained()
    },
    assertOwned: () => assertStillOurs(gateway, store, session.key),
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
      // Only a complete turn is known word for word; after any other the context is read from the store.
      session.history = end.status === 'complete' && !resumed ? [...base, ...end.added] : undefined
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

async function prepare(gateway: Gateway, session: LiveSession, store: Store, row: TurnRow) {
  const registry = await gateway.services.registry()
  const [model, {values}] = await Promise.all([registry.resolve(session.model), gateway.services.config()])
  const messages: ModelMessage[] = session.history
    ? [...session.history, {role: 'user', text: row.prompt}]
    : await fromStore(session, store)
  const system = systemPrompt({
    instructions: values.systemPrompt,
    cwd: session.cwd,
    now: new Date(),
    platform: process.platform,
  })
  return {model, system, messages, steps: values['tools.maxSteps']}
}

/** What the model is told, and with it which files it knows: both are what the session's rows say. */
async function fromStore(session: LiveSession, store: Store): Promise<ModelMessage[]> {
  const rows = store.messages(session.key)
  const {versionsFrom} = await import('../tools/files/versions.js')
  session.reads = versionsFrom(rows.flatMap(({tool}) => tool ?? []))
  return toModelMessages(rows)
}

function toolContext(
  session: LiveSession,
  store: Store,
  {env}: Tooling,
  {signal, ask}: {signal: AbortSignal; ask: Ask},
): ToolContext {
  const {permissions} = session
  return {
    cwd: session.cwd,
    env,
    signal,
    reads: session.reads,
    permit: (request) => permissions.permit(request, ask),
    refusal: (tool) => permissions.refusal(tool),
    hiddenBelow: (folder) => permissions.hiddenBelow(folder),
    clarify: (question, choices) => ask('clarify', {question, choices}),
    searchSessions: (query, limit) =>
      store.search(query, limit).map(({key, title, snippet}) => ({key, title: title ?? '', snippet})),
  }
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
  if (end.status === 'complete' && session.title === null) {
    try {
      session.title = nameSession(store, session.key, row.prompt) ?? null
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
    steps: end.usage.calls,
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
