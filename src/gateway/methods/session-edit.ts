import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {assertNotElsewhere} from '../session/ownership.js'
import {assertIdle, tellUntold} from '../session/session-turns.js'
import {type MethodTable, ordered} from './method.js'

export const sessionEditMethods: MethodTable<'session.title' | 'session.undo' | 'session.delete' | 'terminal.resize'> =
  {
    'session.title': ordered(async (gateway, params) => {
      const session = liveSession(gateway, params.session_id)
      if (params.title === undefined) return {result: {title: session.title ?? '', session_key: session.key}}
      return {result: await setTitle(gateway, session, params.title)}
    }),

    'session.undo': ordered(async (gateway, params) => {
      return {result: {removed: await undo(gateway, liveSession(gateway, params.session_id))}}
    }),

    'session.delete': ordered(async (gateway, params) => {
      const key = params.session_id?.trim()
      if (!key) throw new RpcError(errorCodes.missingSession, 'session_id required')
      if ([...gateway.sessions.values()].some((session) => session.key === key)) {
        throw new RpcError(errorCodes.deleteActive, 'cannot delete an active session')
      }
      const store = await gateway.services.store()
      assertNotElsewhere(gateway, store, key)
      if (!store.deleteSession(key)) throw new RpcError(errorCodes.storedSessionNotFound, 'session not found')
      return {result: {deleted: key}}
    }),

    /** Nothing is drawn by this gateway; the width is acknowledged. */
    'terminal.resize': ordered((gateway, params) => {
      liveSession(gateway, params.session_id)
      return {result: {cols: params.cols}}
    }),
  }

/** `pending`: there is no row yet; the title comes with the first prompt. */
export async function setTitle(
  gateway: Gateway,
  session: LiveSession,
  wanted: string,
): Promise<{title: string; pending: boolean}> {
  const title = wellFormed(wanted).trim()
  if (title === '') throw new RpcError(errorCodes.titleRequired, 'title required')
  const store = await gateway.services.store()
  if (session.stored) {
    store.setTitle(session.key, title)
    session.title = store.session(session.key)?.title ?? title
    return {title: session.title, pending: false}
  }
  const holder = store.findSession(title)
  if (holder?.title === title) {
    throw new RpcError(errorCodes.titleInvalid, `session ${holder.key} has the title "${title}" already`)
  }
  session.title = title
  return {title, pending: true}
}

/** Takes the last turn back. Returns the number of messages. */
export async function undo(gateway: Gateway, session: LiveSession): Promise<number> {
  assertIdle(session, ' — /interrupt the current turn before /undo')
  if (!session.stored) return 0
  const store = await gateway.services.store()
  tellUntold(gateway, store, session)
  session.history = undefined
  return store.atomically(() => {
    assertNotElsewhere(gateway, store, session.key)
    return store.undoLastTurn(session.key)
  })
}
