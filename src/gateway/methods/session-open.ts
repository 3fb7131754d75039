import {statSync} from 'node:fs'
import path from 'node:path'
import {efforts} from '../../config/schema.js'
import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {SessionOpened} from '../../protocol/methods.js'
import type {Gateway} from '../gateway.js'
import {isSessionKey} from '../ids.js'
import {withOutputs} from '../jobs/outputs.js'
import {endCommands} from '../jobs/session-commands.js'
import {takeUpJobs} from '../jobs/session-jobs.js'
import {RpcError} from '../rpc-error.js'
import {sessionInfo} from '../session/info.js'
import {type LiveSession, liveSession, type SeedMessage} from '../session/live-session.js'
import {freshKey, freshLiveId, openLive} from '../session/open-live.js'
import {assertNotElsewhere, isOurs, releaseSession} from '../session/ownership/ownership.js'
import {isLeftWaiting, lastTurnOf, takeUp} from '../session/session-turns.js'
import {
  compactionsAmong,
  settledRows,
  settledRowsOf,
  toEndedTurn,
  toInterruptedTurn,
  toldLines,
  toWireMessages,
} from '../session/wire-messages.js'
import {inSlices} from '../slices.js'
import {branchTitle} from '../store/titles.js'
import type {SessionRow, Store} from '../store/types.js'
import {outputFolder} from '../tools/command/output-folder.js'
import {type MethodTable, ordered, type Reply, seconds} from './method.js'
import {finishPutBack} from './rollback.js'

const INFO_AFTER_MS = 30

export const sessionOpenMethods: MethodTable<
  'session.create' | 'session.resume' | 'session.branch' | 'session.activate' | 'session.close'
