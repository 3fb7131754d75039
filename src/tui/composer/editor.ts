import {graphemes} from '../text/wrap.js'
import {labelsIn} from './label.js'

/** A line editor as a value. Offsets are UTF-16 and always at a grapheme boundary. */
export interface Editor {
  readonly text: string
  readonly cursor: number
  /** Killed text, newest last; `yank` inserts the newest. */
  readonly kills: readonly string[]
  /** What {@link EditorAction} `undo` goes back to, newest last, and what `redo` brings again. */
  readonly undo: readonly Snapshot[]
  readonly redo: readonly Snapshot[]
  /** What the last action was, so that kills join, and the letters of a word are undone in one go. */
  readonly last: 'type' | 'erase' | 'kill' | 'yank' | 'other'
  /** When the last letter was typed. */
  readonly typedAt: number
  /** After a `yank`: where in the text what it inserted is, and which of the kills. */
  readonly yanked?: {readonly from: number; readonly to: number; readonly kill: number}
}

interface Snapshot {
  readonly text: string
  readonly cursor: number
}

export type EditorAction =
  /** Typed; `at`: milliseconds of a clock that only goes forward. */
  | {type: 'insert'; text: string; at?: number}
  /** Comes at once, and is undone at once. */
  | {type: 'paste'; text: string}
  | {type: 'set'; text: string; cursor?: number}
  /** Another text than the one before: nothing leads back to that. */
  | {type: 'load'; text: string}
  | {type: 'cursor'; cursor: number}
  | {type: 'left' | 'right' | 'word-left' | 'word-right' | 'line-start' | 'line-end' | 'start' | 'end'}
  | {type: 'backspace' | 'delete'}
  | {type: 'kill-word-left' | 'kill-word-right' | 'kill-space-left' | 'kill-to-start' | 'kill-to-end'}
  /** `yank-pop` right after a `yank`: the kill before that one in its place. */
  | {type: 'yank' | 'yank-pop' | 'transpose' | 'undo' | 'redo'}

const KEPT_UNDO = 200
const KEPT_KILLS = 20

/** Who pauses for this long begins anew, also within a word: not every language has spaces. */
const PAUSE_MS = 1000

/** A longer chunk of input is not typed, and not taken apart: the time goes with its square. */
const TYPED_LENGTH = 256

export const emptyEditor: Editor = {text: '', cursor: 0, kills: [], undo: [], redo: [], last: 'other', typedAt: 0}

export function editorOf(text: string): Editor {
  return {...emptyEditor, text, cursor: text.length}
}

export function edit(editor: Editor, action: EditorAction): Editor {
  const {text, cursor} = editor
  switch (action.type) {
    case 'insert':
      return type(editor, action.text, action.at ?? editor.typedAt)
    case 'paste':
      if (action.text === '') return editor
      return change(editor, splice(text, cursor, cursor, action.text), cursor + action.text.length, 'other')
    case 'load':
      return {...emptyEditor, kills: editor.kills, text: action.text, cursor: action.text.length}
    case 'set':
      return change(editor, action.text, snap(action.text, action.cursor ?? action.text.length), 'other')
    case 'cursor':
      return move(editor, action.cursor < cursor ? snapBack(text, action.cursor) : snap(text, action.cursor))
    case 'left':
      return move(editor, before(text, cursor))
    case 'right':
      return move(editor, after(text, cursor))
    case 'word-left':
      return move(editor, wordLeft(text, cursor))
    case 'word-right':
      return move(editor, wordRight(text, cursor))
    case 'line-start':
      return move(editor, lineStart(text, cursor))
    case 'line-end':
      return move(editor, lineEnd(text, cursor))
    case 'start':
      return move(editor, 0)
    case 'end':
      return move(editor, text.length)
    case 'backspace': {
      const from = before(text, cursor)
      return from === cursor ? editor : erase(editor, from, cursor)
    }
    case 'delete': {
      const to = after(text, cursor)
      return to === cursor ? editor : erase(editor, cursor, to)
    }
    case 'kill-word-left':
      return kill(editor, wordLeft(text, cursor), cursor)
    case 'kill-space-left':
      return kill(editor, spaceLeft(text, cursor), cursor)
    case 'kill-word-right':
      return kill(editor, cursor, wordRight(text, cursor))
    case 'kill-to-start': {
      const start = lineStart(text, cursor)
      return kill(editor, start === cursor ? Math.max(0, cursor - 1) : start, cursor)
    }
    case 'kill-to-end': {
      const end = lineEnd(text, cursor)
      return kill(editor, cursor, end === cursor ? Math.min(text.length, cursor + 1) : end)
    }
    case 'yank': {
      return yank(editor, {from: cursor, to: cursor, kill: editor.kills.length - 1}, false)
    }
    case 'yank-pop': {
      const {yanked, kills} = editor
      if (editor.last !== 'yank' || !yanked) return editor
      return yank(editor, {...yanked, kill: (yanked.kill - 1 + kills.length) % kills.length}, true)
    }
    case 'transpose':
      return transpose(editor)
    case 'undo': {
      const previous = editor.undo.at(-1)
      if (!previous) return editor
      const redo = [...editor.redo, snapshot(editor)]
      return {...editor, ...previous, undo: editor.undo.slice(0, -1), redo, last: 'other'}
    }
    case 'redo': {
      const next = editor.redo.at(-1)
      if (!next) return editor
      const undo = [...editor.undo, snapshot(editor)]
      return {...editor, ...next, undo, redo: editor.redo.slice(0, -1), last: 'other'}
    }
  }
}

function splice(text: string, from: number, to: number, inserted: string): string {
  return text.slice(0, from) + inserted + text.slice(to)
}

