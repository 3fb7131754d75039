import {HermesError} from '../../errors.js'
import {readRunning, runningFile} from '../../hand-over/running.js'
import {homeFiles} from '../../platform.js'
import {errorCodes} from '../../protocol/frames.js'
import type {SessionElsewhere} from '../../protocol/methods.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import type {SessionOwner, Store} from '../store/types.js'
import {judgeOwner} from './owner.js'

/** Refuses (4091) when another live gateway works on the session. */
export function assertNotElsewhere(gateway: Gateway, store: Store, key: string): void {
  const owner = foreignOwner(gateway, store, key)
  if (!owner) return
  const since = new Date(owner.since).toISOString()
  const data: SessionElsewhere = {
    session_key: key,
    title: store.session(key)?.title ?? '',
    pid: owner.pid,
    since: owner.since / 1000,
  }
  throw new RpcError(
    errorCodes.ownedElsewhere,
    `session ${key} is open in another hermes (pid ${owner.pid}, since ${since}); close it there, or resume with take_over`,
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
  if (!foreignOwner(gateway, store, key)) store.setOwner(key, undefined)
}

/** True when this process is the recorded owner. */
export function isOurs(gateway: Gateway, store: Store, key: string): boolean {
  return judgeOwner(store.owner(key), gateway.self, gateway.probe) === 'ours'
}

function foreignOwner(gateway: Gateway, store: Store, key: string): SessionOwner | undefined {
  const owner = store.owner(key)
  if (!owner || judgeOwner(owner, gateway.self, gateway.probe) !== 'theirs') return undefined
  return isLeft(gateway, owner, key) ? undefined : owner
}

/** It has no terminal, and nothing to do: it stays for a while in case that somebody comes back to it, and keeps nobody out. */
function isLeft({home}: Gateway, {pid, birth}: SessionOwner, key: string): boolean {
  const running = readRunning(runningFile(homeFiles(home).runs, pid))
  if (!running || running.detachedAt === undefined || (running.birth ?? null) !== birth) return false
  return running.sessions.some((session) => session.key === key && session.status === 'idle')
}
