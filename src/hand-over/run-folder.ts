import {lstatSync, mkdirSync, type Stats} from 'node:fs'
import path from 'node:path'
import {errnoOf, HermesError} from '../errors.js'

/** Longest path of a socket in bytes: Linux takes 108, macOS 104, and Node 20 cuts what is longer without a word. */
export const MAX_SOCKET_PATH = 100

/** Where a gateway listens: the first of these that can be used. A home may be on a disk that takes no socket, or too far down. */
export function socketFolders(env: NodeJS.ProcessEnv, runFolder: string): string[] {
  const runtime = env.XDG_RUNTIME_DIR
  return runtime && path.isAbsolute(runtime) ? [path.join(runtime, 'hermes'), runFolder] : [runFolder]
}

/**
 * Makes a folder where it is missing, for this person alone. Throws `hand-over/unsafe-folder` where it is a link,
 * another person's, or open to others: who can write there can stand in for a gateway.
 */
export function privateFolder(folder: string): void {
  mkdirSync(folder, {recursive: true, mode: 0o700})
  const unfit = unfitFolder(folder)
  if (unfit === undefined) return
  throw new HermesError(`no session is handed over: ${folder} ${unfit}`, {
    code: 'hand-over/unsafe-folder',
    suggestions: [`chmod 700 ${folder}`, 'ls -ld tells whose it is'],
  })
}

/** Why nothing in that folder is trusted; undefined where it is this person's alone. */
export function unfitFolder(folder: string): string | undefined {
  let stats: Stats | undefined
  try {
    stats = lstatSync(folder, {throwIfNoEntry: false})
  } catch (error) {
    // What it is in is no folder, or another person's.
    return `can't be looked at (${errnoOf(error)})`
  }
  if (!stats) return 'is missing'
  if (stats.isSymbolicLink()) return 'is a link'
  if (!stats.isDirectory()) return 'is no folder'
  if (!isOurs(stats.uid)) return `belongs to another user (${stats.uid})`
  if ((stats.mode & 0o077) !== 0) return `is open to others (mode ${(stats.mode & 0o777).toString(8)}, not 700)`
  return undefined
}

/** Why a socket is not connected to; undefined where it is ours, in a folder that is ours. */
export function unfitSocket(socket: string): string | undefined {
  const folder = unfitFolder(path.dirname(socket))
  if (folder !== undefined) return `its folder ${folder}`
  const stats = lstatSync(socket, {throwIfNoEntry: false})
  if (!stats) return 'is missing'
  if (!stats.isSocket()) return 'is no socket'
  return isOurs(stats.uid) ? undefined : `belongs to another user (${stats.uid})`
}

function isOurs(uid: number): boolean {
  return process.getuid === undefined || uid === process.getuid()
}

/**
 * The file by which a gateway and the guard of the program that started it agree: whoever creates it decides whether
 * the gateway outlives the program. `prefix`: {@link verdictPrefix}.
 */
export function verdictFile(prefix: string, group: number): string {
  return `${prefix}${group}.verdict`
}

/** Of one run of the program. */
export function verdictPrefix(folder: string, instance: string): string {
  return path.join(folder, `${instance}-`)
}
