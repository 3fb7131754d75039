import {exitCodes, HermesError} from '../errors.js'
import type {Store} from '../gateway/store/types.js'
import {ofEither} from './agents.js'
import {otherGateway} from './configured.js'
import {deleteAgentSession, oldAgentSessions, renameAgentSession} from './edit-agents.js'
import type {ListedSession, Pruned} from './match.js'
import {assertNotHeld, findStored, holderOf, type Place, withStore} from './stored.js'

/** Gives a session another title. Returns it as it is stored. */
export function renameSession(place: Place, name: string, title: string): Promise<{key: string; title: string}> {
  return ofEither(place, name, {
    agents: async (stored) => renameAgentSession(place.env, stored, title),
    own: () =>
      withStore(place, {name}, (store) => {
        const {key} = findStored(store, name, place.env)
        return store.atomically(() => {
          // A gateway that has it open shows, and may store, the title that it knows.
          assertNotHeld(store, key, place.env, 'renamed')
          store.setTitle(key, title)
          return {key, title: store.session(key)?.title ?? title}
        })
      }),
  })
}

/**
 * Deletes a session for good, once `agree` says so. `exact`: its whole key or title has to be given.
 *
 * @throws HermesError `session/owned-elsewhere` where another program works on it
 */
export function deleteSession(
  place: Place,
  {name, exact}: {name: string; exact: boolean},
  agree: (session: ListedSession) => Promise<boolean>,
): Promise<{session: ListedSession; deleted: boolean}> {
  return ofEither(place, name, {
    exact,
    agents: (stored) => deleteAgentSession(place.env, stored, agree),
    own: () => deleteOwn(place, {name, exact}, agree),
  })
}

async function deleteOwn(
  place: Place,
  {name, exact}: {name: string; exact: boolean},
  agree: (session: ListedSession) => Promise<boolean>,
): Promise<{session: ListedSession; deleted: boolean}> {
  const gateway = await otherGateway(place)
  if (gateway) return (await import('./edit-elsewhere.js')).deleteOnGateway(gateway, {name, exact}, agree)
  return withStore(place, {name}, async (store) => {
    const session = findStored(store, name, place.env, {exact})
    const {key} = session
    assertNotHeld(store, key, place.env, 'deleted')
    if (!(await agree(session))) return {session, deleted: false}
    // It may have been opened while the person was asked.
    const deleted = store.atomically(() => {
      assertNotHeld(store, key, place.env, 'deleted')
      return store.deleteSession(key)
    })
    return {session, deleted}
  })
}

/**
 * Deletes, for good, what was not active since `before` (UTC, milliseconds), of the gateway's sessions and of those that
 * were held with agents, once `agree` says so. It is asked once.
 */
export async function pruneSessions(
  place: Place,
  before: number,
  agree: (old: readonly ListedSession[]) => Promise<boolean>,
): Promise<Pruned> {
  const agents = oldAgentSessions(place.env, before)
  const newestFirst = (sessions: ListedSession[]) => sessions.sort((a, b) => b.lastActiveAt - a.lastActiveAt)
  let agreed: boolean | undefined
  const ask = async (old: readonly ListedSession[]) => {
    agreed = await agree(newestFirst([...old, ...agents.old]))
    return agreed
  }
  const own = await pruneOwn(place, before, ask)
  // It had none of its own to ask for.
  if (agreed === undefined && agents.old.length > 0) await ask([])
  const deleted = agreed ? agents.remove().length : 0
  return {
    old: newestFirst([...own.old, ...agents.old]),
    held: [...own.held, ...agents.held],
    deleted: own.deleted + deleted,
  }
}

async function pruneOwn(
  place: Place,
  before: number,
  agree: (old: readonly ListedSession[]) => Promise<boolean>,
): Promise<Pruned> {
  const gateway = await otherGateway(place)
  if (gateway) return (await import('./edit-elsewhere.js')).pruneOnGateway(gateway, before, agree)
  return withStore(place, {}, async (store) => {
    const all = store.listSessions(Number.MAX_SAFE_INTEGER).filter(({lastActiveAt}) => lastActiveAt < before)
    const held = all.filter(({key}) => holderOf(store, key, place.env))
    const old = all.filter((session) => !held.includes(session))
    if (old.length === 0 || !(await agree(old))) return {old, held, deleted: 0}
    const deleted = old.filter(({key}) => deleteIfOld(store, key, before, place.env))
    return {old, held, deleted: deleted.length}
  })
}

/** Somebody may have gone on with it while the person was asked. */
function deleteIfOld(store: Store, key: string, before: number, env: NodeJS.ProcessEnv): boolean {
  return store.atomically(() => {
    const now = store.session(key)
    return now !== undefined && now.lastActiveAt < before && !holderOf(store, key, env) && store.deleteSession(key)
  })
}

const units: Readonly<Record<string, number>> = {
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
}

/** `30d`, `12h`, `2w`, `1y` in milliseconds. Throws where it is none. */
export function ageOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,5})\s*([hdwy])$/i.exec(text.trim()) ?? []
  const ms = Number(count) * (units[unit.toLowerCase()] ?? 0)
  if (ms > 0) return ms
  throw new HermesError(`--older-than is "${text}"; expected a number and h, d, w or y, such as 30d`, {
    code: 'cli/usage',
    exit: exitCodes.usage,
  })
}