> = {
  'session.create': ordered(async (gateway, params) => {
    // Asked for now, so that a database or a configuration that can't be used is told before a prompt is typed.
    const store = await gateway.services.store()
    const title = params.title?.trim() ? wellFormed(params.title.trim()) : null
    if (title !== null) assertTitleFree(store, title)
    if (params.model !== undefined) await (await gateway.services.registry()).resolve(params.model)
    const seed = (params.messages ?? []).map(
      ({role, content, text}): SeedMessage => ({role, text: wellFormed(content ?? text ?? '')}),
    )
    const session = openBlank(gateway, store, {
      key: freshKey(gateway, store, params.stored_session_id),
      title,
      model: params.model,
      cwd: params.cwd === undefined ? gateway.cwd : workingDirectory(gateway, params.cwd),
      seed,
    })
    const opened: SessionOpened = {
      session_id: session.id,
      stored_session_id: session.key,
      message_count: seed.length,
      messages: seed,
      info: await sessionInfo(gateway, session, 'lazy'),
    }
    return {result: {...opened}, after: () => tellInfo(gateway, session)}
  }),

  'session.resume': ordered(async (gateway, params) => {
    const name = params.session_id?.trim()
    if (!name) throw new RpcError(errorCodes.missingSession, 'session_id required')
    const store = await gateway.services.store()
    const row = store.findSession(name) ?? sessionOfPart(store, name)
    const live = [...gateway.sessions.values()].find(
      (session) => session.key === (row?.key ?? name) || session.id === name,
    )
    if (gateway.watched) {
      if (!live) throw new RpcError(errorCodes.watching, 'that session is not open in the gateway that is watched')
      return {result: {...(await livePayload(gateway, store, live, params.limit)), resumed: live.key}}
    }
    if (row && !live) assertOver(store, row.key)
    const key = live?.key ?? row?.key
    const takeOver = params.take_over ?? (key !== undefined && gateway.takeOver.use(key))
    if (live) {
      const goOn = live.stored ? await takeBack(gateway, store, live, takeOver) : undefined
      const result = {...(await livePayload(gateway, store, live, params.limit)), resumed: live.key}
      // Another process may have had it since, and died while it put files back.
      return {result, after: () => finishPutBack(gateway, live, store, goOn ?? (() => tellRunning(gateway, live)))}
    }
    const blank = row ? undefined : store.blankSession(name)
    if (blank !== undefined) {
      const session = openBlank(gateway, store, {
        key: blank,
        title: null,
        model: params.model,
        cwd: gateway.cwd,
        seed: [],
      })
      const result = {...(await livePayload(gateway, store, session)), resumed: blank}
      return {result, after: () => tellInfo(gateway, session)}
    }
    if (!row) throw unknownSession(store, name)
    return resume(gateway, store, row, {model: params.model, takeOver, limit: params.limit})
  }),

  /** The original need not be ours: it is read only. */
  'session.branch': ordered(async (gateway, params) => {
    const name = params.session_id?.trim()
    if (!name) throw new RpcError(errorCodes.missingSession, 'session_id required')
    const store = await gateway.services.store()
    const live = gateway.sessions.get(name)
    const parent = live ? store.session(live.key) : store.findSession(name)
    if (!parent && !live) throw new RpcError(errorCodes.storedSessionNotFound, 'session not found')
    if (!parent || store.messageCount(parent.key) === 0) {
      throw new RpcError(errorCodes.nothingToBranch, 'nothing to branch: nothing was said in this session yet')
    }
    const wanted = params.name?.trim()
    const taken = (title: string) => store.findSession(title) !== undefined
    const title = wanted ? wellFormed(wanted) : parent.title === null ? null : branchTitle(parent.title, taken)
    const {model, limit} = params
    const branch = await inSlices(store.branchSession(parent.key, {key: freshKey(gateway, store), title}))
    const {result} = await resume(gateway, store, branch, {model, takeOver: false, limit})
    return {result: {...result, title: branch.title ?? '', parent: parent.key}}
  }),

  'session.activate': ordered(async (gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    const result = {...(await livePayload(gateway, await gateway.services.store(), session))}
    return {result, after: () => tellRunning(gateway, session)}
  }),

  'session.close': ordered(async (gateway, params) => {
    const session = gateway.sessions.get(params.session_id)
    if (!session) return {result: {closed: false}}
    // The reference lets the turn run on; here its end is told first, and nothing comes after the answer.
    session.suspend()
    await session.turnDone
    session.jobs?.end()
    await endCommands(gateway, session)
    gateway.sessions.delete(session.id)
    if (session.stored) {
      const store = await gateway.services.store()
      store.endSession(session.key, 'tui_close')
      releaseSession(gateway, store, session.key)
    }
    return {result: {closed: true}}
  }),
}

/** A sub-agent at work is part of the session that delegated, and goes on there. */
function assertOver(store: Store, key: string): void {
  const agent = store.agents.one(key)
  if (!agent || agent.call === null || agent.endedAt !== null || !store.session(agent.parentKey)) return
  throw new RpcError(
    errorCodes.refused,
    `${key} is a sub-agent that is not done yet: it goes on in session ${agent.parentKey}`,
  )
}

/** So many are told where a part of a title fits several sessions. */
const CANDIDATES = 50

/** A live id and a key are whole, or nothing: they are asked for after a death, and must not open another session. */
const isWhole = (name: string) => isSessionKey(name) || /^[0-9a-f]{8}$/.test(name)

/** The only session whose title has these words. */
function sessionOfPart(store: Store, name: string): SessionRow | undefined {
  if (isWhole(name) || store.blankSession(name) !== undefined) return undefined
  const [one, another] = store.sessionsLike(name, 2)
  return another ? undefined : one
}

/** With the sessions that may have been meant. */
function unknownSession(store: Store, name: string): RpcError {
  const like = isWhole(name) ? [] : store.sessionsLike(name, CANDIDATES)
  const candidates = like.map(({key, title, lastActiveAt}) => ({id: key, title, last_active: seconds(lastActiveAt)}))
  const data = candidates.length > 0 ? {candidates} : undefined
  return new RpcError(errorCodes.storedSessionNotFound, 'session not found', undefined, data)
}

