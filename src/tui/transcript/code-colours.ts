import type {Before} from '../text/blocks/split.js'
import type {Highlighter} from '../text/highlight/highlighter.js'
import {grammarOf} from '../text/highlight/languages.js'

/** Fences with a language, wherever they stand. */
const fences = /^[ \t>*+\-\d.)]*(?:`{3,}|~{3,})[ \t]*([^\s`,{:]+)/gm

/** The colours of code: loaded when the first code block comes whose language is known. */
export class CodeColours {
  /** Undefined until it is loaded, and where it can't be. */
  highlighter: Highlighter | undefined
  readonly #load: () => Promise<Highlighter | undefined>
  readonly #loaded: () => void
  #state: 'none' | 'loading' | 'there' = 'none'

  /** `loaded`: told once when there are colours, or when there will be none. */
  constructor(load: () => Promise<Highlighter | undefined>, loaded: () => void) {
    this.#load = load
    this.#loaded = loaded
  }

  /** Whether the text has code whose colours are still to come; asks for them then. */
  isAwaited({text, before}: {text: string; before?: Before}): boolean {
    if (this.#state === 'there' || !hasColours(text, before)) return false
    if (this.#state === 'none') {
      this.#state = 'loading'
      void this.#load().then((highlighter) => {
        this.highlighter = highlighter
        this.#state = 'there'
        this.#loaded()
      })
    }
    return true
  }
}

function hasColours(text: string, before: Before | undefined): boolean {
  if (before?.open?.kind === 'code') return grammarOf(before.open.fence.language) !== undefined
  if (!text.includes('```') && !text.includes('~~~')) return false
  for (const [, language = ''] of text.matchAll(fences)) if (grammarOf(language) !== undefined) return true
  return false
}
