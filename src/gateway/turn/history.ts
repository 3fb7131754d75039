import {isTooLarge} from '../../images/limits.js'
import {outlineOf} from '../compaction/outline.js'
import {decodeSigned, type SignedStep} from '../models/signed-step.js'
import type {ModelMessage, SentImage, ToolCall} from '../models/types.js'
import type {CompactionRow, MessageRow, StoredImage, ToolRow} from '../store/types.js'

/** What a model is told of a call that has no result. */
export const outcomes = {
  unknown: {error: 'outcome unknown: the process ended while it ran; check before doing it again'},
  asked: {error: 'not run: its question to the person was still open when the turn ended'},
  'not-started': {error: 'not run: the turn ended before it'},
} as const

const noReply = '(No reply: this turn was interrupted.)'
const brokenOff = '(This reply was interrupted here.)'

/** Asks a model to go on with a reply of which it sees the first part. */
export const continueInstruction =
  'Continue exactly where your reply above stopped: a technical interruption cut it off. Repeat nothing, do not apologise, do not comment on the interruption.'

/**
 * A reply that was broken off and then continued is stored in two pieces; they are one message, with
 * the fate of the last.
 */
export function joinContinued(rows: readonly MessageRow[]): MessageRow[] {
  const joined: MessageRow[] = []
  for (const row of rows) {
    const last = joined.at(-1)
    const goesOn =
      last?.role === 'assistant' &&
      row.role === 'assistant' &&
      last.turnId !== null &&
      last.turnId === row.turnId &&
      last.status !== 'complete' &&
      last.toolCalls.length === 0
    if (!goesOn) {
      joined.push(row)
      continue
    }
    joined[joined.length - 1] = {...row, text: last.text + row.text, reasoning: last.reasoning + row.reasoning}
  }
  return joined
}

/** A prompt as the model is told it, with what belongs to it. */
export function promptText(text: string, attached: string | null | undefined): string {
  return attached ? `${text}\n\n${attached}` : text
}

/** What of a compaction is told; the rows are those of {@link StoredContext}. */
export type Compacted = Pick<CompactionRow, 'covers' | 'outlines' | 'turnId' | 'summary'>

/**
 * Images of one request at most: Anthropic takes larger ones in no greater number; and Google takes 20 MB of a request,
 * a third of it made by base64.
 */
export const SENT_IMAGES = 20
export const SENT_IMAGE_BYTES = 12 * 1_048_576

/** What is in a stored image. */
export type ReadImage = (file: string) => Uint8Array | undefined

/**
 * What a model sees of a session: whole, even where turns broke off, since providers refuse gaps. Where it was compacted,
 * a summary stands for its older part, and of older results of tools an outline is told. Of images the newest are sent, as
 * many as one request takes; of others it is told. `read`: default nothing.
 */
export function toModelMessages(
  rows: readonly MessageRow[],
  compacted?: Compacted,
  read: ReadImage = () => undefined,
): ModelMessage[] {
  const messages = told(rows, compacted, read)
  if (compacted && compacted.covers > 0) beginWith(messages, summaryText(compacted.summary))
  return messages
}

function told(rows: readonly MessageRow[], compacted: Compacted | undefined, read: ReadImage): ModelMessage[] {
  const sent = newestImages(rows)
  // Negative: of a message that is in a journal yet.
  const isOutlined = ({id}: MessageRow) => compacted !== undefined && id > 0 && id <= compacted.outlines
  // What is called in the turn at work is signed as it is.
  const isCut = (row: MessageRow) => isOutlined(row) && row.turnId !== compacted?.turnId
  const messages: ModelMessage[] = []
  let open: ToolCall[] = []
  let broken = false
  /** Of results that were told last. */
  let shown: StoredImage[] = []
  const settleImages = () => {
    const labels = shown.map(({label}) => label).join('\n')
    if (shown.length > 0) messages.push(imagesMessage(labels, shown, sent, read))
    shown = []
  }
  const settleCalls = () => {
    for (const call of open)
      messages.push({role: 'tool', toolCallId: call.id, name: call.name, result: outcomes['not-started']})
    open = []
  }
  for (const row of joinContinued(rows)) {
    if (row.role === 'tool') {
      if (!row.tool) continue
      const {id, name} = row.tool
      const args = isCut(row) ? outlinedArgs(row.tool.args) : row.tool.args
      if (!open.some((call) => call.id === id)) {
        settleCalls()
        settleImages()
        messages.push({role: 'assistant', text: '', toolCalls: [{id, name, args}]})
      }
      open = open.filter((call) => call.id !== id)
      messages.push({role: 'tool', toolCallId: id, name, result: resultOf(row.tool, isOutlined(row))})
      if (row.tool.state === 'complete' && !isOutlined(row)) shown.push(...(row.images ?? []))
      continue
    }
    settleCalls()
    settleImages()
    if (row.steerId !== undefined) {
      addSteer(messages, row.text)
      broken = false
      continue
    }
    if (row.role === 'user' || row.role === 'system') {
      if (row.text === '' && !row.images) continue
      closeTurn(messages, broken)
      messages.push(userMessage(row, sent, read))
      broken = false
    } else if (row.role === 'assistant') {
      messages.push(assistantMessage(row, isCut(row)))
      open = [...row.toolCalls]
      broken = row.status !== 'complete'
    }
  }
  settleCalls()
  settleImages()
  // Reasoning alone, which nobody signed, is nothing to go on with: the model is asked again.
  const last = messages.at(-1)
  if (last?.role === 'assistant' && last.text.trim() === '') messages.pop()
  return messages
}

