import type {Readable} from 'node:stream'
import {decodeWindows} from '../files/encoding.js'

/** How the body of an answer is told to a model. */
export type BodyKind = 'html' | 'text' | 'image' | 'pdf' | 'binary' | 'unknown'

const texts =
  /^(text\/|application\/(json|xml|javascript|ecmascript|x-javascript|yaml|x-yaml|toml|x-sh|sql|graphql|x-ndjson|rtf|x-www-form-urlencoded)$|.*\+(json|xml|yaml|text)$|message\/)/

/** By the media type that the server names; `unknown`: the bytes have to tell. */
export function kindOf(mediaType: string): BodyKind {
  if (mediaType === 'text/html' || mediaType === 'application/xhtml+xml') return 'html'
  if (mediaType === 'image/svg+xml' || texts.test(mediaType)) return 'text'
  if (mediaType.startsWith('image/')) return 'image'
  if (mediaType === 'application/pdf') return 'pdf'
  return mediaType === '' || mediaType === 'application/octet-stream' || !mediaType.includes('/') ? 'unknown' : 'binary'
}

/** `Text/HTML; charset="UTF-8"` in parts, both in lower case. */
export function mediaTypeOf(header: string | undefined): {type: string; charset: string | undefined} {
  const [type = '', ...parameters] = (header ?? '').toLowerCase().split(';')
  const charset = parameters.map((each) => /^\s*charset\s*=\s*"?([^"\s]+)/.exec(each)?.[1]).find(Boolean)
  return {type: type.trim(), charset}
}

/** At most so much of a body; it is told whether there was more. Ends the body. */
export async function readBody(body: Readable, maxBytes: number): Promise<{bytes: Buffer; cut: boolean}> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      length += chunk.length
      if (length > maxBytes) return {bytes: Buffer.concat(chunks).subarray(0, maxBytes), cut: true}
    }
    return {bytes: Buffer.concat(chunks), cut: false}
  } finally {
    body.destroy()
  }
}

/** So far a page is looked through for the name of its encoding, as browsers do. */
const META_BYTES = 1024

/**
 * The text of a body: by its byte order mark, the server's word, the page's own word, else as UTF-8 and where it is none as
 * Windows-1252. Undefined: it holds zero bytes, and is no text.
 */
export function textOf(bytes: Buffer, charset: string | undefined, isHtml: boolean): string | undefined {
  const named = markOf(bytes) ?? charset ?? (isHtml ? metaCharset(bytes) : undefined)
  const text = (named === undefined ? undefined : decodedAs(bytes, named)) ?? decodedAs(bytes, 'utf-8', true)
  const whole = text ?? decodeWindows(bytes)
  return whole.includes('\0') ? undefined : whole
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined
}

function metaCharset(bytes: Buffer): string | undefined {
  const named = /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(bytes.toString('latin1', 0, META_BYTES))?.[1]
  // Who can read that word does not read UTF-16.
  return named && /^utf-?16/i.test(named) ? 'utf-8' : named
}

function decodedAs(bytes: Buffer, encoding: string, fatal = false): string | undefined {
  try {
    // Of a body that was cut, so may be its last character.
    return new TextDecoder(encoding, {fatal}).decode(bytes, {stream: true})
  } catch {
    return undefined
  }
}
