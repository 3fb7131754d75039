import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {startChat, type TestHome} from '../test/helpers/pty/chat.js'
import {PtyScreen, type ScreenOptions} from '../test/helpers/pty/pty.js'
import {type Measure, program, repeat, withHome} from './helpers/measure.js'
import {median, type Row} from './helpers/table.js'

const SAMPLES = 15
const BURSTS = 7
const BURST_KEYS = 40
const BURST_MS = 8

async function timeRun(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, [...args], {env, cwd, stdio: 'ignore'})
  await once(child, 'exit')
  return performance.now() - started
}

/** In a pty: until something is drawn, and until a key that is typed then is seen. */
async function timeScreen(options: ScreenOptions, key: string): Promise<{frame: number; echo: number}> {
  const started = performance.now()
  const screen = new PtyScreen(options)
  try {
    await screen.waitFor(() => screen.screen().trim() !== '', {what: 'a first frame', poll: false})
    const frame = performance.now() - started
    const before = screen.screen()
    screen.type(key)
    await screen.waitFor(() => screen.screen() !== before && screen.screen().includes(key), {
      what: 'the key that was typed',
      poll: false,
    })
    return {frame, echo: performance.now() - started}
  } finally {
    screen.dispose()
    await screen.exit
  }
}

/** How long the slowest of the keys took that are typed while the program starts, milliseconds. */
async function slowestKey(options: ScreenOptions): Promise<number> {
  const screen = new PtyScreen(options)
  try {
    await screen.waitFor(() => screen.screen().trim() !== '', {what: 'a first frame', poll: false})
    const typed: number[] = []
    const seen: number[] = []
    const look = () => {
      const now = performance.now()
      const shown = screen.screen()
      while (seen.length < typed.length && shown.includes(lettersOf(seen.length + 1))) seen.push(now)
    }
    for (let key = 0; key < BURST_KEYS; key++) {
      screen.type(lettersOf(key + 1).slice(-1))
      typed.push(performance.now())
      const until = performance.now() + BURST_MS
      while (performance.now() < until) {
        await new Promise(setImmediate)
        look()
      }
    }
    await screen.waitFor(
      () => {
        look()
        return seen.length === BURST_KEYS
      },
      {what: 'all keys', poll: false},
    )
    return Math.max(...seen.map((at, key) => at - (typed[key] ?? at)))
  } finally {
    screen.dispose()
    await screen.exit
  }
}

/** So many letters, none of which a screen without them has in that order. */
const lettersOf = (count: number) => 'qwzxjkqwzxjkqwzxjkqwzxjkqwzxjkqwzxjkqwzxjkqwzxjkqwzxjk'.slice(0, count)

/** Every start of a person but the first finds compiled code; a chat that is killed at its first key leaves none. */
async function fillCompileCache(home: TestHome): Promise<void> {
  const chat = startChat({home})
  try {
    await chat.ready()
    await chat.quit()
  } finally {
    chat.dispose()
  }
}

/** What a program in a terminal can't be faster than: draws a line, and echoes what is typed. */
const bareProgram = `process.stdin.setRawMode(true); process.stdout.write('> '); process.stdin.on('data', (key) => process.stdout.write(key))`

/** `hermes --version` and the chat's first frame and first key, against a bare Node process. */
export const startup: Measure = {
  name: 'startup',
  run: () =>
    withHome(async (home): Promise<Row[]> => {
      const env = home.env()
      const bare = median(await repeat(SAMPLES, () => timeRun(['-e', '0'], env, home.cwd)))
      const version = median(await repeat(SAMPLES, () => timeRun([program, '--version'], env, home.cwd)))

      await fillCompileCache(home)
      const node = {file: process.execPath, env, cwd: home.cwd}
      const frames = {bare: [] as number[], chat: [] as number[]}
      const echo = async (kind: 'bare' | 'chat', args: readonly string[]) => {
        const timed = await timeScreen({...node, args}, 'Q')
        frames[kind].push(timed.frame)
        return timed.echo
      }
      const bareEcho = median(await repeat(SAMPLES, () => echo('bare', ['-e', bareProgram])))
      const chatEcho = median(await repeat(SAMPLES, () => echo('chat', [program, 'chat'])))
      const bursts = await repeat(BURSTS, () => slowestKey({...node, args: [program, 'chat']}))
      const bareFrame = median(frames.bare.slice(1))
      const chatFrame = median(frames.chat.slice(1))
      return [
        {what: 'bare Node, start to exit', measured: bare, unit: 'ms', n: SAMPLES},
        {what: 'hermes --version', measured: version, unit: 'ms', n: SAMPLES},
        {what: 'hermes --version against bare Node', measured: version / bare, unit: '×', n: SAMPLES, target: 3},
        {what: 'bare Node in a pty, first output', measured: bareFrame, unit: 'ms', n: SAMPLES},
        {what: 'chat, first frame', measured: chatFrame, unit: 'ms', n: SAMPLES},
        {
          what: 'chat, first frame against bare Node',
          measured: chatFrame / bareFrame,
          unit: '×',
          n: SAMPLES,
          target: 1.3,
        },
        {what: 'bare Node in a pty, first key echoed', measured: bareEcho, unit: 'ms', n: SAMPLES},
        {what: 'chat, first key echoed', measured: chatEcho, unit: 'ms', n: SAMPLES},
        {
          what: `chat, slowest of ${BURST_KEYS} keys typed every ${BURST_MS} ms from the first frame on`,
          measured: median(bursts),
          unit: 'ms',
          n: BURSTS,
          target: 75,
        },
        {
          what: 'chat, first key echoed against bare Node',
          measured: chatEcho / bareEcho,
          unit: '×',
          n: SAMPLES,
          target: 1.8,
        },
      ]
    }),
}
