import {realpath} from 'node:fs/promises'
import path from 'node:path'
import {visibleText} from '../../control-sequences.js'
import {messageOf} from '../../errors.js'
import {looksLikeImage} from '../../images/image-file.js'
import {mentionOf, mentionsIn} from '../../protocol/mention.js'
import {isPdf, textOfPdf} from '../tools/documents/pdf.js'
import {type Decoded, decode} from '../tools/files/encoding.js'
import {type Located, locate} from '../tools/files/locate.js'
import {MAX_WHOLE_BYTES, type OpenFile, openFile, readWhole} from '../tools/files/open-file.js'
import {delimited, sizeOf} from './delimited.js'

/** Of one prompt: a long paste may hold thousands of what looks like one. */
const MAX_MENTIONS = 50

/** Of a folder so much is listed. */
const MAX_ENTRIES = 1000

export interface MentionedFiles {
  /** For the model, behind the prompt; empty where nothing is sent. */
  text: string
  /** What was sent, in a few words each. */
  sent: string[]
  /** What was cut or not sent, a line each. */
  problems: string[]
}

export interface MentionsRequest {
  prompt: string
  cwd: string
  /** Bytes of one file at most, and of all. */
  maxFileBytes: number
  maxBytes: number
  /** Mentions that are no paths. */
  others?: ReadonlySet<string>
  /** Why the model may not be told a file or folder, by its real path. */
  withholds(realPath: string): Promise<string | undefined>
  /** What of a folder may not be shown. */
  hiddenBelow(folder: string): Promise<(realPath: string) => boolean>
  /** Files below a folder, relative to it, without what a `.gitignore` names. */
  list(folder: string): Promise<readonly string[]>
}

interface Part {
  tag: 'file' | 'folder'
  shown: string
  attributes: Record<string, string | number>
  text: string
  bytes: number
  /** For the person. */
  sent?: string
  problem?: string
  /** It goes along by itself, as an image of the prompt. */
  isImage?: boolean
}

/** Reads what a prompt names with `@`, as it is now. Never rejects: what can't be sent is told, to both. */
export async function readMentions(request: MentionsRequest): Promise<MentionedFiles> {
  const named = new Set(mentionsIn(request.prompt).map((mention) => mention.path))
  const paths = [...named].filter((name) => !request.others?.has(name))
  const parts: Part[] = []
  const missing: string[] = []
  const seen = new Set<string>()
  let left = request.maxBytes
  for (const given of paths.slice(0, MAX_MENTIONS)) {
    const part = await partOf(given, request, left, seen)
    if (part === 'missing') missing.push(given)
    else if (part) {
      parts.push(part)
      left -= part.bytes
    }
  }
  const problems = parts.flatMap(({problem}) => problem ?? [])
  // A word such as @Override is no path that somebody mistyped.
  const meant = missing.filter((name) => /[/.]/.test(name))
  if (meant.length > 0) problems.push(missingText(meant))
  if (paths.length > MAX_MENTIONS) problems.push(`only the first ${MAX_MENTIONS} of ${paths.length} @… were looked at`)
  return {text: textOf(parts), sent: parts.flatMap(({sent}) => sent ?? []), problems}
}

const heading = 'What the prompt above names with @, as it was when the prompt was sent:'

function textOf(parts: readonly Part[]): string {
  const told = parts.filter(({isImage}) => !isImage)
  if (told.length === 0) return ''
  const written = told.map(({tag, shown, attributes, text}) => delimited(tag, {path: shown, ...attributes}, text))
  return [heading, ...written].join('\n\n')
}

function missingText(names: readonly string[]): string {
  const [first, second, third, ...more] = names.map(mentionOf)
  const listed = [first, second, third].filter((name) => name !== undefined).join(', ')
  return `not found, and sent as it stands: ${listed}${more.length > 0 ? ` and ${more.length} more` : ''}`
}

/** Undefined for what was named before, by another path. */
async function partOf(
  given: string,
  request: MentionsRequest,
  left: number,
  seen: Set<string>,
): Promise<Part | 'missing' | undefined> {
  let shown = given
  try {
    const target = await locate(request.cwd, given)
    if (target.kind === 'missing') return 'missing'
    if (seen.has(target.path)) return undefined
    seen.add(target.path)
    shown = target.shown
    if (target.kind === 'other') return unsent(shown, 'it is not a regular file')
    if (target.kind === 'file' && looksLikeImage(target.path)) {
      return {
        tag: 'file',
        shown,
        attributes: {},
        text: '',
        bytes: 0,
        sent: `${mentionOf(shown)} (image)`,
        isImage: true,
      }
    }
    const why = await request.withholds(target.path)
    if (why !== undefined) return unsent(shown, why)
    return target.kind === 'folder' ? await folderPart(target, request, left) : await filePart(target, request, left)
  } catch (error) {
    return unsent(shown, messageOf(error))
  }
}

