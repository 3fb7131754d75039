import path from 'node:path'
import type {FileOwner, Files} from './files.js'
import type {ReadableWorkspace} from './operands.js'

const MAX_LENGTH = 64
const STICKY = 0o1000
const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002
/** `root`, `wheel`; on macOS `admin` is root's equal, and Homebrew's folders are its. */
const rootGroups = process.platform === 'darwin' ? [0, 80] : [0]

interface Look {
  workspace: ReadableWorkspace
  files: Files
}

/**
 * The folders of PATH into which nobody else can put a program: without relative ones, those in the
 * workspace (`npm run` puts `node_modules/.bin` first), those that others can write. Folders of version
 * managers are left out too: their programs run what a file of the project names. Links are resolved.
 */
export async function trustedFolders(searchPath: string, {workspace, files}: Look): Promise<string[]> {
  const trusted: string[] = []
  for (const entry of searchPath.split(path.delimiter)) {
    if (!path.isAbsolute(entry) || /\/(?:shims|\.volta)(?:\/|$)/.test(entry)) continue
    const folder = await realOf(entry, files)
    if (folder === undefined || trusted.includes(folder) || workspace.contains(folder)) continue
    if (await isOurs(folder, files, 0)) trusted.push(folder)
  }
  return trusted
}

/** The absolute path of a program in the first of these folders that has it; a name with `/` is none. */
export async function findProgram(
  name: string,
  folders: readonly string[],
  {workspace, files}: Look,
): Promise<string | undefined> {
  if (name.length > MAX_LENGTH || !/^[\w.+[-]+$/.test(name) || /^\.*$/.test(name)) return undefined
  for (const folder of folders) {
    const program = path.join(folder, name)
    const real = await realOf(program, files)
    if (real === undefined || workspace.contains(real)) continue
    const owner = await files.owner(real)
    if (owner?.kind !== 'file' || !owner.executable || !isSafelyOwned(owner)) continue
    if (path.dirname(real) === folder || (await isOurs(path.dirname(real), files, 0))) return program
  }
  return undefined
}

/** Whether only this user and root can put something there, or exchange a folder above it. */
async function isOurs(folder: string, files: Files, mayBeSticky: number): Promise<boolean> {
  const owner = await files.owner(folder)
  if (owner?.kind !== 'directory' || !(isSafelyOwned(owner) || (owner.mode & mayBeSticky) !== 0)) return false
  const above = path.dirname(folder)
  return above === folder || (await isOurs(above, files, STICKY))
}

function isSafelyOwned({uid, gid, mode}: FileOwner): boolean {
  if (uid !== 0 && uid !== process.getuid?.()) return false
  if ((mode & OTHERS_WRITE) !== 0) return false
  return (mode & GROUP_WRITES) === 0 || rootGroups.includes(gid)
}

async function realOf(file: string, files: Files): Promise<string | undefined> {
  try {
    return await files.realpath(file)
  } catch {
    return undefined
  }
}
