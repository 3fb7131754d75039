import type {Key} from 'ink'
import type {Action} from '../../keys/table.js'
import type {EditorAction} from '../composer/editor.js'

/** One key as the chat understands it. `text` is what it types, for keys that type something. */
export interface KeyPress {
  name: string
  text?: string
  ctrl: boolean
  alt: boolean
  shift: boolean
  /** The repetition of a key that is held, where the terminal tells. */
  repeat?: boolean
  /** Came in one chunk with other keys. */
  burst?: boolean
}

const plain = {ctrl: false, alt: false, shift: false}

/**
 * Ink hands over one call per chunk of input. A fast typist, a script or a slow connection puts
 * several keys into one chunk (`hello\r`), and then Ink calls them all text: they are taken apart here.
 */
export function decodeKeys(input: string, key: Key): KeyPress[] {
  if (key.eventType === 'release') return []
  const repeat = key.eventType === 'repeat' ? {repeat: true} : {}
  const modifiers = {ctrl: key.ctrl, alt: key.meta, shift: key.shift, ...repeat}
  const name = namedKey(key)
  if (name) return [{name, ...modifiers}]
  if (input === '') return []
  if (key.ctrl) return [{name: input.toLowerCase(), ...modifiers}]
  if (key.meta) return [{name: input.toLowerCase(), ...modifiers}]
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are keys of their own.
  const pieces = input.match(/[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g) ?? []
  const burst = pieces.length > 1 ? {burst: true} : {}
  return pieces.map((piece) => ({...decodePiece(piece), ...repeat, ...burst}))
}

function namedKey(key: Key): string | undefined {
  if (key.return) return 'return'
  if (key.escape) return 'escape'
  if (key.tab) return 'tab'
  if (key.backspace) return 'backspace'
  if (key.delete) return 'delete'
  if (key.upArrow) return 'up'
  if (key.downArrow) return 'down'
  if (key.leftArrow) return 'left'
  if (key.rightArrow) return 'right'
  if (key.pageUp) return 'pageup'
  if (key.pageDown) return 'pagedown'
  if (key.home) return 'home'
  if (key.end) return 'end'
  return undefined
}

function decodePiece(piece: string): KeyPress {
  const code = piece.charCodeAt(0)
  if (piece === '\r') return {name: 'return', ...plain}
  if (piece === '\n') return {name: 'newline', ...plain}
  if (piece === '\t') return {name: 'tab', ...plain}
  if (piece === '\x1b') return {name: 'escape', ...plain}
  if (code === 0x7f || code === 0x08) return {name: 'backspace', ...plain}
  if (code < 0x20) return {name: String.fromCharCode(code + (code <= 26 ? 96 : 64)), ...plain, ctrl: true}
  return {name: 'text', text: piece, ...plain}
}

const edits = [
  ...(['left', 'right', 'word-left', 'word-right', 'line-start', 'line-end', 'start', 'end'] as const),
  ...(['backspace', 'delete', 'kill-word-left', 'kill-word-right', 'kill-space-left'] as const),
  ...(['kill-to-start', 'kill-to-end', 'yank', 'yank-pop', 'transpose', 'undo', 'redo'] as const),
]

/** What a key does in a text, the same everywhere text is typed; undefined for keys with another meaning. */
export function editorAction(press: KeyPress, action: Action | undefined): EditorAction | undefined {
  if (press.name === 'text' && press.text !== undefined) return {type: 'insert', text: press.text}
  const type = edits.find((one) => one === action)
  return type && {type}
}