/** What was said to a turn while it ran; several pieces in a row are one message. */
export function addSteer(messages: ModelMessage[], text: string): void {
  const last = messages.at(-1)
  if (last?.role === 'user') messages[messages.length - 1] = {...last, text: `${last.text}\n\n${text}`}
  else messages.push({role: 'user', text})
}

function newestImages(rows: readonly MessageRow[]): ReadonlySet<StoredImage> {
  const sent = new Set<StoredImage>()
  let bytes = 0
  for (const image of rows.flatMap(({images = []}) => images).reverse()) {
    // It can't be scaled.
    if (isTooLarge(image)) continue
    bytes += image.bytes
    if (sent.size === SENT_IMAGES || bytes > SENT_IMAGE_BYTES) break
    sent.add(image)
  }
  return sent
}

function userMessage(row: MessageRow, sent: ReadonlySet<StoredImage>, read: ReadImage): ModelMessage {
  return imagesMessage(promptText(row.text, row.attached), row.images ?? [], sent, read)
}

function imagesMessage(
  text: string,
  images: readonly StoredImage[],
  sent: ReadonlySet<StoredImage>,
  read: ReadImage,
): ModelMessage {
  const omitted = images.filter((image) => !sent.has(image)).map(({label}) => label)
  const note = omitted.length > 0 ? `(Not sent again, for its size: ${omitted.join(', ')}.)` : ''
  const told = [text, note].filter(Boolean).join('\n\n')
  const shown = images
    .filter((image) => sent.has(image))
    .map(({label, mediaType, file}): SentImage => ({label, mediaType, read: () => read(file)}))
  return {role: 'user', text: told, ...(shown.length > 0 ? {images: shown} : {})}
}

function resultOf({state, result}: ToolRow, outlined: boolean): unknown {
  if (state !== 'complete' && state !== 'denied') return {...outcomes[state], ...putOut(result)}
  return outlined ? outlineOf(result) : result
}

/** Of a call without an outcome: which file has what it put out. */
function putOut(result: unknown): {output_file: string} | undefined {
  const file = (result as {output_file?: unknown} | null | undefined)?.output_file
  return typeof file === 'string' ? {output_file: file} : undefined
}

/** Providers take an object only. */
function outlinedArgs(args: unknown): unknown {
  return typeof args === 'object' && args !== null ? outlineOf(args) : args
}

function assistantMessage(row: MessageRow, cut: boolean): ModelMessage {
  const signed = decodeSigned(row.signed)
  return {
    role: 'assistant',
    text: row.text,
    ...(row.reasoning ? {reasoning: row.reasoning} : {}),
    ...(row.toolCalls.length > 0 ? {toolCalls: callsOf(row, cut)} : {}),
    ...(signed ? {signed} : {}),
  }
}

function callsOf({toolCalls}: MessageRow, cut: boolean): ToolCall[] {
  return cut ? toolCalls.map((call) => ({...call, args: outlinedArgs(call.args)})) : toolCalls
}

function summaryText(summary: string): string {
  return `[What was said and done before, as a summary that was made to save room. Everything after it is as it was said.]\n\n${summary}\n\n[End of the summary.]`
}

/**
 * The summary is part of the first prompt: two prompts in a row are none of a conversation. Of a turn that it ends in, the
 * steps that are left are no longer what its provider signed as the beginning of it: where the first of them has no
 * signature, it is told as one that nobody signed, and reasoning is not asked for until the next turn.
 */
function beginWith(messages: ModelMessage[], summary: string): void {
  const [first, second] = messages
  if (first?.role !== 'user') {
    messages.unshift({role: 'user', text: summary})
    return
  }
  messages[0] = {role: 'user', text: `${summary}\n\n${first.text}`}
  if (second?.role !== 'assistant' || !second.signed || hasSignature(second.signed)) return
  const {signed: _, ...unsigned} = second
  messages[1] = unsigned
}

function hasSignature({parts}: SignedStep): boolean {
  return parts.some(({options}) => options !== undefined)
}

/**
 * Before the next prompt, says of a turn that broke off that it did: two prompts in a row would be
 * read as one request, and the old one done after all (protocol weakness 14).
 */
function closeTurn(messages: ModelMessage[], broken: boolean): void {
  const last = messages.at(-1)
  if (!last) return
  if (last.role !== 'assistant') messages.push({role: 'assistant', text: noReply})
  else if (broken) {
    last.text = last.text.trim() === '' ? noReply : `${last.text}\n\n${brokenOff}`
    delete last.signed
  }
}
