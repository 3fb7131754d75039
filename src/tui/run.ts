import {exitCodes, HermesError, messageOf} from '../errors.js'
import type {LifecycleDetails} from '../lifecycle/events.js'
import {signalExitCode} from '../platform.js'
import type {SupervisorView} from '../supervisor/types.js'
import {Chat} from './chat.js'
import {PagerDesk} from './pager/desk.js'
import {type LiveScreen, liveScreen} from './screen/screen.js'
import {isBusy} from './state/state.js'
import {filterInput} from './terminal/filtered-input.js'
import {FOCUS_REPORTS_OFF, FOCUS_REPORTS_ON} from './terminal/focus.js'
import {Keyboard} from './terminal/keyboard.js'
import type {Mounted} from './terminal/mount.js'
import {Opening} from './terminal/opening.js'
import {signalsOf, type TerminalSignals} from './terminal/signals.js'
import type {TerminalOutput} from './terminal/streams.js'
import {loadHighlighter} from './text/highlight/highlighter.js'
import {loadLexer} from './text/lexer.js'
import type {ThemeName} from './text/theme/themes.js'
import {asideRows} from './transcript/aside.js'
import {CodeColours} from './transcript/code-colours.js'
import {LiveReply} from './transcript/live-reply.js'
import {Printer} from './transcript/printer.js'
import type {ChatOptions, ChatResult} from './types.js'

const TICK_MS = 200

/** The gateway gets this long to end when the terminal or the system wants us gone, or memory is full. */
const URGENT_DEADLINE_MS = 4000

/** Shrinking a window moves rows about; it is drawn anew when the size rests. */
const REDRAW_MS = 80

