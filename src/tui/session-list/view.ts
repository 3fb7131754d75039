import type {WireMessage} from '../../protocol/methods.js'
import type {Editor} from '../composer/editor.js'

/** What is known of a stored session beyond its name. Times are UTC milliseconds, 0 where they are not told. */
export interface SessionFacts {
  /** Folder that its tools work in; empty where it is not told. */
  folder: string
  time: number
  /** Undefined where it is not told. */
  messages: number | undefined
  /** Beginning of its first prompt. */
  preview: string
  /** Another program works on it. */
  held: boolean
  /** It is the one on the screen. */
  current: boolean
}

/** What a list of sessions shows beside the list itself. */
export interface SessionView {
  /** Where what was typed is found in what was said: by key, matches between U+0002 and U+0003. */
  found: {query: string; snippets: ReadonlyMap<string, string>} | undefined
  /** The newest messages of a session, oldest first. */
  preview: {key: string; messages: readonly WireMessage[]} | undefined
  /** Keys of those that are deleted when the list closes, in the order in which they were marked. */
  marked: readonly string[]
  renaming: {key: string; editor: Editor} | undefined
  /** What came of the last key; gone with the next. */
  note: {tone: 'good' | 'warn'; text: string} | undefined
}

export const emptyView: SessionView = {
  found: undefined,
  preview: undefined,
  marked: [],
  renaming: undefined,
  note: undefined,
}
