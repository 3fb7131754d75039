import {exitCodes, HermesError, messageOf} from '../../errors.js'
import type {ImageKind} from '../../images/header.js'
import {checkedImage} from '../../images/image-file.js'
import {imageLabel} from '../../images/label.js'
import {MAX_REQUEST_BYTES} from '../../protocol/frames.js'
import {LineSplitter, type SplitLine} from '../../protocol/line-splitter.js'
import {unknownText, wrongText} from '../../refusal/text.js'

/** One prompt of a run. */
export interface PrintedPrompt {
  text: string
  /** What labels of `text` stand for. */
  images?: readonly PrintedImage[]
  /** Of stdin, from 1. */
  line?: number
}

export interface PrintedImage {
  label: string
  kind: ImageKind
  bytes: Buffer
}

/** A line of stdin that is none. */
export interface WrongPrompt {
  problem: HermesError
  line: number
}

/** As of a request to a gateway. */
const MAX_LINE_BYTES = MAX_REQUEST_BYTES

const remedy = 'each line is as {"type":"user","message":{"role":"user","content":"…"}}'

/**
 * The messages of `--input-format stream-json`, one JSON object a line, as they come. Empty lines are passed over; no
 * line is held that is longer than 32 MiB. A line that is no message is told as what it is, and the next one is read.
 */
export async function* messagesOf(
  stdin: AsyncIterable<Buffer | string>,
): AsyncGenerator<PrintedPrompt | WrongPrompt, void> {
  const lines = new LineSplitter(MAX_LINE_BYTES)
  let line = 0
  const read = function* (split: readonly SplitLine[]) {
    for (const each of split) {
      line += 1
      const message = messageIn(each, line)
      if (message) yield message
    }
  }
  try {
    for await (const chunk of stdin) yield* read(lines.push(Buffer.from(chunk)))
  } catch (cause) {
    throw new HermesError(`stdin cannot be read: ${messageOf(cause)}`, {
      code: 'usage/stdin',
      exit: exitCodes.usage,
      cause,
    })
  }
  const rest = lines.end()
  if (rest) yield* read([rest])
}

/** Undefined for an empty line. */
function messageIn(split: SplitLine, line: number): PrintedPrompt | WrongPrompt | undefined {
  try {
    if (split.kind === 'too-long') {
      throw new WrongMessage(`is longer than the ${MAX_LINE_BYTES / 1_048_576} MiB that are read of one`)
    }
    const text = decoded(split.bytes)
    return text.trim() === '' ? undefined : {...promptOf(parsed(text)), line}
  } catch (error) {
    const told = new HermesError(`line ${line} of stdin ${messageOf(error)}`, {
      code: 'usage/message',
      exit: exitCodes.usage,
      suggestions: [error instanceof WrongMessage ? (error.remedy ?? remedy) : remedy],
    })
    return {problem: told, line}
  }
}

class WrongMessage extends Error {
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message)
  }
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw new WrongMessage('is not UTF-8', 'write it as UTF-8; a line may have been cut')
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new WrongMessage(`is no JSON: ${messageOf(error)}`)
  }
}

function promptOf(value: unknown): PrintedPrompt {
  const {type, message} = membersOf(value, 'the line')
  if (type !== 'user') {
    const slip =
      typeof type === 'string'
        ? unknownText(type.slice(0, 60).toWellFormed(), 'a type of message', ['user'])
        : undefined
    throw new WrongMessage(`cannot be used: ${slip ?? wrongText('"type"', shown(type), '"user"')}`)
  }
  const {role, content} = membersOf(message, '"message"')
  if (role !== 'user') throw new WrongMessage(`cannot be used: ${wrongText('"message.role"', shown(role), '"user"')}`)
  const blocks = typeof content === 'string' ? [{type: 'text', text: content}] : content
  if (!Array.isArray(blocks)) {
    throw new WrongMessage(
      `cannot be used: ${wrongText('"message.content"', shown(content), 'text, or a list of blocks')}`,
    )
  }
  const images: PrintedImage[] = []
  const parts = blocks.map((block, index) => partOf(block, `"message.content[${index}]"`, images))
  const text = parts.join('\n')
  if (text.trim() === '') throw new WrongMessage('asks nothing: "message.content" is empty')
  return {text, ...(images.length > 0 && {images})}
}

/** The text of a block; of an image the label that stands for it. */
function partOf(block: unknown, place: string, images: PrintedImage[]): string {
  const {type, text, source} = membersOf(block, place)
  if (type === 'text') {
    if (typeof text === 'string') return text
    throw new WrongMessage(`cannot be used: ${wrongText(`the "text" of ${place}`, shown(text), 'text')}`)
  }
  if (type !== 'image') {
    throw new WrongMessage(`cannot be used: ${wrongText(`the "type" of ${place}`, shown(type), '"text" or "image"')}`)
  }
  const from = membersOf(source, `the "source" of ${place}`)
  if (from.type !== 'base64' || typeof from.data !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(from.data)) {
    throw new WrongMessage(
      `cannot be used: the "source" of ${place} is no image in base64`,
      'as {"type":"image","source":{"type":"base64","media_type":"image/png","data":"…"}}; a file is named with @ in the text',
    )
  }
  const image = readImage(Buffer.from(from.data, 'base64'), place)
  const label = imageLabel(image, images.length + 1)
  images.push({label, kind: image.kind, bytes: image.bytes})
  return label
}

function readImage(bytes: Buffer, place: string) {
  try {
    return checkedImage(bytes, 'image', place)
  } catch (error) {
    throw new WrongMessage(`cannot be used: ${messageOf(error)}`, 'send it smaller, as PNG, JPEG, GIF or WebP')
  }
}

function membersOf(value: unknown, place: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new WrongMessage(`cannot be used: ${wrongText(place, shown(value), 'an object')}`)
}

/** A value in a line. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text
}