function move(editor: Editor, cursor: number): Editor {
  return {...editor, cursor, last: 'other'}
}

function snapshot({text, cursor}: Editor): Snapshot {
  return {text, cursor}
}

/** Letters join with what was typed before them until a word begins or somebody pauses. */
function type(editor: Editor, typed: string, at: number): Editor {
  const paused = at - editor.typedAt >= PAUSE_MS
  // One chunk may hold several words.
  const pieces = typed.length > TYPED_LENGTH ? [typed] : (typed.match(/\s+|\S+/g) ?? [])
  return pieces.reduce<Editor>((state, piece, index) => {
    const begins = /^\S/.test(piece) && /\s/.test(state.text[state.cursor - 1] ?? '')
    const joins = state.last === 'type' && !begins && !(paused && index === 0)
    const text = splice(state.text, state.cursor, state.cursor, piece)
    return {...change(state, text, state.cursor + piece.length, 'type', joins), typedAt: at}
  }, editor)
}

/** Letters that are erased join as far as a space. */
function erase(editor: Editor, from: number, to: number): Editor {
  const joins = editor.last === 'erase' && /\S/.test(editor.text.slice(from, to))
  return change(editor, splice(editor.text, from, to, ''), from, 'erase', joins)
}

/** `joins`: is undone together with the change before. */
function change(editor: Editor, text: string, cursor: number, last: Editor['last'], joins = false): Editor {
  const undo = joins ? editor.undo : [...editor.undo, snapshot(editor)].slice(-KEPT_UNDO)
  // An insertion may join with its neighbours (a combining mark, half of a flag), so the cursor is moved to a boundary.
  return {...editor, text, cursor: snap(text, cursor), undo, redo: [], last}
}

function kill(editor: Editor, from: number, to: number): Editor {
  if (from >= to) return editor
  const killed = editor.text.slice(from, to)
  const newest = editor.kills.at(-1)
  const joins = editor.last === 'kill' && newest !== undefined
  const backward = to === editor.cursor
  const kills = joins
    ? [...editor.kills.slice(0, -1), backward ? killed + newest : newest + killed]
    : [...editor.kills, killed].slice(-KEPT_KILLS)
  return {...change(editor, splice(editor.text, from, to, ''), from, 'kill'), kills}
}

/** In the place from `from` to `to`. `again`: there is the kill that was yanked just now; both are undone together. */
function yank(editor: Editor, {from, to, kill}: NonNullable<Editor['yanked']>, again: boolean): Editor {
  const killed = editor.kills[kill]
  if (!killed) return editor
  const end = from + killed.length
  // The cursor may come to stand behind it, where it joins with what follows.
  const changed = change(editor, splice(editor.text, from, to, killed), end, 'yank', again)
  return {...changed, yanked: {from, to: end, kill}}
}

function transpose(editor: Editor): Editor {
  const {text, cursor} = editor
  const middle = cursor === text.length ? before(text, cursor) : cursor
  const from = before(text, middle)
  const to = after(text, middle)
  if (from === middle || to === middle) return editor
  const swapped = text.slice(middle, to) + text.slice(from, middle)
  return change(editor, splice(text, from, to, swapped), to, 'other')
}

/** Graphemes are looked for in one line only: a pasted file must not be segmented at every key. */
function boundaries(text: string, cursor: number): number[] {
  const start = lineStart(text, cursor)
  const end = lineEnd(text, cursor)
  const found = [start]
  const line = text.slice(start, end)
  for (const grapheme of graphemes(line)) found.push((found.at(-1) ?? start) + grapheme.length)
  const labels = labelsIn(line)
  if (labels.length === 0) return found
  return found.filter((at) => !labels.some((label) => at > start + label.start && at < start + label.end))
}

function before(text: string, cursor: number): number {
  if (cursor <= 0) return 0
  if (text[cursor - 1] === '\n') return cursor - 1
  return boundaries(text, cursor).findLast((at) => at < cursor) ?? 0
}

function after(text: string, cursor: number): number {
  if (cursor >= text.length) return text.length
  if (text[cursor] === '\n') return cursor + 1
  return boundaries(text, cursor).find((at) => at > cursor) ?? text.length
}

function snap(text: string, cursor: number): number {
  const at = Math.max(0, Math.min(text.length, cursor))
  return boundaries(text, at).find((boundary) => boundary >= at) ?? at
}

function snapBack(text: string, cursor: number): number {
  const at = Math.max(0, Math.min(text.length, cursor))
  return boundaries(text, at).findLast((boundary) => boundary <= at) ?? at
}

export function lineStart(text: string, cursor: number): number {
  // A negative position is taken as 0, where a newline may be.
  return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1
}

export function lineEnd(text: string, cursor: number): number {
  const end = text.indexOf('\n', cursor)
  return end === -1 ? text.length : end
}

const wordCharacter = /[\p{L}\p{N}\p{M}_]/u

function wordLeft(text: string, cursor: number): number {
  let at = cursor
  while (at > 0 && !wordCharacter.test(text.slice(before(text, at), at))) at = before(text, at)
  while (at > 0 && wordCharacter.test(text.slice(before(text, at), at))) at = before(text, at)
  return at
}

function wordRight(text: string, cursor: number): number {
  let at = cursor
  while (at < text.length && !wordCharacter.test(text.slice(at, after(text, at)))) at = after(text, at)
  while (at < text.length && wordCharacter.test(text.slice(at, after(text, at)))) at = after(text, at)
  return at
}

function spaceLeft(text: string, cursor: number): number {
  return snapBack(text, cursor - (/\S*\s*$/.exec(text.slice(0, cursor))?.[0].length ?? 0))
}
