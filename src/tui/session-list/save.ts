import path from 'node:path'
import {messageOf} from '../../errors.js'

/** Rejects with what the gateway says. */
type Request = (method: string, params: Record<string, unknown>) => Promise<Record<string, unknown>>

/** So many names are tried for a file that the person gave no name. */
const TRIES = 50

export interface Saving {
  /** Key or live id. */
  session: string
  title: string | undefined
  /** Folder that a relative name is meant in. */
  folder: string
  home: string
}

/**
 * Has a session written to a file, by the ending of its name as JSON or else as Markdown. Without a name: one made of the
 * title that is free. Returns the path; rejects with what hindered it.
 */
export async function saveSession(request: Request, wanted: string, saving: Saving): Promise<string> {
  const {session, title, folder} = saving
  if (wanted !== '') return written(request, session, pathOf(wanted, saving))
  const base = fileName(title ?? '') || 'session'
  for (let number = 1; ; number++) {
    const file = path.join(folder, `hermes-${base}${number === 1 ? '' : `-${number}`}.md`)
    try {
      return await written(request, session, file)
    } catch (error) {
      if (number === TRIES || !/is there already/.test(messageOf(error))) throw error
    }
  }
}

/** `~` is the person's folder; a folder is no name of a file. */
function pathOf(wanted: string, {folder, home}: Saving): string {
  const own = wanted.replace(/^(["'])(.*)\1$/s, '$2')
  const file = path.resolve(folder, own.replace(/^~(?=\/|$)/, home))
  const ending = path.extname(file).toLowerCase()
  if (ending === '.json' || ending === '.md' || ending === '.markdown') return file
  throw new Error(
    `the name says what is written: FILE.md for people, FILE.json for hermes sessions import; ${own} says neither`,
  )
}

async function written(request: Request, session: string, file: string): Promise<string> {
  const answer = await request('session.save', {session_id: session, file})
  return typeof answer.file === 'string' ? answer.file : file
}

/** Letters, digits and dashes of a title, at most 40 characters. */
export function fileName(title: string): string {
  const words = title
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
  return [...words]
    .slice(0, 40)
    .join('')
    .replaceAll(/^-+|-+$/g, '')
}
