import path from 'node:path'
import {entriesOf, headOf} from '../acp/journal/entries.js'
import {exitCodes, HermesError} from '../errors.js'
import {mintSessionKey} from '../gateway/ids.js'
import type {ExportFormat} from '../gateway/store/transfer/write.js'
import type {SessionHead, Store} from '../gateway/store/types.js'
import {ofEither} from './agents.js'
import {findStored, type Place, withStore} from './stored.js'

interface ExportOptions {
  format: ExportFormat
  file: string | undefined
  print: (text: string) => void
}

/** Writes a session, piece by piece: to `file`, which must not be there, or else by `print`. */
export function exportSession(
  place: Place,
  name: string,
  options: ExportOptions,
): Promise<{session: SessionHead; file: string | undefined}> {
  return ofEither<{session: SessionHead; file: string | undefined}>(place, name, {
    agents: async (stored) => {
      const {textOf} = await import('../gateway/store/transfer/write.js')
      const session = headOf(stored)
      return {session, file: await put(place, textOf(session, entriesOf(stored), options.format), options)}
    },
    own: () =>
      withStore(place, {reads: true, name}, async (store) => {
        const session = findStored(store, name, place.env)
        const {sessionText} = await import('../gateway/store/transfer/write.js')
        return {session, file: await put(place, sessionText(store, session.key, options.format), options)}
      }),
  })
}

/** Returns the file that it wrote. */
async function put({cwd}: Place, pieces: Iterable<string>, {file, print}: ExportOptions): Promise<string | undefined> {
  if (file === undefined) {
    for (const piece of pieces) print(piece)
    return undefined
  }
  const {writeNewFile} = await import('../gateway/store/transfer/write.js')
  const target = path.resolve(cwd, file)
  for (const _ of writeNewFile(target, pieces));
  return target
}

export interface Imported {
  key: string
  title: string | null
  cwd: string | null
  messages: number
}

/** Stores the session that a file holds. `copy`: under a new key, where its own is taken or not wanted. */
export function importSession(place: Place, file: string, {copy}: {copy: boolean}): Promise<Imported> {
  return withStore(place, {}, async (store) => {
    const {readSessionFile} = await import('../gateway/store/transfer/read.js')
    const {session, entries} = readSessionFile(path.resolve(place.cwd, file))
    const key = copy ? freshKey(store) : session.key
    try {
      for (const _ of store.importSession({...session, key}, entries));
    } catch (error) {
      if (!(error instanceof HermesError) || error.code !== 'store/session-exists') throw error
      throw new HermesError(`${error.message}: nothing was imported`, {
        code: 'session/exists',
        exit: exitCodes.usage,
        suggestions: ['--copy imports it under a new key'],
      })
    }
    const stored = store.session(key)
    return {key, title: stored?.title ?? null, cwd: stored?.cwd ?? null, messages: store.messageCount(key)}
  })
}

function freshKey(store: Store): string {
  let key = mintSessionKey()
  while (store.session(key)) key = mintSessionKey()
  return key
}