async function resume(
  gateway: Gateway,
  store: Store,
  row: SessionRow,
  {model, takeOver, limit}: {model: string | undefined; takeOver: boolean; limit?: number | undefined},
): Promise<Reply> {
  if (model !== undefined) await (await gateway.services.registry()).resolve(model)
  const id = freshLiveId(gateway)
  // One look and one write: of two gateways that resume it at the same time, one is refused.
  const {rows, last, count} = store.atomically(() => {
    if (!takeOver) assertNotElsewhere(gateway, store, row.key)
    store.setOwner(row.key, gateway.self)
    store.settleSession(row.key)
    store.reopenSession(row.key)
    store.bindLiveId(id, row.key)
    const last = lastTurnOf(gateway, store, row.key)
    if (model !== undefined && !last.left) store.setModel(row.key, model)
    const rows = withOutputs(store.shownMessages(row.key, limit), outputFolder(gateway.home, row.key))
    const whole = limit === undefined || rows.length < limit
    return {rows, last, count: whole ? undefined : store.messageCount(row.key)}
  })
  const session = openLive(gateway, store, id, {
    key: row.key,
    title: row.title,
    model: model ?? row.model ?? undefined,
    effort: efforts.find((each) => each === row.effort),
    context: model === undefined ? row.context : null,
    cwd: row.cwd !== null && isDirectory(row.cwd) ? row.cwd : gateway.cwd,
    stored: true,
  })
  const info = await sessionInfo(gateway, session, 'lazy')
  const {turn, waiting, left} = last
  const goOn = waiting && takeUp(gateway, session, store, waiting)
  const lines = toldLines(store, row.key)
  const messages = toWireMessages(waiting ? settledRows(rows, waiting.turn) : rows, lines)
  const opened: SessionOpened = {
    session_id: session.id,
    resumed: row.key,
    session_key: row.key,
    message_count: count === undefined ? messages.length : count + compactionsAmong(rows, lines).length,
    messages,
    info,
    inflight: inflightOf(session, limit),
    interrupted: turn?.status === 'interrupted' && !waiting ? toInterruptedTurn(rows, turn) : null,
    ended: waiting ? null : toEndedTurn(turn),
    running: session.turn !== undefined,
    status: left || waiting ? 'waiting' : session.status,
    started_at: seconds(session.startedAt),
    ...(row.cwd !== null && row.cwd !== '' && session.cwd !== row.cwd && {lost_cwd: row.cwd}),
  }
  const after = () => {
    tellInfo(gateway, session)
    void takeUpJobs(gateway, session, store).catch((error) => gateway.diagnose(`[gateway-jobs] ${String(error)}`))
    void takeUpBeside(gateway, session, store).catch((error) => gateway.diagnose(`[gateway-agents] ${String(error)}`))
    finishPutBack(gateway, session, store, goOn || undefined)
  }
  return {result: {...opened}, after}
}

/**
 * A session that is open here may have been taken over by another process since. Returns what lets a turn go on that
 * waits there for the person, where there is one.
 */
async function takeBack(
  gateway: Gateway,
  store: Store,
  live: LiveSession,
  takeOver: boolean,
): Promise<(() => void) | undefined> {
  if (isOurs(gateway, store, live.key)) return undefined
  if (!takeOver) assertNotElsewhere(gateway, store, live.key)
  live.interrupt()
  await live.turnDone
  const waiting = store.atomically(() => {
    if (!takeOver) assertNotElsewhere(gateway, store, live.key)
    store.setOwner(live.key, gateway.self)
    store.settleSession(live.key)
    return lastTurnOf(gateway, store, live.key).waiting
  })
  live.history = undefined
  return waiting && takeUp(gateway, live, store, waiting)
}

/** Most sessions have nothing that works beside them, and load nothing. */
async function takeUpBeside(gateway: Gateway, session: LiveSession, store: Store): Promise<void> {
  if (!store.agents.of(session.key).some(({call, endedAt}) => call === null && endedAt === null)) return
  const {takeUpBackground} = await import('../agents/background.js')
  await takeUpBackground(gateway, session, store)
}

