import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {type LiveSession, meantSession} from '../session/live-session.js'
import {freshKey, freshLiveId, openLive} from '../session/open-live.js'
import {assertNotElsewhere, isElsewhere} from '../session/ownership/ownership.js'
import {continueTurn, submitPrompt, takeUp} from '../session/session-turns.js'
import {inSlices} from '../slices.js'
import type {AgentRow, EndedAgentState} from '../store/agents/types.js'
import {branchTitle} from '../store/titles.js'
import type {Store} from '../store/types.js'
import {nameOf} from '../tools/delegate-task.js'
import {joinContinued} from '../turn/history.js'

/** Of the reply so much is told, characters; its session has all of it. */
const MAX_TOLD = 8000

export interface StartedBackground extends Record<string, unknown> {
  task_id: string
  session_key: string
  /** Live id of its session. */
  session_id: string
}

/** Runs a prompt beside a session, in a branch of it: an ordinary session, which the screen does not show. */
export async function startBackground(
  gateway: Gateway,
  parent: LiveSession,
  given: string,
): Promise<{started: StartedBackground; after: () => void}> {
  const text = wellFormed(given).trim()
  if (text === '') throw new RpcError(errorCodes.textRequired, 'text required')
  const store = await gateway.services.store()
  const key = freshKey(gateway, store)
  const said = parent.stored && store.messageCount(parent.key) > 0
  const taken = (title: string) => store.findSession(title) !== undefined
  const row = said
    ? await inSlices(
        store.branchSession(parent.key, {key, title: parent.title === null ? null : branchTitle(parent.title, taken)}),
      )
    : undefined
  const id = freshLiveId(gateway)
  const {model, effort, cwd} = parent
  if (row) {
    store.atomically(() => {
      store.setOwner(key, gateway.self)
      store.bindLiveId(id, key)
    })
  }
  const session = openBeside(gateway, store, id, {
    key,
    title: row?.title ?? null,
    model,
    effort,
    cwd,
    stored: row !== undefined,
    parentKey: parent.key,
    name: nameOf(text),
  })
  if (parent.stored) {
    const task = {name: nameOf(text), goal: text, write: true}
    store.agents.add([{key, parentKey: parent.key, call: null, position: 0, task, state: 'working'}])
  }
  const promptId = `bg-${key}`
  const {after} = await submitPrompt(gateway, session, {text, promptId, truncateBefore: undefined})
  const done = session.turnDone
  return {
    started: {task_id: taskId(key), session_key: key, session_id: id},
    after() {
      after?.()
      void tellEnd(gateway, session, store, {text, promptId, done})
    },
  }
}

/** Goes on with what worked beside a session when its gateway died, or tells what became of it. */
export async function takeUpBackground(gateway: Gateway, parent: LiveSession, store: Store): Promise<void> {
  for (const row of store.agents.of(parent.key)) {
    if (row.call !== null || row.endedAt !== null) continue
    if ([...gateway.sessions.values()].some(({key}) => key === row.key)) continue
    const stored = store.session(row.key)
    if (stored && isElsewhere(gateway, store, row.key)) continue
    await takeUpOne(gateway, parent, store, row)
  }
}

async function takeUpOne(gateway: Gateway, parent: LiveSession, store: Store, row: AgentRow): Promise<void> {
  const {key, task} = row
  const promptId = `bg-${key}`
  const stored = store.session(key)
  const told = {text: task.goal, promptId}
  if (!stored) return tell(gateway, parent.key, store, key, {...told, state: 'error', said: 'it had not begun'})
  const id = freshLiveId(gateway)
  const last = store.atomically(() => {
    assertNotElsewhere(gateway, store, key)
    store.setOwner(key, gateway.self)
    store.settleSession(key)
    store.bindLiveId(id, key)
    return store.turn(key, promptId)
  })
  const waiting = last?.status === 'interrupted' ? store.takeUpTurn(last.id) : undefined
  const {values} = await gateway.services.config()
  const goesOn = last?.status === 'interrupted' && last.deaths < 2 && values['recovery.inflight'] !== 'keep'
  if (!waiting && !goesOn) {
    store.setOwner(key, undefined)
    const state = last?.status === 'complete' ? 'complete' : last?.status === 'error' ? 'error' : 'interrupted'
    return tell(gateway, parent.key, store, key, {...told, state})
  }
  const session = openBeside(gateway, store, id, {
    key,
    title: stored.title,
    model: stored.model ?? undefined,
    effort: parent.effort,
    cwd: stored.cwd ?? parent.cwd,
    stored: true,
    parentKey: parent.key,
    name: task.name,
  })
  const goOn = waiting
    ? takeUp(gateway, session, store, waiting)
    : (await continueTurn(gateway, session, {promptId})).after
  const done = session.turnDone
  goOn?.()
  void tellEnd(gateway, session, store, {...told, done})
}

function openBeside(
  gateway: Gateway,
  store: Store,
  id: string,
  {parentKey, name, ...options}: Parameters<typeof openLive>[3] & {parentKey: string; name: string},
): LiveSession {
  // Nothing of it goes to a client that does not have it on the screen.
  gateway.unopened.add(id)
  for (const watcher of gateway.watchers) watcher.unopened.add(id)
  const session = openLive(gateway, store, id, options)
  session.beside = {name, parentKey, listener: () => listenerOf(gateway, parentKey, id)}
  return session
}

/** The session that began it; where that is closed, the one that was used last. */
function listenerOf(gateway: Gateway, parentKey: string, own: string): string | undefined {
  const others = [...gateway.sessions].filter(([id]) => id !== own && !gateway.unopened.has(id))
  const parent = others.find(([, {key}]) => key === parentKey)
  return parent?.[0] ?? meantSession({sessions: new Map(others)}, undefined)?.id
}

interface Told {
  text: string
  promptId: string
}

async function tellEnd(
  gateway: Gateway,
  session: LiveSession,
  store: Store,
  {done, ...told}: Told & {done: Promise<void>},
): Promise<void> {
  await done
  const parentKey = session.beside?.parentKey ?? session.key
  try {
    const turn = store.turn(session.key, told.promptId)
    // It waits for the person, and whoever opens the session next goes on with it.
    if (!turn || turn.status === 'running' || store.turnWaits(turn.id)) return
    const state = turn.status === 'complete' ? 'complete' : turn.status === 'error' ? 'error' : 'interrupted'
    tell(gateway, parentKey, store, session.key, {...told, state})
  } catch (error) {
    gateway.diagnose(`[gateway-agents] ${session.key}: ${String(error)}`)
  }
}

function tell(
  gateway: Gateway,
  parentKey: string,
  store: Store,
  key: string,
  {text: question, promptId, state, said}: Told & {state: EndedAgentState; said?: string},
): void {
  const rows = store.session(key) ? joinContinued(store.messages(key, 1)) : []
  const own = rows.filter((row) => row.promptId === promptId && row.role === 'assistant')
  const reply = said ?? own.findLast(({text}) => text.trim() !== '')?.text.trim() ?? ''
  const {usage} = store.usage(key)
  const result = {text: reply, steps: own.length, tokens: usage.input + usage.output, seconds: 0}
  store.agents.end(key, {state, result, workedMs: 0})
  const cut = reply.length > MAX_TOLD ? `${reply.slice(0, MAX_TOLD).toWellFormed()}…` : reply
  gateway.emit(listenerOf(gateway, parentKey, ''), 'background.complete', {
    task_id: taskId(key),
    text: cut,
    question,
    session_key: key,
    status: state,
  })
}

function taskId(key: string): string {
  return `bg_${key.slice(-6)}`
}
