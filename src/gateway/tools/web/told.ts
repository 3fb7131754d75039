import {STATUS_CODES} from 'node:http'
import {stripControlSequences} from '../../../control-sequences.js'
import {isPdf, textOfPdf} from '../documents/pdf.js'
import type {ToolContext} from '../types.js'
import {type BodyKind, kindOf, mediaTypeOf, readBody, textOf} from './body.js'
import {dataNote} from './data-note.js'
import type {Answer} from './request.js'
import {partOf} from './text-part.js'

/** Of a body, unpacked. */
const MAX_BYTES = 5 * 1024 * 1024

/** Of a page that tells of an error. */
const ERROR_CHARS = 2000

/** The answer of a host as the model is told it. */
export async function told(
  url: URL,
  {head, body}: Answer,
  {offset, limit}: {offset: number; limit: number},
  context: ToolContext,
): Promise<Record<string, unknown>> {
  const status = head.statusCode ?? 0
  const {type, charset} = mediaTypeOf(head.headers['content-type'])
  const about = {url: url.href, status, ...(type ? {content_type: type.slice(0, 100)} : {})}
  const named = kindOf(type)
  if (named === 'binary' || (named === 'image' && !context.keepImage)) {
    body.destroy()
    head.destroy()
    return {...about, error: `web_fetch: ${url.host} answered with ${type.slice(0, 100)}, which is not text`}
  }
  const {bytes, cut} = await readBody(body, MAX_BYTES)
  const kind = named === 'unknown' ? kindOfBytes(bytes) : named
  const size = {bytes: bytes.length, ...(cut ? {cut: `only the first ${MAX_BYTES >> 20} MB of it were read`} : {})}
  if (kind === 'image' || kind === 'pdf') {
    const what = kind === 'image' ? 'image' : 'PDF'
    if (cut) return {...about, error: `web_fetch: the ${what} is larger than ${MAX_BYTES >> 20} MB`}
    if (kind === 'image') return {...about, ...(await image(bytes, url, context))}
  }
  const read = await textOfBody(kind, bytes, {charset, url, signal: context.signal})
  if (typeof read === 'string') return {...about, ...size, error: `web_fetch: ${url.host}: ${read}`}
  const {text, title, ...pages} = read
  const facts = {...(title === undefined ? {} : {title: stripControlSequences(title)}), ...pages}
  const failed = status >= 400 ? `${url.host} answered ${`${status} ${STATUS_CODES[status] ?? ''}`.trim()}` : undefined
  const plain = stripControlSequences(text)
  if (!failed && offset > 0 && offset >= plain.length) {
    return {...about, error: `web_fetch: the text has ${plain.length} characters, so there is nothing at ${offset}`}
  }
  const {content, next} = partOf(plain, failed ? 0 : offset, failed ? ERROR_CHARS : limit)
  return {
    ...about,
    note: dataNote,
    ...facts,
    content,
    ...(offset > 0 ? {offset} : {}),
    characters: plain.length,
    ...size,
    ...(next !== undefined && !failed ? {truncated: true, hint: `read on with offset ${next}`} : {}),
    ...(failed ? {error: `web_fetch: ${failed}`} : {}),
  }
}

function kindOfBytes(bytes: Buffer): BodyKind {
  if (isPdf(bytes)) return 'pdf'
  return /^\s*(<!doctype html|<html)/i.test(bytes.toString('latin1', 0, 512)) ? 'html' : 'text'
}

async function textOfBody(
  kind: BodyKind,
  bytes: Buffer,
  {charset, url, signal}: {charset: string | undefined; url: URL; signal: AbortSignal},
): Promise<{text: string; title?: string; pages?: number; pages_read?: number} | string> {
  if (kind === 'pdf') {
    const read = await textOfPdf(bytes, signal)
    return typeof read === 'string' ? read : {text: read.text, ...read.facts}
  }
  const text = textOf(bytes, charset, kind === 'html')
  if (text === undefined) return `its answer of ${bytes.length} bytes is not text`
  if (kind !== 'html') return {text}
  const {textOfDocument} = await import('../documents/text-of-document.js')
  return textOfDocument(Buffer.from(text), {kind: 'html', base: url.href}, {signal})
}

/** An image goes to the model behind the results. */
async function image(bytes: Buffer, url: URL, {keepImage}: ToolContext): Promise<Record<string, unknown>> {
  const {keptImage} = await import('../files/kept-image.js')
  const name = url.pathname.split('/').at(-1) || 'image'
  const kept = keepImage && (await keptImage(bytes, {name, shown: url.href, tool: 'web_fetch'}, keepImage))
  return kept ?? {error: `web_fetch: ${url.host} answered with an image of a kind that is not taken`}
}
