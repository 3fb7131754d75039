import type {Readable} from 'node:stream'
import {isJson, type Json, type Wire} from '../wire/types.js'
import {encodeFrame, type Frame, FrameReader} from './aws-frames.js'
import {PlainAnswer} from './plain-answer.js'
import {NoReply, ReplyCut, type ReplyWatch} from './reply-watch.js'
import {drain, EventReader} from './tidy-events.js'

/** As {@link tidyEvents}, of a reply in the frames of AWS: only whole ones go on. Never throws. */
export async function* tidyFrames(
  body: Readable,
  wire: Wire,
  watch: ReplyWatch,
  poke: () => void,
): AsyncGenerator<Buffer> {
  const reader = new EventReader(wire, watch)
  const frames = new FrameReader()
  const answer = new PlainAnswer()
  let framed = false
  try {
    for await (const piece of body.iterator({destroyOnReturn: false}) as AsyncIterable<Buffer>) {
      poke()
      if (answer.takes(piece)) continue
      const passed: Buffer[] = []
      for (const frame of frames.push(piece)) {
        framed = true
        for (const event of reader.event(eventOf(frame))) passed.push(encoded(event))
      }
      if (passed.length > 0) yield Buffer.concat(passed)
      if (reader.over) return
    }
    if (answer.isPlain) {
      for (const event of reader.unfolded(answer.text())) yield encoded(event)
    }
    if (!watch.ended) watch.failure ??= new ReplyCut()
  } catch (error) {
    if (!watch.ended)
      watch.failure ??= answer.received > 0 && !framed && !answer.isPlain ? new NoReply() : new ReplyCut(error)
  } finally {
    drain(body)
  }
}

/** `{TYPE: payload}`; an error of the stream itself as `{error: {code, message}}`. */
function eventOf({headers, payload}: Frame): Json {
  if (headers[':message-type'] === 'error') {
    return {error: {code: headers[':error-code'], message: headers[':error-message']}}
  }
  const type = headers[':event-type'] ?? headers[':exception-type'] ?? ''
  const value: unknown = payload.length > 0 ? JSON.parse(payload.toString('utf8')) : {}
  return {[type]: isJson(value) ? value : {message: value}}
}

function encoded(event: Json): Buffer {
  const [[type, value] = ['', {}]] = Object.entries(event)
  const headers = {':event-type': type, ':content-type': 'application/json', ':message-type': 'event'}
  return encodeFrame(headers, Buffer.from(JSON.stringify(value)))
}
