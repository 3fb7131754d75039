import {refuse} from '../refused.js'
import {type FileKind, type Files, isAbsent} from './files.js'

/** What may be read without a question. */
export interface ReadableWorkspace {
  /** Takes a path with every link resolved. */
  contains(realPath: string): boolean
  /** Takes a path with every link resolved, of a file or a folder. */
  isSecret(realPath: string): boolean
}

/** Where a command stands. */
export interface Place {
  /** Absolute, every link resolved. */
  cwd: string
  workspace: ReadableWorkspace
  files: Files
}

export interface Operand {
  /** Every link resolved; of a file that isn't there where it would be. */
  real: string
  kind: FileKind | undefined
}

/** Contents change between two reads, hang the reader, or are of other processes. */
const notForReading = /^\/(?:proc|sys|dev)(?:\/|$)/

/**
 * Looks where an operand leads, as the kernel would from `place`. Refuses what is outside of the
 * workspace, what is no file or folder, and a secret where `contents` says that it would be printed.
 */
export async function checkOperand(text: string, place: Place, contents: boolean): Promise<Operand> {
  if (text === '') return {real: place.cwd, kind: undefined}
  const {workspace, files} = place
  const real = await resolve(text, place)
  if (!workspace.contains(real) || notForReading.test(real)) refuse(`${text} is outside of the workspace`)
  const kind = await looked(text, files.kind(real))
  if (kind !== undefined && kind !== 'file' && kind !== 'directory') refuse(`${text} is no regular file`)
  if (contents && workspace.isSecret(real)) refuse(`${text} may hold secrets`)
  return {real, kind}
}

async function resolve(text: string, {cwd, files}: Place): Promise<string> {
  const path = text.startsWith('/') ? text : `${cwd}/${text}`
  try {
    return await files.realpath(path)
  } catch (error) {
    if (!isAbsent(error)) refuse(`${text} can't be looked at`)
    return await resolveAbsent(text, path, files)
  }
}

/** Goes as far as there is something; what is behind must go down only. */
async function resolveAbsent(text: string, path: string, files: Files): Promise<string> {
  let real = '/'
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  for (const [index, name] of names.entries()) {
    const next = join(real, name)
    // A link to nowhere is where a file could be.
    if ((await looked(text, files.kind(next))) === undefined) {
      const rest = names.slice(index)
      if (rest.includes('..')) refuse(`${text} goes through a folder that isn't there`)
      return join(real, rest.join('/'))
    }
    real = await looked(text, files.realpath(next))
  }
  return real
}

async function looked<T>(text: string, look: Promise<T>): Promise<T> {
  try {
    return await look
  } catch {
    return refuse(`${text} can't be looked at`)
  }
}

function join(folder: string, rest: string): string {
  return folder === '/' ? `/${rest}` : `${folder}/${rest}`
}
