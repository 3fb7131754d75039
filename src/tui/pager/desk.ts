import {messageOf} from '../../errors.js'
import {loadKept} from '../../memory/late-optimising.js'
import type {Supervisor} from '../../supervisor/types.js'
import type {Chat} from '../chat.js'
import type {TerminalInput, TerminalOutput} from '../terminal/streams.js'
import type {Styled} from '../text/style.js'
import type {Printer} from '../transcript/printer.js'
import {type Fold, isFold} from './document.js'
import {noticeOf} from './notice.js'
import type {Pager, PagerOptions} from './pager.js'
import {agentFolds, wholeAgent} from './whole-agent.js'
import {wholeTool} from './whole-tool.js'

export interface PagerDeskOptions {
  chat: Chat
  supervisor: Supervisor
  printer: Printer
  look: Styled
  stdin: TerminalInput
  stdout: TerminalOutput
  /** Takes the chat off the terminal; what is returned brings it back. Undefined while it is not there. */
  giveBack(): (() => void) | undefined
  /** Stops the program, for the shell. */
  suspend(): void
  /** The chat has the terminal again, and is to be drawn. */
  drawAgain(): void
  /** The alternate screen is shown, or no more. */
  onAlternate?(shown: boolean): void
}

/** Opens the pager in place of the chat, which goes on behind it: what it prints waits until the pager is closed. */
export class PagerDesk {
  readonly #options: PagerDeskOptions
  #pager: Pager | undefined
  #opening = false
  #stopped = false

  constructor(options: PagerDeskOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#pager !== undefined
  }

  /** Shows what was folded last. */
  open(): void {
    const {chat} = this.#options
    if (this.#pager || this.#opening) return
    if (this.#folds().length === 0) {
      chat.store.dispatch({type: 'hint', text: 'nothing is folded yet'})
      return
    }
    this.#opening = true
    // Nobody pays for it who does not open it.
    loadKept(() => import('./pager.js'))
      .then((module) => this.#show(module.Pager))
      // The chat goes on without it.
      .catch((error) => chat.notice('warn', `what is folded can't be opened: ${messageOf(error)}`))
      .finally(() => {
        this.#opening = false
      })
  }

  /** For good: the chat ends. */
  stop(): void {
    this.#stopped = true
    this.#pager?.close()
  }

  /** For the shell, while the program is stopped; undefined where no pager is open. */
  giveBack(): (() => void) | undefined {
    return this.#pager?.suspend()
  }

  #show(Opened: typeof Pager): void {
    const {chat, supervisor, printer, look, stdin, stdout, giveBack, suspend, drawAgain, onAlternate} = this.#options
    const fold = this.#folds().at(-1)
    if (!fold || this.#stopped) return
    const bringBack = giveBack()
    if (!bringBack) return
    printer.held = true
    const before = chat.state
    const back = () => {
      bringBack()
      // Ink takes the terminal in the next step; what it was given before is not drawn.
      setImmediate(() => {
        printer.held = false
        drawAgain()
      })
    }
    const options: PagerOptions = {
      stdin,
      stdout,
      style: look.style,
      folds: () => this.#folds(),
      notice: () => noticeOf(chat.state, before),
      whole: ({kind, ...item}) =>
        kind === 'tool' && 'tool' in item
          ? (wholeAgent(supervisor, item.tool) ?? wholeTool(supervisor, item.tool))
          : undefined,
      onKey: (key) => chat.asking.key({name: key.name === 'text' ? key.text : key.name}),
      suspend,
      onAlternate: (shown) => onAlternate?.(shown),
    }
    let pager: Pager
    try {
      pager = new Opened(fold, options)
    } catch (error) {
      back()
      throw error
    }
    this.#pager = pager
    const unsubscribe = chat.store.subscribe(() => pager.refresh())
    pager.closed.then(() => {
      unsubscribe()
      this.#pager = undefined
      back()
    })
  }

  #folds(): Fold[] {
    const {items, agents} = this.#options.chat.state
    return [...items.filter(isFold), ...agentFolds(agents, Date.now())]
  }
}
