import {exitCodes, HermesError, messageOf} from '../errors.js'
import {errorCodes} from '../protocol/frames.js'
import type {GatewayPolicy} from '../supervisor/types.js'
import {RequestError} from '../supervisor/wire/request-error.js'
import {type GatewayRequest, listedBy, withGateway} from './ask-gateway.js'
import {type ListedSession, matched, type Pruned} from './match.js'

/** Where another gateway keeps the sessions, it is started and asked to delete. */
export function deleteOnGateway(
  policy: GatewayPolicy,
  {name, exact}: {name: string; exact: boolean},
  agree: (session: ListedSession) => Promise<boolean>,
): Promise<{session: ListedSession; deleted: boolean}> {
  return withGateway(policy, async (request) => {
    const session = matched(name, await all(request), {exact})
    if (!(await agree(session))) return {session, deleted: false}
    await remove(request, session.key)
    return {session, deleted: true}
  })
}

export function pruneOnGateway(
  policy: GatewayPolicy,
  before: number,
  agree: (old: readonly ListedSession[]) => Promise<boolean>,
): Promise<Pruned> {
  return withGateway(policy, async (request) => {
    // One of which no time is told is not known to be old.
    const old = (await all(request)).filter(({lastActiveAt}) => lastActiveAt > 0 && lastActiveAt < before)
    if (old.length === 0 || !(await agree(old))) return {old, held: [], deleted: 0}
    const held: ListedSession[] = []
    for (const session of old) {
      try {
        await remove(request, session.key)
      } catch (error) {
        if (!(error instanceof HermesError) || error.code !== 'session/owned-elsewhere') throw error
        held.push(session)
      }
    }
    return {old: old.filter((session) => !held.includes(session)), held, deleted: old.length - held.length}
  })
}

async function all(request: GatewayRequest): Promise<ListedSession[]> {
  return (await listedBy(request)).map(({key, title, excerpt, time, messages}) => ({
    key,
    title: title ?? null,
    preview: excerpt,
    lastActiveAt: time,
    messageCount: messages ?? 0,
  }))
}

async function remove(request: GatewayRequest, key: string): Promise<void> {
  try {
    await request('session.delete', {session_id: key})
  } catch (error) {
    const code = error instanceof RequestError ? error.code : undefined
    if (code !== errorCodes.deleteActive && code !== errorCodes.ownedElsewhere) throw error
    throw new HermesError(`session ${key} is open: it was not deleted (${messageOf(error)})`, {
      code: 'session/owned-elsewhere',
      exit: exitCodes.sessionElsewhere,
      suggestions: ['leave it there, by /quit'],
    })
  }
}