/** Opens the screen, drives it until the end, and gives the terminal back. */
export async function runChat(options: ChatOptions): Promise<ChatResult> {
  const {supervisor, version, stdin, stdout, env, heldTerminal} = options
  const columns = () => stdout.columns || 80
  const cwd = process.cwd()
  const opening = options.opening ?? new Opening({version, cwd, env, stdin, stdout})
  const {look} = opening
  let theme = options.theme ?? 'auto'
  look.choose(theme)
  const chat = new Chat({...options, inflight: options.inflight, crashLog: options.crashLog, cwd})
  const colours = new CodeColours(loadHighlighter, () => drawAgain())
  const printer = new Printer({look, width: columns, colours})
  const reply = new LiveReply({look, lexer: () => printer.lexer, colours, again: () => drawAgain()})
  let ticks = 0
  /** The state was told that all items before this id are printed. */
  let told = 0
  let app: Mounted | undefined
  let focusReports = false
  const keyboard = new Keyboard(chat, {
    columns,
    redraw: () => redraw(),
    suspend: () => signals.suspend(),
    unfold: () => pager.open(),
  })
  let input: {stop(): void} | undefined
  const signals: TerminalSignals = signalsOf({
    stdin,
    stdout,
    giveBack: () => {
      const takeAgain = pager.giveBack() ?? giveBack()
      heldTerminal?.set({held: false})
      return () => {
        takeAgain()
        held()
      }
    },
    drawBelow,
  })
  const pager = new PagerDesk({
    chat,
    supervisor,
    printer,
    look,
    stdin,
    stdout,
    giveBack: () => (app && chat.asking.asked === undefined ? giveBack() : undefined),
    suspend: () => signals.suspend(),
    drawAgain,
    onAlternate: (alternate) => heldTerminal?.set({alternate}),
  })

  /** For the shell, while this program is stopped. */
  function giveBack(): () => void {
    reportFocus(false)
    const resume = app?.suspend() ?? opening.suspend()
    return () => {
      resume()
      reportFocus(chat.asking.asked !== undefined)
      // Who comes back has to read the question first.
      chat.asking.focused()
    }
  }

  /** For what has been written over it: below that, and nothing is erased. */
  function drawBelow(): void {
    const resume = pager.giveBack() ?? app?.suspend({erase: false}) ?? opening.suspend({erase: false})
    heldTerminal?.set({held: false})
    resume()
    held()
  }

  /** Ink sets its modes in the next step. */
  function held(): void {
    setImmediate(() => {
      if (!ended) heldTerminal?.set({held: true})
    })
  }

  function reportFocus(on: boolean): void {
    if (on === focusReports || !stdout.writable || (on && pager.isOpen)) return
    focusReports = on
    stdout.write(on ? FOCUS_REPORTS_ON : FOCUS_REPORTS_OFF)
  }

  function screen(): LiveScreen {
    const {state} = chat
    return liveScreen(state, {
      columns: columns(),
      rows: stdout.rows || 24,
      style: look.style,
      commands: chat.commands,
      crashLog: chat.crashLog,
      found: state.search && chat.history.find(state.search.query, state.search.skip),
      now: Date.now(),
      tick: ticks,
      reply: (piece, width, room) => reply.rows(piece, width, room),
      aside: (later, width, room) => asideRows(later, width, look.style, room),
    })
  }

  /** In the place where it is. What stands above is there once, and what the shell wrote before is not ours to erase. */
  function redraw(): void {
    if (pager.isOpen) return
    app?.clear()
    drawAgain()
  }

  function drawAgain(): void {
    ticks++
    chat.store.notify()
  }

  const clock = setInterval(() => {
    const before = chat.state
    const {view, closing} = before
    if (printer.next !== told) {
      // A frame of its own for it, just behind the one that printed, kept a key waiting.
      told = printer.next
      chat.store.dispatch({type: 'printed', before: told})
      if (chat.state !== before) return
    }
    if (closing || (!isBusy(chat.state) && view.phase !== 'starting' && !view.recovering)) return
    drawAgain()
  }, TICK_MS)
  const resize = watchSize(stdout, (narrower) => {
    chat.resized(columns())
    if (narrower) redraw()
    else drawAgain()
  })

  options.provideInFlight?.(() => chat.inFlight())
  const themes = {
    get chosen() {
      return look.chosen
    },
    get palette() {
      return look.palette
    },
    choose(name: ThemeName) {
      look.choose(name)
      drawAgain()
    },
  }
  chat.start(options.target, {
    write: (data) => stdout.write(data),
    ...(env.TMUX ? {clipboard: 'tmux takes it where its set-clipboard is "on", which it is not by default'} : {}),
    themes,
  })
  opening.attach({
    screen,
    type: (text) => keyboard.press({name: 'text', text, ctrl: false, alt: false, shift: false}),
    subscribe: (listener) => chat.store.subscribe(listener),
  })
  let failure: unknown
  let ended = false
  // The gateway starts meanwhile.
  const left = import('./terminal/mount.js')
    .then(({mount}) => {
      if (ended) return
      let narrower = false
      const onBegin = () => {
        narrower = opening.handOver({printsFirst: chat.state.items.length > 0})
      }
      const onDraw = (live: LiveScreen) => {
        // What is behind the pager is not seen.
        chat.asking.drawn(pager.isOpen ? undefined : live.asked)
        reportFocus(live.asked !== undefined && !ended)
        if (printer.behind(chat.state.items)) setImmediate(drawAgain)
      }
      const onEnd = () => reportFocus(false)
      input = filterInput(stdin, {
        onFocus: () => chat.asking.focused(),
        onAnswer(answer) {
          const before = look.style
          opening.hear(answer)
          if (look.style !== before) drawAgain()
        },
      })
      const onKeyboard = (keyboard: boolean) => heldTerminal?.set({keyboard})
      const drawing = {ticks: () => ticks, screen, onBegin, onDraw, onEnd}
      app = mount({chat, keyboard, printer, stdin, stdout, onKeyboard, ...drawing})
      if (narrower) redraw()
      return app.waitUntilExit()
    })
    .catch((error) => {
      failure = error
    })
    .then(() => 'left' as const)
  const unsubscribe = [
    options.notices?.subscribe((text, tone) => chat.notice(tone, text)),
    options.changes?.subscribe((change) => {
      // What was chosen in the chat stays when something else is changed.
      if (change.theme !== undefined && change.theme !== theme) {
        theme = change.theme
        themes.choose(theme)
      }
      chat.configure(change)
    }),
  ]
  void loadLexer().then((lexer) => {
    printer.lexer = lexer
    ticks++
    chat.store.notify()
  })

  const memory = (options.memoryCritical ?? new Promise<void>(() => {})).then(() => 'memory' as const)
  const end = await Promise.race([chat.quitting.then(() => 'quit' as const), signals.received, left, memory])
  if (failure !== undefined) options.record?.(crashRecord(failure, supervisor.view))
  const signal = end === 'quit' || end === 'left' || end === 'memory' ? undefined : end
  if (signal) {
    const {generation, pid, session} = supervisor.view
    options.record?.({type: 'signal', signal, generation, pid, sessionKey: session?.key})
  }
  ended = true
  clearInterval(clock)
  resize.stop()
  for (const each of unsubscribe) each?.()
  chat.stop()
  pager.stop()
  // First the terminal, then everything that may take time: a handler that only waits would leave raw mode on.
  if (app && stdout.writable) app.clear()
  app?.unmount()
  opening.close({header: false})
  heldTerminal?.set({held: false})
  signals.stop()
  input?.stop()
  // A window that closes sends SIGHUP twice, itself and by the kernel: the second one must not cut the end short.
  process.on('SIGHUP', ignore)
  const urgent = signal !== undefined || end === 'memory'
  const reason = end === 'memory' ? 'memory' : signal ? 'parent-signal' : failure === undefined ? 'quit' : 'crash'
  // The terminal is lost, or was left on purpose, or the screen crashed; every other end is meant.
  const detach = signal === 'SIGHUP' || end === 'memory' || failure !== undefined || chat.detaches
  const closed = supervisor.close(reason, {detach})
  const closing = await (urgent ? withDeadline(closed, URGENT_DEADLINE_MS) : closed)
  if (urgent) supervisor.killNow()
  process.off('SIGHUP', ignore)
  if (failure !== undefined) throw crashError(failure)
  const exitCode = end === 'memory' ? exitCodes.memoryCritical : signal ? signalExitCode(signal) : exitCodes.ok
  return {exitCode, farewell: chat.farewell(closing), inputSaved: chat.state.inputSaved}
}

function crashRecord(failure: unknown, {generation, pid, session}: SupervisorView): LifecycleDetails {
  const {name, message, stack} = failure instanceof Error ? failure : new Error(String(failure))
  return {type: 'uncaught', origin: 'screen', generation, pid, sessionKey: session?.key, name, message, stack}
}

function crashError(failure: unknown): HermesError {
  return new HermesError(`the screen crashed: ${messageOf(failure)}`, {
    code: 'screen/crashed',
    suggestions: ['hermes chat --continue goes on with the session', 'hermes doctor crash last tells more'],
    cause: failure,
  })
}

function ignore(): void {}

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
async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  const done = await Promise.race([work, deadline])
  clearTimeout(timer)
  return done
}
