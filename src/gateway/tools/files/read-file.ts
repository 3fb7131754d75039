import {defineTool} from '../define.js'
import type {Tool, ToolContext} from '../types.js'
import {type Decoded, decode, decodeWindows, type Encoding, SNIFF_BYTES} from './encoding.js'
import {viewOf} from './line-ends.js'
import {LineWindow} from './line-window.js'
import {type Located, locate} from './locate.js'
import {chunksOf, MAX_WHOLE_BYTES, type OpenFile, openFile, readWhole} from './open-file.js'
import {versionOf} from './versions.js'

const DEFAULT_LINES = 2000

export function createReadFile(): Tool {
  return defineTool({
    name: 'read_file',
    toolset: 'file',
    description:
      'Reads a text file. Lines end in \\n, whatever they end in in the file. Long files come in pieces: use offset and limit to read on.',
    idempotent: true,
    arguments: {
      path: {type: 'string', description: 'Path of the file', required: true, minLength: 1},
      offset: {
        type: 'integer',
        description: 'First line to read, from 1 (default 1)',
        minimum: 1,
        maximum: 100_000_000,
      },
      limit: {type: 'integer', description: `Number of lines (default ${DEFAULT_LINES})`, minimum: 1, maximum: 20_000},
    },
    context: ({path, offset}) => `${path ?? ''}${offset ? `:${offset}` : ''}`,
    async run({path, offset = 1, limit = DEFAULT_LINES}, context) {
      const target = await locate(context.cwd, path)
      const problem = unreadable(target)
      if (problem) return {error: `read_file: ${path}: ${problem}`}
      const permit = await context.permit({access: {tool: 'read', path: target.path}, title: `Read ${target.shown}`})
      if (!permit.allowed) return {error: `read_file: ${permit.reason}`, denied: true}
      const opened = await openFile(target.path)
      try {
        const window = new LineWindow(offset, limit)
        const whole = opened.size <= MAX_WHOLE_BYTES ? await readWhole(opened, MAX_WHOLE_BYTES) : undefined
        if (whole) return await readAll(target, whole, window, offset, context)
        return await readPart(target, opened, window, offset, context.signal)
      } finally {
        await opened.file.close()
      }
    },
  })
}

/** Why a path can't be read, in words; undefined where it can. */
export function unreadable({kind}: Located): string | undefined {
  switch (kind) {
    case 'missing':
      return 'no such file (ENOENT)'
    case 'folder':
      return 'it is a directory; use list_files'
    case 'other':
      return 'it is not a regular file'
    case 'file':
      return undefined
  }
}

async function readAll(
  target: Located,
  bytes: Buffer,
  window: LineWindow,
  offset: number,
  {reads}: ToolContext,
): Promise<Record<string, unknown>> {
  const version = await versionOf(bytes)
  const known = {file: target.path, version}
  reads.set(target.path, version)
  const decoded = decode(bytes)
  if (!decoded) return {error: `read_file: ${target.shown}: it is a binary file of ${bytes.length} bytes`, ...known}
  window.push(decoded.text)
  const unfinished = window.unfinished
  window.end()
  const total = window.lines
  if (offset > Math.max(1, total)) return {error: noSuchLine(target, total, offset), ...known}
  const next = offset + window.taken.length
  return {
    path: target.shown,
    ...known,
    content: window.taken.join('\n'),
    first_line: offset,
    last_line: next - 1,
    total_lines: total,
    bytes: bytes.length,
    ...notes(decoded),
    ...(unfinished ? {no_final_newline: true} : {}),
    ...(next <= total ? {truncated: true, hint: `read on with offset ${next}`} : {}),
  }
}

/** Of a file that is too large to be held: as far as it has to be read. What is in it can't be compared later. */
async function readPart(
  target: Located,
  opened: OpenFile,
  window: LineWindow,
  offset: number,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  let decoder: ((chunk: Buffer) => string) | undefined
  let encoding: Encoding = 'utf-8'
  for await (const chunk of chunksOf(opened.file)) {
    if (!decoder) {
      const sample = sampleOf(chunk)
      if (!sample) return {error: `read_file: ${target.shown}: it is a binary file of ${opened.size} bytes`}
      encoding = sample.encoding
      decoder = decoderOf(encoding)
    }
    window.push(decoder(chunk))
    if (window.full) break
    if (signal.aborted) return {error: 'read_file: interrupted', interrupted: true}
  }
  const {full} = window
  if (!full) window.end()
  if (!full && offset > Math.max(1, window.lines)) return {error: noSuchLine(target, window.lines, offset)}
  const next = offset + window.taken.length
  return {
    path: target.shown,
    file: target.path,
    content: window.taken.join('\n'),
    first_line: offset,
    last_line: next - 1,
    ...(full ? {} : {total_lines: window.lines}),
    bytes: opened.size,
    ...(encoding === 'utf-8' ? {} : {encoding}),
    ...(full ? {truncated: true, hint: `there may be more: read on with offset ${next}`} : {}),
  }
}

function noSuchLine(target: Located, total: number, offset: number): string {
  return `read_file: ${target.shown} has ${total} lines, so there is no line ${offset}`
}

/** What differs from a text as all are nowadays. */
function notes(decoded: Decoded): Record<string, unknown> {
  const {ends} = viewOf(decoded.text)
  const kind = ends.includes('c') ? (ends.includes('l') ? 'LF and CRLF' : 'CRLF') : undefined
  return {
    ...(decoded.encoding === 'utf-8' ? {} : {encoding: decoded.encoding}),
    ...(kind ? {line_ends: kind} : {}),
  }
}

/** How the beginning of a file is to be read; a character that is cut at its end is left out. */
function sampleOf(chunk: Buffer): Decoded | undefined {
  const sample = chunk.subarray(0, SNIFF_BYTES)
  for (let cut = 0; cut < 4; cut++) {
    const decoded = decode(sample.subarray(0, sample.length - cut))
    if (decoded?.encoding !== 'windows-1252') return decoded
  }
  return decode(sample)
}

function decoderOf(encoding: Encoding): (chunk: Buffer) => string {
  if (encoding === 'windows-1252') return decodeWindows
  // It takes the byte order mark away by itself.
  const decoder = new TextDecoder(encoding)
  return (chunk) => decoder.decode(chunk, {stream: true})
}
