import type {PagerDocument} from './document.js'
import {type PagerRow, rowAt, rowsOf} from './rows.js'
import {firstFrom, type Match, matchesOf} from './search.js'

/** A place in a document, laid out for a size. Every change gives a new one. */
export interface PagerState {
  readonly document: PagerDocument
  /** Columns, and rows of text. */
  readonly width: number
  readonly height: number
  readonly rows: readonly PagerRow[]
  /** First row that is shown. */
  readonly top: number
  /** What is being typed after `/`; undefined where nothing is. */
  readonly typing: string | undefined
  readonly query: string
  readonly matches: readonly Match[]
  /** Index of the match that was gone to last. */
  readonly match: number | undefined
}

export type PagerKey =
  | {name: 'text'; text: string}
  | {
      name:
        | 'up'
        | 'down'
        | 'left'
        | 'right'
        | 'pageup'
        | 'pagedown'
        | 'home'
        | 'end'
        | 'return'
        | 'escape'
        | 'backspace'
        | 'ctrl-b'
        | 'ctrl-c'
        | 'ctrl-d'
        | 'ctrl-f'
        | 'ctrl-l'
        | 'ctrl-o'
        | 'ctrl-u'
        | 'ctrl-z'
    }

/** What a key asks for that is not of the document. */
export type PagerWish = 'close' | 'previous' | 'next' | 'redraw' | 'suspend'

const LONGEST_QUERY = 200

export function openDocument(document: PagerDocument, size: {width: number; height: number}): PagerState {
  const width = Math.max(1, size.width)
  return {
    document,
    width,
    height: Math.max(1, size.height),
    rows: rowsOf(document.lines, width, document.prose),
    top: 0,
    typing: undefined,
    query: '',
    matches: [],
    match: undefined,
  }
}

/** The same place in another size, or in a document that has more. */
export function laidOut(
  state: PagerState,
  size: {width: number; height: number},
  document = state.document,
): PagerState {
  const width = Math.max(1, size.width)
  const height = Math.max(1, size.height)
  const same = width === state.width && document === state.document
  if (same && height === state.height) return state
  const rows = same ? state.rows : rowsOf(document.lines, width, document.prose)
  const at = state.rows[state.top]
  const matches = document === state.document ? state.matches : matchesOf(document.lines, state.query)
  const match =
    state.match === undefined || matches.length === 0 ? undefined : Math.min(state.match, matches.length - 1)
  return scrolled({...state, document, width, height, rows, matches, match}, at ? rowAt(rows, at.line, at.start) : 0)
}

/** What a key does. */
export function pressed(state: PagerState, key: PagerKey): {state: PagerState; wish?: PagerWish} {
  if (key.name === 'ctrl-l') return {state, wish: 'redraw'}
  if (key.name === 'ctrl-z') return {state, wish: 'suspend'}
  if (key.name === 'ctrl-c' || key.name === 'ctrl-o') return {state, wish: 'close'}
  return state.typing === undefined ? reading(state, key) : {state: typed(state, state.typing, key)}
}

function reading(state: PagerState, key: PagerKey): {state: PagerState; wish?: PagerWish} {
  const {top, height, rows} = state
  const page = Math.max(1, height - 1)
  const half = Math.max(1, Math.floor(height / 2))
  switch (key.name === 'text' ? key.text : key.name) {
    case 'escape':
    case 'q':
      return {state, wish: 'close'}
    case 'left':
    case '[':
      return {state, wish: 'previous'}
    case 'right':
    case ']':
      return {state, wish: 'next'}
    case 'up':
    case 'k':
      return {state: scrolled(state, top - 1)}
    case 'down':
    case 'j':
    case 'return':
      return {state: scrolled(state, top + 1)}
    case 'pageup':
    case 'ctrl-b':
    case 'b':
      return {state: scrolled(state, top - page)}
    case 'pagedown':
    case 'ctrl-f':
    case 'f':
    case ' ':
      return {state: scrolled(state, top + page)}
    case 'ctrl-u':
      return {state: scrolled(state, top - half)}
    case 'ctrl-d':
      return {state: scrolled(state, top + half)}
    case 'home':
    case 'g':
      return {state: scrolled(state, 0)}
    case 'end':
    case 'G':
      return {state: scrolled(state, rows.length)}
    case '/':
      return {state: {...state, typing: ''}}
    case 'n':
      return {state: atMatch(state, (state.match ?? -1) + 1)}
    case 'N':
      return {state: atMatch(state, (state.match ?? 0) - 1)}
    default:
      return {state}
  }
}

function typed(state: PagerState, typing: string, key: PagerKey): PagerState {
  switch (key.name) {
    case 'escape':
      return {...state, typing: undefined}
    case 'backspace':
      return {...state, typing: typing === '' ? undefined : [...typing].slice(0, -1).join('')}
    case 'return':
      return searched({...state, typing: undefined}, typing === '' ? state.query : typing)
    case 'text':
      return {...state, typing: (typing + key.text).slice(0, LONGEST_QUERY)}
    default:
      return state
  }
}

/** Goes to the first match that is on the screen or below it. */
export function searched(state: PagerState, query: string): PagerState {
  const matches = matchesOf(state.document.lines, query)
  const at = state.rows[state.top]
  const found = {...state, query, matches, match: undefined}
  return matches.length === 0 ? found : atMatch(found, firstFrom(matches, at?.line ?? 0, at?.start ?? 0))
}

/** Of a match beyond the ends the one at the other end. */
function atMatch(state: PagerState, index: number): PagerState {
  const {matches, rows, top, height} = state
  if (matches.length === 0) return state
  const match = (index + matches.length) % matches.length
  const {line, start} = matches[match] ?? {line: 0, start: 0}
  const row = rowAt(rows, line, start)
  const seen = row >= top && row < top + height
  return scrolled({...state, match}, seen ? top : row - Math.floor(height / 3))
}

function scrolled(state: PagerState, top: number): PagerState {
  return {...state, top: Math.max(0, Math.min(top, state.rows.length - state.height))}
}
