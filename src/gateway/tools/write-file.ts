import {mkdir, open, realpath, rename, stat, unlink} from 'node:fs/promises'
import path from 'node:path'
import {errnoOf} from '../../errors.js'
import {defineTool} from './define.js'
import {diffStat} from './diff-stat.js'
import {resolvePath, shownPath} from './paths.js'
import {readTextFile} from './text-file.js'
import type {Tool} from './types.js'

const MAX_COMPARED_BYTES = 5 * 1024 * 1024
const MAX_CONTENT_CHARS = 10_000_000

export function createWriteFile(): Tool {
  return defineTool({
    name: 'write_file',
    toolset: 'file',
    description:
      'Creates a file or replaces its whole content. The person is asked first. Missing directories are made.',
    // Another process may have changed the file in between.
    idempotent: false,
    arguments: {
      path: {type: 'string', description: 'Path of the file', required: true, minLength: 1},
      content: {type: 'string', description: 'The whole new content', required: true, maxLength: MAX_CONTENT_CHARS},
    },
    context: ({path: file}) => String(file ?? ''),
    async run({path: given, content}, context) {
      const {cwd, signal} = context
      const target = await followLinks(resolvePath(cwd, given))
      const before = await snapshot(target)
      if (before.kind === 'other') return {error: `write_file: ${given} is not a regular file`}
      const shown = shownPath(cwd, target)
      const change = before.kind === 'text' ? changeOf(before.text, content) : undefined
      const permit = await context.permit({
        access: {tool: 'edit', path: target},
        title: `${describe(before, content, change)}: ${shown}`,
      })
      if (!permit.allowed) return {error: `write_file: ${permit.reason}`, denied: true}
      if (signal.aborted) return {error: 'write_file: interrupted before anything was written', interrupted: true}
      const now = await snapshot(target)
      if (now.stamp !== before.stamp) {
        return {error: `write_file: ${shown} was changed by another program meanwhile; read it again before writing`}
      }
      await replace(target, content, before.mode)
      return {
        path: shown,
        bytes: Buffer.byteLength(content),
        created: before.kind === 'missing',
        ...(change === undefined ? {} : {diff: change}),
      }
    },
  })
}

type Snapshot = {stamp: string; mode: number | undefined} & (
  | {kind: 'missing' | 'opaque' | 'other'}
  | {kind: 'text'; text: string}
)

/** The file as it is now. `opaque` is a regular file that cannot be compared. */
async function snapshot(target: string): Promise<Snapshot> {
  let info: Awaited<ReturnType<typeof stat>>
  try {
    info = await stat(target)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return {kind: 'missing', stamp: 'missing', mode: undefined}
  }
  const stamp = `${info.dev}:${info.ino}:${info.size}:${info.mtimeMs}`
  const mode = info.mode & 0o777
  if (!info.isFile()) return {kind: 'other', stamp, mode}
  const file = await readTextFile(target, MAX_COMPARED_BYTES)
  return 'text' in file ? {kind: 'text', text: file.text, stamp, mode} : {kind: 'opaque', stamp, mode}
}

function changeOf(before: string, after: string): string {
  const {added, removed} = diffStat(before, after)
  return `+${added} -${removed}`
}

function describe(before: Snapshot, content: string, change: string | undefined): string {
  const bytes = Buffer.byteLength(content)
  if (before.kind === 'missing') return `Create a file of ${bytes} bytes`
  return change === undefined
    ? `Replace the file by ${bytes} bytes`
    : `Replace the file: ${change} lines, ${bytes} bytes`
}

/** A link is written through, as an editor does, and not replaced by a file. */
async function followLinks(absolute: string): Promise<string> {
  try {
    return await realpath(absolute)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return absolute
  }
}

/** Written beside it and renamed, so that a crash leaves the old file or the new one. */
async function replace(target: string, content: string, mode: number | undefined): Promise<void> {
  const folder = path.dirname(target)
  await mkdir(folder, {recursive: true})
  // Loaded late: the tools are listed at every resume, and Node's crypto takes 6 ms.
  const {randomBytes} = await import('node:crypto')
  const temporary = path.join(folder, `.${path.basename(target).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`)
  const file = await open(temporary, 'wx', mode ?? 0o666)
  try {
    try {
      // The umask narrows what open() was given.
      if (mode !== undefined) await file.chmod(mode)
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}
