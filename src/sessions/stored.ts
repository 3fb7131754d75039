import {existsSync} from 'node:fs'
import {exitCodes, HermesError} from '../errors.js'
import {judgeOwner, systemProbe, thisOwner} from '../gateway/session/ownership/owner.js'
import type {SessionSummary, Store} from '../gateway/store/types.js'
import {runningGateway} from '../hand-over/running.js'
import {hermesHome, homeFiles} from '../platform.js'
import {otherGateway} from './configured.js'
import {CANDIDATES, notFound, onlyOne} from './match.js'
import {sessionNames} from './names.js'
import {openWhatCanBeRead} from './open.js'

/** Where the command was given. */
export interface Place {
  cwd: string
  env: NodeJS.ProcessEnv
}

/**
 * Does `work` on the store of the built-in gateway. `reads`: a home on a read-only disk will do.
 *
 * @throws HermesError `session/other-gateway` where another gateway keeps the sessions, `session/not-found` where
 * nothing is stored yet
 */
export async function withStore<T>(
  {cwd, env}: Place,
  {reads = false, name}: {reads?: boolean; name?: string},
  work: (store: Store) => T | Promise<T>,
): Promise<T> {
  if (await otherGateway({cwd, env})) {
    throw new HermesError('the configured gateway (gateway.command) keeps its sessions itself', {
      code: 'session/other-gateway',
      exit: exitCodes.usage,
      suggestions: [
        'hermes sessions lists them, hermes chat --resume KEY opens one: /title, /save and /sessions work there',
      ],
    })
  }
  const {database} = homeFiles(hermesHome(env))
  if (name !== undefined && !existsSync(database)) throw notFound(name, [])
  const store = reads
    ? await openWhatCanBeRead(database)
    : (await import('../gateway/store/index.js')).openStore(database)
  try {
    return await work(store)
  } finally {
    store.close()
  }
}

/**
 * The session with that key or title, else the only one whose title has those words. `exact`: no such guess.
 *
 * @throws HermesError `session/not-found`, or `session/ambiguous` with those that fit
 */
export function findStored(
  store: Store,
  name: string,
  env: NodeJS.ProcessEnv,
  {exact: isExact = false} = {},
): SessionSummary {
  const exact = store.findSession(name)
  if (exact) return {...exact, preview: '', messageCount: store.messageCount(exact.key)}
  return onlyOne(name, store.sessionsLike(name, CANDIDATES + 1), {
    exact: isExact,
    names: () => sessionNames({env, limit: 1000}).flatMap(({key, title}) => [key, title]),
  })
}

/** Which other program works on a session now. */
export interface Holder {
  pid: number
  /** It has no terminal. */
  detached: boolean
}

export function holderOf(store: Store, key: string, env: NodeJS.ProcessEnv): Holder | undefined {
  const owner = store.owner(key)
  const self = thisOwner()
  if (!owner || judgeOwner(owner, self, systemProbe(self)) !== 'theirs') return undefined
  const running = runningGateway(homeFiles(hermesHome(env)).runs, owner.pid)
  return {pid: owner.pid, detached: running?.detachedAt !== undefined}
}

/** Throws `session/owned-elsewhere` where another program works on the session. `undone`: what is not done to it. */
export function assertNotHeld(store: Store, key: string, env: NodeJS.ProcessEnv, undone: string): void {
  const holder = holderOf(store, key, env)
  if (!holder) return
  throw ownedElsewhere({key, ...holder}, undone)
}

/** Of what another program works on. `undone`: what is not done to it. */
export function ownedElsewhere(
  {key, pid, detached}: {key: string; pid: number; detached: boolean},
  undone: string,
): HermesError {
  const where = detached ? 'works without a terminal' : 'is open in another hermes'
  return new HermesError(`session ${key} ${where} (pid ${pid}): it was not ${undone}`, {
    code: 'session/owned-elsewhere',
    exit: exitCodes.sessionElsewhere,
    suggestions: [detached ? `hermes stop ${key} ends it; it is stored up to there` : 'leave it there, by /quit'],
  })
}
