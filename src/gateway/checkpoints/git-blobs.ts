import {systemFiles} from '../../permissions/shell/reading/files.js'
import {findProgram, trustedFolders} from '../../permissions/shell/reading/program.js'
import type {Workspace} from '../../permissions/workspace.js'

/** Longest time of all of them, milliseconds. */
const MAX_MS = 30_000

/** Larger blobs are of files that are not covered. */
const MAX_BLOB = 64 * 1_048_576

/**
 * Contents that git has stored, by their names; those that it doesn't have are not among them. It runs no program and asks
 * no other machine: only `cat-file`, which obeys neither attributes nor filters so.
 */
export async function* readBlobs(
  git: string,
  gitDir: string,
  blobs: readonly string[],
): AsyncGenerator<[string, Buffer]> {
  const {spawn} = await import('node:child_process')
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^GIT_/i.test(name)))
  const child = spawn(git, ['cat-file', '--batch', '--buffer'], {
    cwd: gitDir,
    env: {
      ...env,
      GIT_DIR: gitDir,
      GIT_NO_LAZY_FETCH: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_OPTIONAL_LOCKS: '0',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
    timeout: MAX_MS,
    killSignal: 'SIGKILL',
  })
  // What could not be read is not among them.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.stdin.end(blobs.map((blob) => `${blob}\n`).join(''))
  let held: Buffer = Buffer.alloc(0)
  let pieces: Buffer[] = []
  let length = 0
  /** Bytes that are needed to go on. */
  let need = 0
  try {
    for await (const chunk of child.stdout) {
      pieces.push(chunk)
      length += chunk.length
      if (length < need) continue
      held = Buffer.concat(pieces)
      for (;;) {
        const end = held.indexOf(10)
        if (end === -1) break
        const [name = '', kind, size] = held.toString('latin1', 0, end).split(' ')
        if (kind !== 'blob' && kind !== 'tree' && kind !== 'commit' && kind !== 'tag') {
          held = held.subarray(end + 1)
          continue
        }
        const bytes = Number(size)
        if (bytes > MAX_BLOB) return
        need = end + 1 + bytes + 1
        if (held.length < need) break
        if (kind === 'blob') yield [name, Buffer.from(held.subarray(end + 1, end + 1 + bytes))]
        held = held.subarray(need)
        need = 0
      }
      pieces = [held]
      length = held.length
    }
  } catch {
    // What could not be read is not among them.
  } finally {
    child.kill('SIGKILL')
  }
}

/** The program, from where only the person can have put one; undefined where there is none. */
export async function findGit(workspace: Workspace): Promise<string | undefined> {
  const look = {workspace, files: systemFiles}
  return findProgram('git', await trustedFolders(process.env.PATH ?? '', look), look)
}