/** What is open in this process already, and of the running turn what was shown. What comes after it comes as events. */
async function livePayload(
  gateway: Gateway,
  store: Store,
  session: LiveSession,
  limit?: number,
): Promise<SessionOpened> {
  const info = await sessionInfo(gateway, session)
  // From here to the answer nothing is awaited, so that each word is in it or follows it.
  gateway.unopened.delete(session.id)
  const {turn} = session
  const rows = withOutputs(store.shownMessages(session.key, limit), outputFolder(gateway.home, session.key))
  const whole = limit === undefined || rows.length < limit
  const lines = session.stored ? toldLines(store, session.key) : []
  const messages = session.stored
    ? toWireMessages(turn ? settledRowsOf(rows, turn.row, turn.running) : rows, lines)
    : [...session.seed]
  const last = store.lastTurn(session.key)
  return {
    session_id: session.id,
    session_key: session.key,
    message_count: whole ? messages.length : store.messageCount(session.key) + compactionsAmong(rows, lines).length,
    messages,
    info,
    running: turn !== undefined,
    status: isLeftWaiting(gateway, store, last) ? 'waiting' : session.status,
    started_at: seconds(session.startedAt),
    inflight: inflightOf(session, limit),
    interrupted: !turn && last?.status === 'interrupted' ? toInterruptedTurn(rows, last) : null,
  }
}

/** What an answer can't hold: the call that runs, and what the person is asked. */
function tellRunning(gateway: Gateway, {key, turn, agents, questions, jobs}: LiveSession): void {
  turn?.tell()
  agents?.tell()
  jobs?.tell()
  questions.tell()
  for (const {beside, questions} of gateway.sessions.values()) if (beside?.parentKey === key) questions.tell()
}

/** The screen of Hermes Agent, which asks for no number of messages, would show the prompt behind them once more. */
function inflightOf({turn}: LiveSession, limit: number | undefined): SessionOpened['inflight'] {
  if (!turn) return null
  const {row, shown} = turn
  return {
    prompt_id: row.promptId,
    user: limit === undefined ? '' : row.prompt,
    assistant: shown.text,
    reasoning: shown.reasoning,
    streaming: true,
  }
}

/** A session in which nothing was said yet. Its live id alone is stored: a client may know it by that after a death. */
function openBlank(
  gateway: Gateway,
  store: Store,
  options: Pick<ConstructorParameters<typeof LiveSession>[0], 'key' | 'title' | 'model' | 'cwd' | 'seed'>,
): LiveSession {
  const session = openLive(gateway, store, freshLiveId(gateway), {...options, stored: false})
  const bind = () => {
    if (session.stored || gateway.sessions.get(session.id) !== session) return
    try {
      store.bindBlank(session.id, session.key)
    } catch {
      // Its first prompt says what is the matter with the database.
    }
  }
  setTimeout(bind, INFO_AFTER_MS).unref()
  return session
}

/**
 * The whole of what can be told of a session, a moment after its answer: to load the tools takes 25 ms,
 * and a prompt that waited for a gateway to come back goes before them.
 */
function tellInfo(gateway: Gateway, session: LiveSession): void {
  const tell = async () => {
    try {
      gateway.emit(session.id, 'session.info', {...(await sessionInfo(gateway, session))})
    } catch (error) {
      gateway.emit(session.id, 'error', {message: `tools are not available: ${String(error)}`})
    }
  }
  setTimeout(tell, INFO_AFTER_MS).unref()
}

function assertTitleFree(store: Store, title: string): void {
  const holder = store.findSession(title)
  if (holder?.title !== title) return
  throw new RpcError(errorCodes.titleInvalid, `session ${holder.key} has the title "${title}" already`)
}

function workingDirectory(gateway: Gateway, cwd: string): string {
  const folder = path.resolve(gateway.cwd, cwd)
  if (!isDirectory(folder)) throw new RpcError(errorCodes.badValue, `cwd is not a folder: ${folder}`)
  return folder
}

function isDirectory(folder: string): boolean {
  return statSync(folder, {throwIfNoEntry: false})?.isDirectory() ?? false
}
