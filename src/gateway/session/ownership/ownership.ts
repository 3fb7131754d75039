import {HermesError} from '../../../errors.js'
import {type RunningGateway, runningGateway} from '../../../hand-over/running.js'
import {homeFiles} from '../../../platform.js'
import {errorCodes} from '../../../protocol/frames.js'
import type {SessionElsewhere} from '../../../protocol/methods.js'
import type {Gateway} from '../../gateway.js'
import {RpcError} from '../../rpc-error.js'
import type {SessionOwner, Store} from '../../store/types.js'
import {judgeOwner} from './owner.js'

/** Refuses (4091) when another live gateway works on the session. */
export function assertNotElsewhere(gateway: Gateway, store: Store, key: string): void {
  const owner = foreignOwner(gateway, store, key)
  if (!owner) return
  gateway.takeOver.refused = key
  const since = new Date(owner.since).toISOString()
  const detached = runningOf(gateway, owner)?.detachedAt !== undefined
  const data: SessionElsewhere = {
    session_key: key,
    title: store.session(key)?.title ?? '',
    pid: owner.pid,
    since: owner.since / 1000,
    ...(detached && {detached}),
  }
  const where = detached ? 'works without a terminal' : 'is open in another hermes'
  const remedy = detached ? `come back to it by hermes attach ${key}` : 'close it there'
  throw new RpcError(
    errorCodes.ownedElsewhere,
    `session ${key} ${where} (pid ${owner.pid}, since ${since}); ${remedy}, or go on here: /takeover, or resume with take_over`,
    undefined,
    {...data},
  )
}

/** Another live gateway works on the session. */
export function isElsewhere(gateway: Gateway, store: Store, key: string): boolean {
  return foreignOwner(gateway, store, key) !== undefined
}

/** For a running turn: throws `session/taken-over` when another process has the session now. */
export function assertStillOurs(gateway: Gateway, store: Store, key: string): void {
  const owner = foreignOwner(gateway, store, key)
  if (owner) throw takenOver(key, owner)
}

function takenOver(key: string, owner: SessionOwner): HermesError {
  return new HermesError(`session ${key} was taken over by another hermes (pid ${owner.pid})`, {
    code: 'session/taken-over',
    suggestions: ['Go on there, or take it back here.'],
  })
}

/** Gives the session back, unless another process has it. */
export function releaseSession(gateway: Gateway, store: Store, key: string): void {
  if (!isTheirs(gateway, store, key)) store.setOwner(key, undefined)
}

/** True when another process that lives is the recorded owner, whether or not it keeps others out. */
export function isTheirs(gateway: Gateway, store: Store, key: string): boolean {
  return judgeOwner(store.owner(key), gateway.self, gateway.probe) === 'theirs'
}

/** True when this process is the recorded owner. */
export function isOurs(gateway: Gateway, store: Store, key: string): boolean {
  return judgeOwner(store.owner(key), gateway.self, gateway.probe) === 'ours'
}

/** Whether all that this process has open was opened by another one since, which may have given it back. */
export async function isTaken(gateway: Gateway): Promise<boolean> {
  const sessions = [...gateway.sessions.values()]
  if (sessions.length === 0 || sessions.some(({stored}) => !stored)) return false
  const store = await gateway.services.store()
  return sessions.every(({key}) => !isOurs(gateway, store, key))
}

function foreignOwner(gateway: Gateway, store: Store, key: string): SessionOwner | undefined {
  const owner = store.owner(key)
  if (!owner || !isTheirs(gateway, store, key)) return undefined
  return isLeft(gateway, owner, key) ? undefined : owner
}

/** It has no terminal, and nothing to do: it stays for a while in case that somebody comes back to it, and keeps nobody out. */
function isLeft(gateway: Gateway, owner: SessionOwner, key: string): boolean {
  const running = runningOf(gateway, owner)
  if (running?.detachedAt === undefined) return false
  return running.sessions.some((session) => session.key === key && session.status === 'idle')
}

/** What that process tells of itself, where it is a gateway that listens. */
function runningOf({home}: Gateway, {pid, birth}: SessionOwner): RunningGateway | undefined {
  const running = runningGateway(homeFiles(home).runs, pid)
  return running && (running.birth ?? null) === birth ? running : undefined
}
