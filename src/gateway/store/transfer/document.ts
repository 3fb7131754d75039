import type {MessageEntry, SessionEntry, SessionHead} from '../types.js'

/** First member of a file that holds a session. */
export const FORMAT = 'hermes-session'
export const FORMAT_VERSION = 1

/**
 * The file as text: one JSON document, an entry a line, so that it can be written and read piece by piece. Members that
 * say nothing (no tool, no reasoning) are left out.
 */
export function* jsonOf(session: SessionHead, entries: Iterable<SessionEntry>): Generator<string> {
  yield `{"format":"${FORMAT}","version":${FORMAT_VERSION},"session":${JSON.stringify(session)},"entries":[`
  let first = true
  for (const entry of entries) {
    yield `${first ? '\n' : ',\n'}${JSON.stringify('message' in entry ? {message: lean(entry.message)} : entry)}`
    first = false
  }
  yield '\n]}\n'
}

function lean({reasoning, toolCalls, signed, attached, tool, ...message}: MessageEntry): Partial<MessageEntry> {
  return {
    ...message,
    ...(reasoning === '' ? {} : {reasoning}),
    ...(toolCalls.length === 0 ? {} : {toolCalls}),
    ...(signed === null ? {} : {signed}),
    ...(attached === null ? {} : {attached}),
    ...(tool === null ? {} : {tool}),
  }
}
