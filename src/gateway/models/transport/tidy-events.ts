import type {Readable} from 'node:stream'
import {SseReader} from '../wire/sse.js'
import {isJson, ProviderSaid, type Wire} from '../wire/types.js'
import {NoReply, ReplyCut, type ReplyWatch} from './reply-watch.js'

/** A whole answer in place of a stream is a reply, not a file. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** How long the end of a body is waited for once all is said, so that its connection can be used again, milliseconds. */
const DRAIN_MS = 1000

/**
 * The events of a reply as the client library takes them: frames of an event stream, those that came together in one
 * piece. Never throws: what ended the reply stands in the
 * watch, and what was received before it is not lost.
 */
export async function* tidyEvents(
  body: Readable,
  wire: Wire,
  watch: ReplyWatch,
  poke: () => void,
): AsyncGenerator<string> {
  const reader = new EventReader(wire, watch)
  const sse = new SseReader()
  const whole: Buffer[] = []
  let length = 0
  let plain: boolean | undefined
  try {
    for await (const piece of body.iterator({destroyOnReturn: false}) as AsyncIterable<Buffer>) {
      poke()
      length += piece.length
      plain ??= beginsJson(piece)
      if (plain) {
        if (length > MAX_ANSWER_BYTES) throw new Error('the answer is larger than 64 MB')
        whole.push(piece)
        continue
      }
      const frames = framesOf(reader.all(sse.push(piece)))
      if (frames !== '') yield frames
      if (reader.over) return
    }
    const last = plain ? reader.answer(Buffer.concat(whole).toString('utf8')) : reader.all(sse.end())
    const frames = framesOf(last)
    if (frames !== '') yield frames
    if (!watch.ended)
      watch.failure ??= length > 0 && !sse.isEventStream && frames === '' ? new NoReply() : new ReplyCut()
  } catch (error) {
    if (!watch.ended) watch.failure ??= new ReplyCut(error)
  } finally {
    drain(body)
  }
}

function framesOf(events: Iterable<string>): string {
  let frames = ''
  for (const event of events) frames += `data: ${event}\n\n`
  return frames
}

function drain(body: Readable): void {
  if (body.readableEnded || body.destroyed) return
  body.on('error', () => {})
  body.resume()
  const timer = setTimeout(() => body.destroy(), DRAIN_MS)
  timer.unref()
  body.once('close', () => clearTimeout(timer))
}

/** By its first character that is no space: `{` or `[`; undefined where there is none yet. */
function beginsJson(piece: Buffer): boolean | undefined {
  // The first three are the mark of byte order.
  const first = piece.find((byte) => ![0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return first === undefined ? undefined : first === 0x7b || first === 0x5b
}

class EventReader {
  /** Nothing more is read. */
  over = false
  readonly #wire: Wire
  readonly #watch: ReplyWatch

  constructor(wire: Wire, watch: ReplyWatch) {
    this.#wire = wire
    this.#watch = watch
  }

  *all(list: readonly string[]): Generator<string> {
    for (const data of list) yield* this.#data(data)
  }

  *#data(data: string): Generator<string> {
    if (this.over) return
    if (data.trim() === '[DONE]') {
      const last = this.#wire.done?.()
      if (!last) return
      this.#watch.ended = true
      this.over = true
      yield JSON.stringify(last)
      return
    }
    let event: unknown
    try {
      event = JSON.parse(data)
    } catch (error) {
      // What it was to say is lost, so that what follows would stand behind a gap.
      this.#fail(new ReplyCut(error))
      return
    }
    if (isJson(event)) yield* this.#event(event)
    else if (typeof event === 'string' && event !== '') this.#fail(new ProviderSaid({error: event}))
    else this.#watch.skipped(`an event that is no object`)
  }

  /** A whole answer where a stream was asked for. */
  *answer(text: string): Generator<string> {
    const answer = JSON.parse(text) as unknown
    for (const one of Array.isArray(answer) ? answer : [answer]) {
      if (!isJson(one)) continue
      for (const event of one.error ? [one] : this.#wire.unfold(one)) {
        if (!this.over) yield* this.#event(event)
      }
    }
  }

  *#event(event: Record<string, unknown>): Generator<string> {
    const {pass, note, end, refused, failure} = this.#wire.read(event)
    if (note !== undefined) this.#watch.skipped(note)
    if (refused) this.#watch.refused = true
    if (failure) {
      this.#fail(failure)
      return
    }
    if (end) this.#watch.ended = true
    if (end === 'nothing') this.over = true
    if (pass) yield JSON.stringify(pass)
  }

  #fail(error: Error): void {
    this.#watch.failure = error
    this.over = true
  }
}