function unsent(shown: string, why: string): Part {
  const text = `(not sent: ${visibleText(why)})`
  return {tag: 'file', shown, attributes: {}, text, bytes: 0, problem: `${mentionOf(shown)} was not sent: ${why}`}
}

async function filePart({path: real, shown}: Located, {maxFileBytes}: MentionsRequest, left: number): Promise<Part> {
  const limit = Math.min(maxFileBytes, left)
  const opened = await openFile(real)
  const {file} = opened
  try {
    const beginning = await readStart(file, limit + 1)
    const document = isPdf(beginning) ? await readPdf(opened) : undefined
    if (typeof document === 'string') return unsent(shown, document)
    const size = document?.length ?? opened.size
    const start = document?.subarray(0, limit + 1) ?? beginning
    const cut = start.length > limit
    const total = Math.max(size, start.length)
    const decoded = cut ? decodeBeginning(start.subarray(0, limit)) : decode(start)
    if (!decoded) return unsent(shown, `it is a binary file of ${sizeOf(total)}`)
    if (cut && limit === 0) return unsent(shown, `${sizeOf(total)}, and what is sent with one prompt is used up`)
    const text = cut ? wholeLines(decoded.text) : decoded.text
    const bytes = cut ? Math.min(limit, Buffer.byteLength(text)) : total
    const encoding: Record<string, string> = decoded.encoding === 'utf-8' ? {} : {encoding: decoded.encoding}
    const lines = linesOf(text)
    if (!cut) {
      const sent = `${mentionOf(shown)} (${lines} ${lines === 1 ? 'line' : 'lines'}, ${sizeOf(total)})`
      return {tag: 'file', shown, attributes: {lines, ...encoding}, text, bytes, sent}
    }
    const attributes = {
      cut: `the first ${lines} lines, ${bytes} of ${total} bytes; read_file has the rest`,
      ...encoding,
    }
    const setting = limit === maxFileBytes ? 'context.fileBytes' : 'context.promptBytes'
    const problem = `${mentionOf(shown)}: ${sizeOf(total)}, the first ${sizeOf(bytes)} were sent (${setting})`
    return {tag: 'file', shown, attributes, text, bytes, problem}
  } finally {
    await file.close()
  }
}

/** The text of a PDF in place of its bytes; a text as the result says why there is none. */
async function readPdf(opened: OpenFile): Promise<Buffer | string> {
  const bytes = await readWhole(opened, MAX_WHOLE_BYTES)
  if (!bytes) return `this PDF is larger than ${sizeOf(MAX_WHOLE_BYTES)}`
  const read = await textOfPdf(bytes)
  return typeof read === 'string' ? read : Buffer.from(read.text)
}

async function folderPart({path: real, shown}: Located, request: MentionsRequest, left: number): Promise<Part> {
  const [found, isHidden, root] = await Promise.all([request.list(real), request.hiddenBelow(real), realpath(real)])
  const limit = Math.min(request.maxFileBytes, left)
  const names = [...found].sort()
  const listed: string[] = []
  let bytes = 0
  let at = 0
  for (; at < names.length && listed.length < MAX_ENTRIES; at++) {
    const name = names[at] ?? ''
    if (isHidden(path.join(root, name))) continue
    const line = visibleText(name)
    if (bytes + Buffer.byteLength(line) + 1 > limit) break
    bytes += Buffer.byteLength(line) + 1
    listed.push(line)
  }
  const more = names.length - at
  const name = mentionOf(shown.endsWith('/') ? shown : `${shown}/`)
  const text = listed.length === 0 ? '(nothing to list)' : listed.join('\n')
  const base = {tag: 'folder', shown, text, bytes} as const
  if (more === 0) return {...base, attributes: {files: listed.length}, sent: `${name} (${listed.length} names)`}
  const problem = `${name}: ${names.length} files, the names of the first ${listed.length} were sent`
  return {...base, attributes: {cut: `the first ${listed.length} of ${names.length} names`}, problem}
}

async function readStart(file: Awaited<ReturnType<typeof openFile>>['file'], max: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(max)
  let length = 0
  while (length < max) {
    const {bytesRead} = await file.read(buffer, length, max - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

/** Half a character at the end of what was cut is left out. */
function decodeBeginning(bytes: Buffer): Decoded | undefined {
  for (let less = 0; less < 4; less++) {
    const decoded = decode(bytes.subarray(0, bytes.length - less))
    if (decoded && decoded.encoding !== 'windows-1252') return decoded
  }
  return decode(bytes)
}

function wholeLines(text: string): string {
  const end = text.lastIndexOf('\n')
  return end === -1 ? text : text.slice(0, end + 1)
}

function linesOf(text: string): number {
  if (text === '') return 0
  let lines = text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
