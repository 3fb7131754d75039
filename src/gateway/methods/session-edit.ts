import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {HermesError} from '../../errors.js'
import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {assertNotElsewhere, isTheirs} from '../session/ownership/ownership.js'
import {assertIdle, tellUntold} from '../session/session-turns.js'
import {inSlices} from '../slices.js'
import {free, type MethodTable, ordered} from './method.js'

export const sessionEditMethods: MethodTable<
  'session.title' | 'session.undo' | 'session.delete' | 'session.save' | 'terminal.resize'
> = {
  'session.title': ordered(async (gateway, params) => {
    const session = openSession(gateway, params.session_id)
    if (!session) return {result: await setStoredTitle(gateway, params.session_id, params.title)}
    if (params.title === undefined) return {result: {title: session.title ?? '', session_key: session.key}}
    return {result: await setTitle(gateway, session, params.title)}
  }),

  'session.undo': ordered(async (gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    return {result: {...(await undo(gateway, session, params.prompt_id))}}
  }),

  'session.delete': ordered(async (gateway, params) => {
    const key = params.session_id?.trim()
    if (!key) throw new RpcError(errorCodes.missingSession, 'session_id required')
    if ([...gateway.sessions.values()].some((session) => session.key === key)) {
      throw new RpcError(errorCodes.deleteActive, 'cannot delete an active session')
    }
    const store = await gateway.services.store()
    store.atomically(() => {
      assertNotElsewhere(gateway, store, key)
      // One that has nothing to do keeps nobody out who goes on with it; nothing is deleted under it all the same.
      if (isTheirs(gateway, store, key)) {
        throw new RpcError(
          errorCodes.deleteActive,
          `session ${key} is open without a terminal: hermes stop ${key} ends it`,
        )
      }
      if (!store.deleteSession(key)) throw new RpcError(errorCodes.storedSessionNotFound, 'session not found')
    })
    const {removeOutputs} = await import('../tools/command/output-folder.js')
    removeOutputs(gateway.home, key)
    return {result: {deleted: key}}
  }),

  /** Beside all else: it takes as long as the session is large. */
  'session.save': free(async (gateway, {session_id: name, file, format}) => {
    const store = await gateway.services.store()
    const key = gateway.sessions.get(name)?.key ?? store.findSession(name)?.key
    if (key === undefined || !store.session(key)) {
      throw new RpcError(errorCodes.unknownSession, 'nothing was said in this session yet: there is nothing to save')
    }
    const {formatOf, sessionText, writeNewFile} = await import('../store/transfer/write.js')
    const target = file ?? path.join(gateway.home, 'sessions', 'saved', `${key}.json`)
    if (!path.isAbsolute(target)) throw new RpcError(errorCodes.badValue, `file must be an absolute path: ${target}`)
    if (file === undefined) mkdirSync(path.dirname(target), {recursive: true, mode: 0o700})
    const form = format ?? formatOf(target) ?? 'json'
    try {
      await inSlices(writeNewFile(target, sessionText(store, key, form)))
    } catch (error) {
      if (!(error instanceof HermesError) || !error.code.startsWith('file/')) throw error
      throw new RpcError(errorCodes.saveFailed, error.message)
    }
    return {result: {file: target, format: form}}
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

/** The session of that live id, or of that durable key, where it is open in this process. */
function openSession({sessions}: Gateway, name: string): LiveSession | undefined {
  return sessions.get(name) ?? [...sessions.values()].find(({key}) => key === name)
}

/** Of a session that is not open here. */
async function setStoredTitle(
  gateway: Gateway,
  key: string,
  wanted: string | undefined,
): Promise<{title: string; session_key: string}> {
  const store = await gateway.services.store()
  const row = store.session(key)
  if (!row) throw new RpcError(errorCodes.unknownSession, 'session not found')
  if (wanted === undefined) return {title: row.title ?? '', session_key: key}
  const title = wellFormed(wanted).trim()
  if (title === '') throw new RpcError(errorCodes.titleRequired, 'title required')
  return store.atomically(() => {
    // Who has it open shows, and may store, the title that it knows.
    assertNotElsewhere(gateway, store, key)
    store.setTitle(key, title)
    return {title: store.session(key)?.title ?? title, session_key: key}
  })
}

export interface Undone {
  /** Messages that are no longer shown or sent. */
  removed: number
  /** The prompt that was taken back. */
  text?: string
  prompt_id?: string
}

/** Takes the last turn back; with `promptId` only where it is that one. */
export async function undo(gateway: Gateway, session: LiveSession, promptId?: string): Promise<Undone> {
  assertIdle(session, ' — /interrupt the current turn before /undo')
  if (!session.stored) return {removed: 0}
  const store = await gateway.services.store()
  tellUntold(gateway, store, session)
  session.history = undefined
  return store.atomically(() => {
    assertNotElsewhere(gateway, store, session.key)
    const last = store.lastTurn(session.key)
    if (!last || (promptId !== undefined && promptId !== last.promptId)) return {removed: 0}
    return {removed: store.undoLastTurn(session.key), text: last.prompt, prompt_id: last.promptId}
  })
}
