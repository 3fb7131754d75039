import {type ChatScreen, startChat} from '../test/helpers/pty/chat.js'
import {type Measure, withHome} from './measure.js'
import {streamingCosts} from './streaming-costs.js'
import {percentile, type Row} from './table.js'

const TOKENS = 20_000
const PER_SECOND = 2000
const letters = 'abcdefghijklmnopqrstuvwxyz'

/** Synchronized output brackets each frame that Ink draws. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence is what is counted
const frameEnd = /\x1b\[\?2026l/g

async function echoTime(chat: ChatScreen, typed: string): Promise<number> {
  const started = performance.now()
  chat.type(typed.slice(-1))
  await chat.waitFor(typed, {what: `the key ${typed.slice(-1)}`, poll: false})
  return performance.now() - started
}

/** The screen while 20 000 tokens stream in, and what streaming costs: bytes, time, memory; a copy of what was streamed. */
export const streaming: Measure = {
  name: 'streaming',
  run: async (settings) => [...(await onScreen()), ...(await streamingCosts(settings))],
}

/** Frames drawn, and how soon a typed key is seen meanwhile. */
function onScreen(): Promise<Row[]> {
  return withHome(async (home): Promise<Row[]> => {
    const chat = startChat({home, cols: 100, rows: 40})
    try {
      await chat.waitFor(() => chat.gatewayPid() !== undefined, {what: 'a gateway'})
      await chat.submit(`stream ${TOKENS} tokens at ${PER_SECOND}`)
      await chat.waitFor('word100')
      const started = performance.now()
      const framesBefore = chat.raw.match(frameEnd)?.length ?? 0
      const bytesBefore = chat.raw.length
      const echoes: number[] = []
      // One line in the composer; it is emptied before it wraps.
      let typed = ''
      const last = `word${TOKENS - 1}`
      while (!chat.screen().includes(last) && performance.now() - started < 60_000) {
        if (typed.length === 40) {
          chat.press('ctrl-u')
          const old = typed
          await chat.waitFor(() => !chat.screen().includes(old), {what: 'an empty composer', poll: false})
          typed = ''
        }
        typed += letters[echoes.length % letters.length]
        echoes.push(await echoTime(chat, typed))
      }
      const seconds = (performance.now() - started) / 1000
      const frames = (chat.raw.match(frameEnd)?.length ?? 0) - framesBefore
      const n = echoes.length
      return [
        {what: `streaming ${TOKENS} tokens at ${PER_SECOND}/s, took`, measured: seconds * 1000, unit: 'ms', n: 1},
        {
          what: 'frames drawn',
          measured: frames,
          unit: 'count',
          n: 1,
          note: `${(frames / seconds).toFixed(0)} a second`,
        },
        {
          what: 'bytes drawn a frame',
          measured: Math.round((chat.raw.length - bytesBefore) / frames),
          unit: 'count',
          n: frames,
        },
        {what: 'key echoed meanwhile, p50', measured: percentile(echoes, 0.5), unit: 'ms', n},
        {what: 'key echoed meanwhile, p99', measured: percentile(echoes, 0.99), unit: 'ms', n, target: 16},
      ]
    } finally {
      chat.dispose()
      await chat.exit
    }
  })
}
