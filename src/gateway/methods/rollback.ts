import {messageOf as reasonOf} from '../../errors.js'
import {errorCodes} from '../../protocol/frames.js'
import type {RollbackDiff, RollbackList, RollbackRestored} from '../../protocol/methods.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {assertNotElsewhere} from '../session/ownership/ownership.js'
import {assertIdle} from '../session/session-turns.js'
import type {CheckpointRow} from '../store/checkpoints/types.js'
import type {Store} from '../store/types.js'
import {free, type MethodTable, ordered, seconds} from './method.js'

/** Files as they were before earlier turns. The names are the reference's; what is ours of their members is said there. */
export const rollbackMethods: MethodTable<'rollback.list' | 'rollback.diff' | 'rollback.restore'> = {
  'rollback.list': free(async (gateway, {session_id: id}) => {
    const opened = await rewindOf(gateway, liveSession(gateway, id))
    if (!opened) return {result: {enabled: false, checkpoints: []} satisfies RollbackList}
    const {rewind, session, store} = opened
    // Of a turn that was taken back, or where nothing came of it, nobody knows what it was.
    const named = (await rewind.list()).filter(({turnId, target}) => turnId !== null || target !== null)
    const checkpoints = named.reverse().map((row) => ({
      hash: String(row.id),
      timestamp: seconds(row.createdAt),
      message: messageOf(store, session, row),
      ...(row.promptId === null ? {} : {prompt_id: row.promptId}),
      ...(row.target === null ? {} : {put_back: true}),
    }))
    return {result: {enabled: true, checkpoints} satisfies RollbackList}
  }),

  'rollback.diff': free(async (gateway, {session_id: id, hash, prompt_id: promptId}) => {
    const opened = await rewindOf(gateway, liveSession(gateway, id))
    if (!opened) return {result: {diff: '', rendered: '', stat: SWITCHED_OFF} satisfies RollbackDiff}
    const {rewind, recorder} = opened
    const plan = await rewind.plan(await checkpointOf(opened, {hash, promptId}))
    const {shownChanges} = await import('../checkpoints/shown.js')
    const {diff, files} = await shownChanges(plan.changes, {
      contents: recorder.contents,
      reading: recorder.reading,
      name: (file) => rewind.shown(file),
    })
    const stat = files.map(({path, change, added, removed}) => `${change} ${path} +${added} −${removed}`).join('\n')
    return {result: {diff, rendered: '', stat, files, gaps: plan.gaps, seen: plan.seen} satisfies RollbackDiff}
  }),

  'rollback.restore': ordered(async (gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    assertIdle(session, ' — /interrupt the current turn before /rewind')
    const opened = await rewindOf(gateway, session)
    if (!opened) return {result: {success: false, error: SWITCHED_OFF} satisfies RollbackRestored}
    const {rewind, store} = opened
    assertNotElsewhere(gateway, store, session.key)
    const plan = await rewind.plan(await checkpointOf(opened, {hash: params.hash, promptId: params.prompt_id}))
    if (params.seen !== undefined && params.seen !== plan.seen) {
      throw new RpcError(errorCodes.refused, 'files were changed since the difference was shown: nothing was put back')
    }
    const only = params.file_path
    const changes = only === undefined ? plan.changes : plan.changes.filter(({path}) => rewind.shown(path) === only)
    // A turn that begins meanwhile would not know of it.
    const {done, failed, left, line} = await rewind.restore(
      {...plan, changes},
      {overwrite: params.overwrite ?? false, toModel: params.to_model ?? true},
    )
    const restored: RollbackRestored = {
      success: failed.length === 0,
      ...(line === undefined ? {} : {message: line}),
      restored: done.map((file) => rewind.shown(file)),
      failed: failed.map(({path, why}) => ({path: rewind.shown(path), why})),
      left: left.map(({path, uncovered}) => ({path: rewind.shown(path), why: uncovered ?? 'somebody else changed it'})),
      ...(failed.length > 0 ? {error: failed.map(({path, why}) => `${rewind.shown(path)}: ${why}`).join('\n')} : {}),
    }
    return {result: {...restored}}
  }),
}

const SWITCHED_OFF = 'no checkpoints are kept (checkpoints.enabled)'

type Opened = NonNullable<Awaited<ReturnType<typeof rewindOf>>>

async function rewindOf(gateway: Gateway, session: LiveSession) {
  await session.puttingBack
  return openedRewind(gateway, session)
}

async function openedRewind(gateway: Gateway, session: LiveSession) {
  const store = await gateway.services.store()
  const {recorderOf} = await import('../checkpoints/of-turn.js')
  const recorder = await recorderOf(gateway, session, store)
  if (!recorder) return undefined
  const {Rewind} = await import('../checkpoints/rewind.js')
  const {key: sessionKey, cwd} = session
  return {rewind: new Rewind({recorder, rows: store.checkpoints, sessionKey, cwd}), recorder, store, session}
}

/** The one that is named; of a prompt the first of its turn or of a later one. Undefined: nothing was changed since. */
async function checkpointOf(
  {rewind, store, session}: Opened,
  {hash, promptId}: {hash: string | undefined; promptId: string | undefined},
): Promise<CheckpointRow | undefined> {
  const rows = await rewind.list()
  if (hash !== undefined) {
    const named = rows.find(({id}) => String(id) === hash)
    if (!named) throw new RpcError(errorCodes.refused, `no checkpoint ${hash}: it may have been swept`)
    return named
  }
  const turn = promptId === undefined ? undefined : store.turn(session.key, promptId)
  if (!turn) throw new RpcError(errorCodes.refused, 'no such prompt in this session')
  const behind = rows.findLastIndex(({turnId}) => turnId !== null && turnId < turn.id) + 1
  // What was put back, or done by a turn that was taken back since, has no turn, and came later all the same.
  return rows.slice(behind).find(({turnId, createdAt}) => turnId !== null || createdAt >= turn.startedAt)
}

/** One line. */
function messageOf(store: Store, {key}: LiveSession, row: CheckpointRow): string {
  if (row.target !== null) return 'files were put back'
  const prompt = row.promptId === null ? undefined : store.turn(key, row.promptId)?.prompt
  return (prompt ?? '').replace(/\s+/gu, ' ').trim().slice(0, 200)
}

/**
 * Finishes what a process left in the middle that died, and tells it; then runs `next`, at once where there is nothing.
 * Turns and what else looks at the files wait for it, by `session.puttingBack`.
 */
export function finishPutBack(gateway: Gateway, session: LiveSession, store: Store, next?: () => void): void {
  if (store.checkpoints.pending(session.key).length === 0) {
    next?.()
    return
  }
  session.puttingBack = finish(gateway, session)
    .catch((error) => gateway.diagnose(`[gateway-files] ${reasonOf(error)}`))
    .then(() => {
      session.puttingBack = undefined
    })
  if (next) void session.puttingBack.then(next)
}

async function finish(gateway: Gateway, session: LiveSession): Promise<void> {
  const opened = await openedRewind(gateway, session)
  const line = await opened?.rewind.finish()
  if (line !== undefined) gateway.emit(session.id, 'review.summary', {text: line})
}
