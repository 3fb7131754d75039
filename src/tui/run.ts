import {optimiseLate} from '../memory/late-optimising.js'
import {homeFiles} from '../platform.js'
import {Attention} from './attention/attention.js'
import {meansOf} from './attention/means.js'
import {Chat} from './chat.js'
import {matchOf} from './composer/history-search.js'
import {closeChat} from './ending.js'
import {EditorDesk} from './external-editor/desk.js'
import {PagerDesk} from './pager/desk.js'
import type {LiveScreen} from './screen/part.js'
import {liveScreen} from './screen/screen.js'
import {isBusy} from './state/state.js'
import {Clock} from './terminal/clock.js'
import {filterInput} from './terminal/filtered-input.js'
import {FOCUS_REPORTS_OFF, FOCUS_REPORTS_ON} from './terminal/focus.js'
import {Keyboard} from './terminal/keyboard.js'
import type {Mounted} from './terminal/mount.js'
import {Opening} from './terminal/opening.js'
import {OtherKeys} from './terminal/other-keys.js'
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

/** With reduced motion times are told in steps of this, and nothing turns. */
const STILL_MS = 10_000

/** Shrinking a window moves rows about; it is drawn anew when the size rests. */
const REDRAW_MS = 80

/** Opens the screen, drives it until the end, and gives the terminal back. */
export async function runChat(options: ChatOptions): Promise<ChatResult> {
  const {supervisor, version, stdin, stdout, env, heldTerminal} = options
  const columns = () => stdout.columns || 80
  const cwd = process.cwd()
  const opening = options.opening ?? new Opening({version, cwd, env, stdin, stdout})
  const {look} = opening
  const still = options.reducedMotion === true
  let theme = options.theme ?? 'auto'
  look.choose(theme)
  const chat = new Chat({...options, inflight: options.inflight, crashLog: options.crashLog, cwd})
  const colours = new CodeColours(loadHighlighter, () => drawAgain())
  const attention =
    options.attention &&
    new Attention({
      means: meansOf(env),
      settings: options.attention,
      write(text) {
        if (stdout.writable) stdout.write(text)
      },
      held: heldTerminal,
      now: () => performance.now(),
    })
  const printer = new Printer({look, width: columns, colours, key: chat.key})
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
    edit: () => editor.open(),
  })
  let input: {stop(): void} | undefined
  const signals: TerminalSignals = signalsOf({
    stdin,
    stdout,
    giveBack: () => {
      const goOn = attention?.pause()
      const takeAgain = pager.giveBack() ?? editor.giveBack() ?? giveBack()
      heldTerminal?.set({held: false})
      return () => {
        takeAgain()
        goOn?.()
        held()
      }
    },
    drawBelow,
    isAway: () => editor.isOpen,
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

  const editor = new EditorDesk({
    chat,
    printer,
    stdin,
    stdout,
    env,
    folder: homeFiles(options.home).editing,
    giveBack() {
      const takeAgain = app && chat.asking.asked === undefined ? giveBack() : undefined
      if (!takeAgain) return undefined
      // What is written now would stand in the midst of what the editor writes.
      const goOn = attention?.pause()
      heldTerminal?.set({held: false})
      return () => {
        takeAgain()
        goOn?.()
        held()
      }
    },
    drawAgain,
  })
  const otherKeys = new OtherKeys({stdout, env, onChange: (on) => heldTerminal?.set(on)})
  /** The pager or an editor is in the place of the chat. */
  const isAway = () => pager.isOpen || editor.isOpen

  /** For the shell, while this program is stopped. */
  function giveBack(): () => void {
    reportFocus(false)
    const takeKeys = otherKeys.pause()
    const resume = app?.suspend() ?? opening.suspend()
    return () => {
      resume()
      takeKeys()
      reportFocus(wantsFocus())
      // Who comes back has to read the question first.
      chat.asking.focused()
    }
  }

  /** For what has been written over it: below that, and nothing is erased. */
  function drawBelow(): void {
    const resume =
      pager.giveBack() ?? editor.giveBack() ?? app?.suspend({erase: false}) ?? opening.suspend({erase: false})
    heldTerminal?.set({held: false})
    attention?.forget()
    resume()
    held()
  }

  /** Ink sets its modes in the next step. */
  function held(): void {
    setImmediate(() => {
      if (!ended && !editor.isOpen) heldTerminal?.set({held: true})
    })
  }

  /** For the question that is open, and for who is to be told of its end. */
  function wantsFocus(): boolean {
    return chat.asking.asked !== undefined || (chat.state.turn !== undefined && attention?.watchesFocus === true)
  }

  function reportFocus(on: boolean): void {
    if (on === focusReports || !stdout.writable || (on && isAway())) return
    focusReports = on
    stdout.write(on ? FOCUS_REPORTS_ON : FOCUS_REPORTS_OFF)
  }

  function screen(): LiveScreen {
    const {state} = chat
    return liveScreen(state, {
      columns: columns(),
      rows: stdout.rows || 24,
      style: look.style,
      crashLog: chat.crashLog,
      key: chat.key,
      found: state.search && matchOf(chat.history.entries, state.search),
      now: still ? Math.floor(Date.now() / STILL_MS) * STILL_MS : Date.now(),
      tick: still ? -1 : ticks,
      reply: (piece, width, room) => reply.rows(piece, width, room),
      aside: (later, width, room) => asideRows(later, width, {style: look.style, key: chat.key}, room),
    })
  }

  /** In the place where it is. What stands above is there once, and what the shell wrote before is not ours to erase. */
  function redraw(): void {
    if (isAway()) return
    app?.clear()
    drawAgain()
  }

  function drawAgain(): void {
    ticks++
    chat.store.notify()
  }

  const clock = new Clock({
    everyMs: TICK_MS,
    isNeeded() {
      const {view, closing, shell} = chat.state
      if (printer.next !== told) return true
      return !closing && (isBusy(chat.state) || shell !== undefined || view.phase === 'starting' || view.recovering)
    },
    tick() {
      const before = chat.state
      // A frame of its own for what was printed, just behind the one that printed, kept a key waiting.
      if (printer.next !== told) {
        told = printer.next
        chat.store.dispatch({type: 'printed', before: told})
      }
      if (chat.state === before) drawAgain()
    },
  })
  clock.look()
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
  /** Once draft and queue of the session are there. */
  const recovery = chat.store.subscribe(() => {
    if (chat.state.session.key === undefined) return
    recovery()
    void editor.recover()
  })
  let failure: unknown
  let ended = false
  // The gateway starts meanwhile.
  const left = import('./terminal/mount.js')
    .then(({mount}) => {
      if (ended) return
      optimiseLate()
      let narrower = false
      const onBegin = () => {
        narrower = opening.handOver({printsFirst: chat.state.items.length > 0})
      }
      const onDraw = (live: LiveScreen) => {
        // What is behind the pager is not seen.
        chat.asking.drawn(isAway() ? undefined : live.asked)
        reportFocus(wantsFocus() && !ended)
        if (printer.behind(chat.state.items)) setImmediate(drawAgain)
        clock.look()
      }
      const onEnd = () => {
        reportFocus(false)
        otherKeys.stop()
      }
      input = filterInput(stdin, {
        onFocus(inFront) {
          attention?.focus(inFront)
          if (inFront) chat.asking.focused()
        },
        onKeys: () => attention?.key(),
        onKitty: () => otherKeys.known(),
        onAnswer(answer) {
          const before = look.style
          opening.hear(answer)
          if (look.style !== before) drawAgain()
        },
      })
      const onKeyboard = (keyboard: boolean) => {
        if (keyboard) otherKeys.kitty()
        heldTerminal?.set({keyboard})
      }
      const drawing = {ticks: () => ticks, screen, onBegin, onDraw, onEnd}
      app = mount({chat, keyboard, printer, stdin, stdout, onKeyboard, ...drawing})
      otherKeys.begin()
      if (narrower) redraw()
      return app.waitUntilExit()
    })
    .catch((error) => {
      failure = error
    })
    .then(() => 'left' as const)
  const unsubscribe = [
    chat.store.subscribe(() => clock.look()),
    attention && chat.store.subscribe(() => attention.update(chat.state)),
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
  return closeChat({
    chat,
    supervisor,
    end,
    failure,
    record: options.record,
    giveBack() {
      ended = true
      clock.stop()
      resize.stop()
      for (const each of unsubscribe) each?.()
      attention?.stop()
      chat.stop()
      pager.stop()
      editor.stop()
      otherKeys.stop()
      if (app && stdout.writable) app.clear()
      app?.unmount()
      opening.close({header: false})
      heldTerminal?.set({held: false})
      signals.stop()
      input?.stop()
    },
  })
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
