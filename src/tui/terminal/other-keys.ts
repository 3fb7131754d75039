import {MODIFIED_KEYS_OFF, MODIFIED_KEYS_ON} from './held-terminal.js'
import type {TerminalOutput} from './streams.js'

/** As long a terminal has to say that it knows the kitty keyboard protocol, which tells more. */
const ANSWER_MS = 300

/** They know the sequence, or pass it over. The terminal of macOS takes it for underlined text. */
const knowing = /^(?:xterm|tmux|foot|alacritty|mintty|rxvt-unicode|st-|konsole|contour|wezterm)/

export interface OtherKeysOptions {
  stdout: TerminalOutput
  env: NodeJS.ProcessEnv
  onChange(on: boolean): void
  /** Default 300. */
  answerMs?: number
}

/**
 * `modifyOtherKeys` of xterm: Shift+Enter, Ctrl+Enter and others are told from Enter. Asked for where the terminal does
 * not answer for the kitty protocol, and taken back whenever somebody else has the terminal.
 */
export class OtherKeys {
  readonly #options: OtherKeysOptions
  #timer: NodeJS.Timeout | undefined
  #kitty = false
  /** The time for that has gone by. */
  #answered = false
  #away = false
  #on = false

  constructor(options: OtherKeysOptions) {
    this.#options = options
  }

  /** Ink has asked for the other protocol. */
  begin(): void {
    const {env, answerMs = ANSWER_MS} = this.#options
    if (!knowing.test(env.TERM ?? '') || env.TERM_PROGRAM === 'Apple_Terminal') return
    this.#timer = setTimeout(() => {
      this.#answered = true
      this.#set(this.#isWanted)
    }, answerMs)
    this.#timer.unref()
  }

  /** The other protocol is on. */
  kitty(): void {
    this.#kitty = true
    this.#set(false)
  }

  /** Others have the terminal; what is returned takes it again. */
  pause(): () => void {
    this.#away = true
    this.#set(false)
    return () => {
      this.#away = false
      this.#set(this.#isWanted)
    }
  }

  /** For good, whoever gives the terminal back after it. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#answered = false
    this.#set(false)
  }

  get #isWanted(): boolean {
    return this.#answered && !this.#kitty && !this.#away
  }

  #set(on: boolean): void {
    const {stdout, onChange} = this.#options
    if (on === this.#on || !stdout.writable) return
    this.#on = on
    // Who takes it back after a kill is told before it is on.
    if (on) onChange(true)
    stdout.write(on ? MODIFIED_KEYS_ON : MODIFIED_KEYS_OFF)
    if (!on) onChange(false)
  }
}
