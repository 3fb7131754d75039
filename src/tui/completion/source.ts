import type {ChatState} from '../state/state.js'
import type {MenuChoice} from './menu.js'

/** What a list may be made of: what is on screen, and what the gateway says. */
export interface SourceContext {
  state: ChatState
  /** Of the open session; rejects where there is none, and after a few seconds. */
  request(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>
}

/** What the argument of a command may be. */
export interface ArgumentSource {
  /** It is one of these and nothing else, so Enter takes the first that fits. Default false: Enter sends what is typed. */
  only?: boolean
  /** All, by the best first; asked once, when the argument is begun. */
  choices(context: SourceContext): readonly MenuChoice[] | Promise<readonly MenuChoice[]>
}

/** Words, each with what it means. */
export function wordSource(words: Readonly<Record<string, string>>): ArgumentSource {
  const choices = Object.entries(words).map(([word, detail]) => ({label: word, detail, insert: word}))
  return {only: true, choices: () => choices}
}
