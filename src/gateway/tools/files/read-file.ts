import path from 'node:path'
import {defineTool} from '../define.js'
import {isPdf, textOfPdf} from '../documents/pdf.js'
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
      'Reads a text file, an image, or the text of a PDF, a large text in pieces: use offset and limit to read on. Each line begins with its number and a tab, which are not in the file. Lines end in \\n, whatever they end in in the file.',
    idempotent: true,
    readsOnly: true,
    asksLeave: true,
    arguments: {
      path: {type: 'string', description: 'Path of the file', required: true, minLength: 1},
      offset: {
        type: 'integer',
        description: 'First line to read, from 1 (default 1)',
        minimum: 1,
        maximum: 100_000_000,
      },
      limit: {type: 'integer', description: `Number of lines (default ${DEFAULT_LINES})`, minimum: 1, maximum: 20_000},
      line_numbers: {type: 'boolean', description: 'Number the lines (default true)'},
    },
    context: ({path: file, offset}) => `${file ?? ''}${offset ? `:${offset}` : ''}`,
    async run({path: given, offset = 1, limit = DEFAULT_LINES, line_numbers = true}, context) {
      const target = await locate(context.cwd, given)
      const problem = unreadable(target)
      if (problem) return {error: `read_file: ${given}: ${problem}`}
      const permit = await context.permit({access: {tool: 'read', path: target.path}, title: `Read ${target.shown}`})
      if (!permit.allowed) return {error: `read_file: ${permit.reason}`, denied: true}
      const opened = await openFile(target.path)
      try {
        const window = new LineWindow(offset, limit)
        const whole = opened.size <= MAX_WHOLE_BYTES ? await readWhole(opened, MAX_WHOLE_BYTES) : undefined
        const part = {window, offset, numbers: line_numbers}
        if (whole) return await readAll(target, whole, part, context)
        return await readPart(target, opened, part, context.signal)
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

/** The lines that are asked for. */
interface Part {
  window: LineWindow
  /** The first of them. */
  offset: number
  numbers: boolean
}

async function readAll(
  target: Located,
  bytes: Buffer,
  {window, offset, numbers}: Part,
  context: ToolContext,
): Promise<Record<string, unknown>> {
  const version = await versionOf(bytes)
  const known = {file: target.path, version}
  context.reads.set(target.path, version)
  const document = isPdf(bytes) ? await textOfPdf(bytes, context.signal) : undefined
  if (typeof document === 'string') return {error: `read_file: ${target.shown}: ${document}`, ...known}
  const decoded: Decoded | undefined = document ? {text: document.text, encoding: 'utf-8', mark: false} : decode(bytes)
  if (!decoded) {
    const image = await readImage(target, bytes, context)
    if (image) return {...image, ...known}
    return {error: `read_file: ${target.shown}: it is a binary file of ${bytes.length} bytes`, ...known}
  }
  window.push(decoded.text)
  const unfinished = window.unfinished
  window.end()
  const total = window.lines
  if (offset > Math.max(1, total)) return {error: noSuchLine(target, total, offset), ...known}
  const next = offset + window.taken.length
  return {
    path: target.shown,
    ...known,
    content: contentOf(window, offset, numbers),
    first_line: offset,
    last_line: next - 1,
    total_lines: total,
    bytes: bytes.length,
    ...notes(decoded),
    ...document?.facts,
    ...(unfinished && !document ? {no_final_newline: true} : {}),
    ...(next <= total ? {truncated: true, hint: `read on with offset ${next}`} : {}),
  }
}

/** An image goes to the model behind the results; undefined: it is none, or nobody takes images here. */
async function readImage(
  {path: file, shown}: Located,
  bytes: Buffer,
  {keepImage}: ToolContext,
): Promise<Record<string, unknown> | undefined> {
  if (!keepImage) return undefined
  const {keptImage} = await import('./kept-image.js')
  return keptImage(bytes, {name: path.basename(file), shown, tool: 'read_file'}, keepImage)
}

/** Of a file that is too large to be held: as far as it has to be read. What is in it can't be compared later. */
async function readPart(
  target: Located,
  opened: OpenFile,
  {window, offset, numbers}: Part,
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
    content: contentOf(window, offset, numbers),
    first_line: offset,
    last_line: next - 1,
    ...(full ? {} : {total_lines: window.lines}),
    bytes: opened.size,
    ...(encoding === 'utf-8' ? {} : {encoding}),
    ...(full ? {truncated: true, hint: `there may be more: read on with offset ${next}`} : {}),
  }
}

function contentOf({taken}: LineWindow, offset: number, numbers: boolean): string {
  return (numbers ? taken.map((line, index) => `${offset + index}\t${line}`) : taken).join('\n')
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
