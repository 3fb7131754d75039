import {KEYBOARD_POPPED, KEYBOARD_PUSHED, MODIFIED_KEYS_OFF, MODIFIED_KEYS_ON} from './held-terminal.js'
import type {TerminalOutput} from './streams.js'

/** As long a terminal has to say that it knows the kitty keyboard protocol, which tells more. */
const ANSWER_MS = 300

/** They know the sequence, or pass it over. The terminal of macOS takes it for underlined text. */
const knowing = /^(?:xterm|tmux|foot|alacritty|mintty|rxvt-unicode|st-|konsole|contour|wezterm)/

type Protocol = 'none' | 'modified' | 'kitty'

const sequences = {
  none: {on: '', off: ''},
  modified: {on: MODIFIED_KEYS_ON, off: MODIFIED_KEYS_OFF},
  kitty: {on: KEYBOARD_PUSHED, off: KEYBOARD_POPPED},
} as const

export interface OtherKeysOptions {
  stdout: TerminalOutput
  env: NodeJS.ProcessEnv
  /** What of it is on, for who takes it back after a kill. */
  onChange(on: {modified: boolean} | {keyboard: boolean}): void
  /** Default 300. */
  answerMs?: number
}

/**
 * How Shift+Enter, Ctrl+Enter and others are told from Enter where Ink does not see to it: by `modifyOtherKeys` of xterm
 * where the terminal does not answer for the kitty protocol, and by that one where the answer comes after the 200 ms that
 * Ink waits: over a slow line. Taken back whenever somebody else has the terminal.
 */
export class OtherKeys {
  readonly #options: OtherKeysOptions
  #timer: NodeJS.Timeout | undefined
  /** Ink has turned it on, and sees to it. */
  #kitty = false
  /** The terminal knows it, and Ink does not. */
  #late = false
  /** The time for an answer has gone by. */
  #answered = false
  #away = false
  #stopped = false
  #on: Protocol = 'none'

  constructor(options: OtherKeysOptions) {
    this.#options = options
  }

  /** Ink has asked for the other protocol. */
  begin(): void {
    const {env, answerMs = ANSWER_MS} = this.#options
    if (!knowing.test(env.TERM ?? '') || env.TERM_PROGRAM === 'Apple_Terminal') return
    this.#timer = setTimeout(() => {
      this.#answered = true
      this.#change()
    }, answerMs)
    this.#timer.unref()
  }

  /** Ink has turned the other protocol on. */
  kitty(): void {
    this.#kitty = true
    this.#change()
  }

  /** The terminal has answered that it knows the other protocol, and Ink has heard it, if it still listens. */
  known(): void {
    if (this.#kitty) return
    this.#late = true
    this.#change()
  }

  /** Others have the terminal; what is returned takes it again. */
  pause(): () => void {
    this.#away = true
    this.#change()
    return () => {
      this.#away = false
      this.#change()
    }
  }

  /** For good, whoever gives the terminal back after it. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#stopped = true
    this.#change()
  }

  get #wanted(): Protocol {
    if (this.#away || this.#stopped || this.#kitty) return 'none'
    if (this.#late) return 'kitty'
    return this.#answered ? 'modified' : 'none'
  }

  #change(): void {
    const {stdout, onChange} = this.#options
    const [before, wanted] = [this.#on, this.#wanted]
    if (wanted === before || !stdout.writable) return
    this.#on = wanted
    if (before !== 'none') {
      stdout.write(sequences[before].off)
      onChange(before === 'kitty' ? {keyboard: false} : {modified: false})
    }
    if (wanted === 'none') return
    // Who takes it back after a kill is told before it is on.
    onChange(wanted === 'kitty' ? {keyboard: true} : {modified: true})
    stdout.write(sequences[wanted].on)
  }
}
