import type {Readable} from 'node:stream'
import {SseReader} from '../wire/sse.js'
import {isJson, type Json, ProviderSaid, type Wire} from '../wire/types.js'
import {PlainAnswer} from './plain-answer.js'
import {NoReply, ReplyCut, type ReplyWatch} from './reply-watch.js'

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
  const answer = new PlainAnswer()
  try {
    for await (const piece of body.iterator({destroyOnReturn: false}) as AsyncIterable<Buffer>) {
      poke()
      if (answer.takes(piece)) continue
      const frames = framesOf(reader.all(sse.push(piece)))
      if (frames !== '') yield frames
      if (reader.over) return
    }
    const last = answer.isPlain ? reader.answer(answer.text()) : reader.all(sse.end())
    const frames = framesOf(last)
    if (frames !== '') yield frames
    if (!watch.ended)
      watch.failure ??= answer.received > 0 && !sse.isEventStream && frames === '' ? new NoReply() : new ReplyCut()
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

/** Reads the rest, which is nothing, for the connection to be used again. */
export function drain(body: Readable): void {
  if (body.readableEnded || body.destroyed) return
  body.on('error', () => {})
  body.resume()
  const timer = setTimeout(() => body.destroy(), DRAIN_MS)
  timer.unref()
  body.once('close', () => clearTimeout(timer))
}

/** Reads events by a wire, and tells the watch what they say of the end. */
export class EventReader {
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
    if (isJson(event)) for (const passed of this.event(event)) yield JSON.stringify(passed)
    else if (typeof event === 'string' && event !== '') this.#fail(new ProviderSaid({error: event}))
    else this.#watch.skipped(`an event that is no object`)
  }

  /** A whole answer where a stream was asked for. */
  *answer(text: string): Generator<string> {
    for (const event of this.unfolded(text)) yield JSON.stringify(event)
  }

  *unfolded(text: string): Generator<Json> {
    const answer = JSON.parse(text) as unknown
    for (const one of Array.isArray(answer) ? answer : [answer]) {
      if (!isJson(one)) continue
      for (const event of one.error ? [one] : this.#wire.unfold(one)) yield* this.event(event)
    }
  }

  /** What is passed on of one event. */
  *event(event: Json): Generator<Json> {
    if (this.over) return
    const {pass, note, end, refused, failure} = this.#wire.read(event)
    if (note !== undefined) this.#watch.skipped(note)
    if (refused) this.#watch.refused = true
    if (failure) {
      this.#fail(failure)
      return
    }
    if (end) this.#watch.ended = true
    if (end === 'nothing') this.over = true
    if (pass) yield pass
  }

  #fail(error: Error): void {
    this.#watch.failure = error
    this.over = true
  }
}
