import {type ChatScreen, startChat} from '../test/helpers/pty/chat.js'
import {type Measure, withHome} from './helpers/measure.js'
import {percentile, type Row} from './helpers/table.js'
import {streamingCosts} from './streaming-costs.js'

interface Stream {
  tokens: number
  perSecond: number
  /** Of the 99th of 100 keys, ms. */
  target: number
}

/** As fast as a model may be, and as fast as the fast ones are. */
const streams: readonly Stream[] = [
  {tokens: 20_000, perSecond: 2000, target: 16},
  {tokens: 4000, perSecond: 200, target: 9},
]

/** Nobody sees more, and each costs time that a key waits. */
const MAX_FRAMES_A_SECOND = 60

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

/** The screen while tokens stream in: frames drawn, how soon a typed key is seen, and what the streaming costs. */
export const streaming: Measure = {
  name: 'streaming',
  async run(settings) {
    const rows: Row[] = []
    for (const stream of streams) rows.push(...(await rowsOf(stream)))
    return [...rows, ...(await streamingCosts(settings))]
  },
}

function rowsOf({tokens, perSecond, target}: Stream): Promise<Row[]> {
  return withHome(async (home): Promise<Row[]> => {
    const chat = startChat({home, cols: 100, rows: 40})
    try {
      await chat.waitFor(() => chat.gatewayPid() !== undefined, {what: 'a gateway'})
      await chat.submit(`stream ${tokens} tokens at ${perSecond}`)
      await chat.waitFor('word100')
      const started = performance.now()
      const framesBefore = chat.raw.match(frameEnd)?.length ?? 0
      const bytesBefore = chat.raw.length
      const echoes: number[] = []
      // One line in the composer; it is emptied before it wraps.
      let typed = ''
      let cleared = 0
      const last = `word${tokens - 1}`
      while (!chat.screen().includes(last) && performance.now() - started < 60_000) {
        if (typed.length === 40) {
          chat.press('ctrl-u')
          const old = typed
          await chat.waitFor(() => !chat.screen().includes(old), {what: 'an empty composer', poll: false})
          typed = ''
          cleared++
        }
        typed += letters[echoes.length % letters.length]
        echoes.push(await echoTime(chat, typed))
      }
      const seconds = (performance.now() - started) / 1000
      const frames = (chat.raw.match(frameEnd)?.length ?? 0) - framesBefore
      const n = echoes.length
      const what = `streaming at ${perSecond}/s:`
      // Each key has a frame of its own.
      const streamed = Math.max(0, frames - n - cleared)
      return [
        {what: `streaming ${tokens} tokens at ${perSecond}/s, took`, measured: seconds * 1000, unit: 'ms', n: 1},
        {
          what: `${what} frames a second beside those of keys`,
          measured: Math.round(streamed / seconds),
          unit: 'count',
          n: frames,
          target: MAX_FRAMES_A_SECOND,
        },
        {
          what: `${what} bytes drawn a frame`,
          measured: Math.round((chat.raw.length - bytesBefore) / frames),
          unit: 'count',
          n: frames,
        },
        {what: `${what} key echoed, p50`, measured: percentile(echoes, 0.5), unit: 'ms', n},
        {what: `${what} key echoed, p99`, measured: percentile(echoes, 0.99), unit: 'ms', n, target},
      ]
    } finally {
      chat.dispose()
      await chat.exit
    }
  })
}
