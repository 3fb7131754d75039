import {homedir} from 'node:os'
import path from 'node:path'
import {render} from 'ink'
import {exitCodes} from '../errors.js'
import {signalExitCode} from '../platform.js'
import {App} from './app.js'
import {Chat} from './chat.js'
import {Keyboard} from './keyboard.js'
import {loadLexer} from './markdown.js'
import {Printer} from './printer.js'
import {oneLine} from './sanitize.js'
import {isBusy} from './state.js'
import {createStyle, type Style} from './style.js'
import {signalsOf, type TerminalSignals} from './terminal-signals.js'
import type {ChatOptions, ChatResult, TerminalOutput} from './types.js'
import {truncate} from './wrap.js'

/**
 * How long a key may wait to be drawn: 4 ms. Frames do not become more by it, because streamed text
 * changes the state 30 times a second at most; at 100 a key took twice as long (p50 12 against 6 ms).
 */
const MAX_FPS = 250

const TICK_MS = 200

/** The gateway gets this long to end when the terminal or the system wants us gone, or memory is full. */
const URGENT_DEADLINE_MS = 4000

/** Shrinking a window moves rows about; it is drawn anew when the size rests. */
const REDRAW_MS = 80

/** The only place that renders, and the only one that ends rendering. */
export async function runChat(options: ChatOptions): Promise<ChatResult> {
  const {supervisor, stdin, stdout, env} = options
  const columns = () => stdout.columns || 80
  const style = createStyle(env)
  const cwd = process.cwd()
  const chat = new Chat({...options, inflight: options.inflight, crashLog: options.crashLog, cwd})
  const printer = new Printer({style, width: columns, header: header(options.version, cwd, style, columns())})
  let ticks = 0
  let liveRows = 0
  const keyboard = new Keyboard(chat, {columns, redraw: () => redraw(), suspend: () => signals.suspend()})

  const app = render(
    <App
      chat={chat}
      keyboard={keyboard}
      printer={printer}
      style={style}
      stdout={stdout}
      ticks={() => ticks}
      onDraw={(rows) => {
        liveRows = rows
      }}
    />,
    {
      stdin,
      stdout,
      exitOnCtrlC: false,
      interactive: true,
      incrementalRendering: true,
      maxFps: MAX_FPS,
      kittyKeyboard: {mode: 'auto'},
      patchConsole: true,
    },
  )
  const signals: TerminalSignals = signalsOf({stdin, stdout, redraw: () => redraw()})

  /** Erases the viewport and prints the end of the transcript again; the scrollback is left alone. */
  function redraw(): void {
    const {items, showReasoning} = chat.state
    const rows = printer.tail(items, showReasoning, Math.max(0, (stdout.rows || 24) - 1 - liveRows))
    app.clear()
    stdout.write(`\x1b[H\x1b[J${rows.map((row) => `${row.trimEnd()}\n`).join('')}`)
    ticks++
    chat.store.notify()
  }

  const clock = setInterval(() => {
    const {view, closing} = chat.state
    if (closing || (!isBusy(chat.state) && view.phase !== 'starting' && !view.recovering)) return
    ticks++
    chat.store.notify()
  }, TICK_MS)
  const resize = watchSize(stdout, (narrower) => {
    ticks++
    chat.resized(columns())
    if (narrower) redraw()
    else chat.store.notify()
  })

  let failure: unknown
  app.waitUntilExit().catch((error) => {
    failure = error
  })
  const left = app.waitUntilExit().then(
    () => 'left' as const,
    () => 'left' as const,
  )
  options.provideInFlight?.(() => chat.inFlight())
  chat.start(options.target, {write: (data) => stdout.write(data)})
  const unsubscribe = [
    options.notices?.subscribe((text, tone) => chat.notice(tone, text)),
    options.changes?.subscribe((change) => chat.configure(change)),
  ]
  void loadLexer().then((lexer) => {
    printer.lexer = lexer
    ticks++
    chat.store.notify()
  })

  const memory = (options.memoryCritical ?? new Promise<void>(() => {})).then(() => 'memory' as const)
  const end = await Promise.race([chat.quitting.then(() => 'quit' as const), signals.received, left, memory])
  const signal = end === 'quit' || end === 'left' || end === 'memory' ? undefined : end
  if (signal) {
    const {generation, pid, session} = supervisor.view
    options.record?.({type: 'signal', signal, generation, pid, sessionKey: session?.key})
  }
  clearInterval(clock)
  resize.stop()
  for (const each of unsubscribe) each?.()
  chat.stop()
  // First the terminal, then everything that may take time: a handler that only waits would leave raw mode on.
  if (stdout.writable) app.clear()
  app.unmount()
  signals.stop()
  // A window that closes sends SIGHUP twice, itself and by the kernel: the second one must not cut the end short.
  process.on('SIGHUP', ignore)
  const urgent = signal !== undefined || end === 'memory'
  const closed = supervisor.close(end === 'memory' ? 'memory' : signal ? 'parent-signal' : 'quit')
  await (urgent ? withDeadline(closed, URGENT_DEADLINE_MS) : closed)
  if (urgent) supervisor.killNow()
  process.off('SIGHUP', ignore)
  if (failure !== undefined) throw failure
  const exitCode = end === 'memory' ? exitCodes.memoryCritical : signal ? signalExitCode(signal) : exitCodes.ok
  return {exitCode, farewell: chat.farewell()}
}

function ignore(): void {}

function header(version: string, cwd: string, style: Style, width: number): string[] {
  const home = homedir()
  const inHome = cwd === home || cwd.startsWith(`${home}${path.sep}`)
  const place = oneLine(inHome ? `~${cwd.slice(home.length)}` : cwd, 200)
  const head = `hermes ${version}`
  return [
    style.bold(style.magenta(truncate(head, width))) +
      style.dim(truncate(` · ${place}`, Math.max(0, width - head.length))),
    style.dim(truncate('/help for commands and keys · Ctrl+C twice leaves', width)),
  ]
}

function watchSize(stdout: TerminalOutput, changed: (narrower: boolean) => void): {stop(): void} {
  let columns = stdout.columns
  let timer: NodeJS.Timeout | undefined
  const listener = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const narrower = stdout.columns < columns
      columns = stdout.columns
      changed(narrower)
    }, REDRAW_MS)
  }
  stdout.on('resize', listener)
  return {
    stop() {
      clearTimeout(timer)
      stdout.off('resize', listener)
    },
  }
}

/** Resolves with the work or after `ms`, whichever is first. The timer holds the process: it must fire. */
async function withDeadline(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}
