import {diffPaint} from '../text/diff.js'
import type {Paint, Style} from '../text/style.js'
import {textWidth, truncate} from '../text/wrap.js'
import {shownLine} from '../transcript/shown-line.js'
import type {PagerLine} from './document.js'
import type {PagerRow} from './rows.js'
import type {Match} from './search.js'
import type {PagerState} from './state.js'

export interface PagerSurroundings {
  /** Which of the folds it is, from 1, and how many there are. */
  place: {at: number; of: number}
  /** What happens in the chat behind it. */
  notice: string | undefined
  /** What becomes of the part that is not here. */
  remark: string | undefined
}

/** Rows beside the text: title and keys, and a notice where there is one. */
export function frameHeight(notice: string | undefined): number {
  return notice === undefined ? 2 : 3
}

/** The whole screen: as many rows as it has, none wider than it is. */
export function pagerRows(state: PagerState, {place, notice, remark}: PagerSurroundings, style: Style): string[] {
  const {width, height, rows, top, document} = state
  const where = place.of > 1 ? ` ${place.at} of ${place.of}` : ''
  const title = truncate(` ${document.title}`, width - where.length - 1)
  const gap = ' '.repeat(Math.max(0, width - textWidth(title) - where.length - 1))
  const text = Array.from({length: height}, (_, index) => {
    const row = rows[top + index]
    return row ? textRow(state, row, style) : style.dim('~')
  })
  return [
    style.inverse(truncate(`${title}${gap}${where} `, width)),
    ...text,
    ...(notice === undefined ? [] : [style.bold(style.warning(truncate(notice, width)))]),
    keysRow(state, remark, place.of > 1, style),
  ]
}

function textRow(state: PagerState, {line, start, end}: PagerRow, style: Style): string {
  const {text, kind} = state.document.lines[line] ?? {text: '', kind: 'plain'}
  const paint = paintOf(kind, style)
  let row = ''
  let at = start
  for (const {match, index} of matchesIn(state.matches, line, start, end)) {
    const from = Math.max(at, match.start)
    const to = Math.min(end, match.end)
    const found: Paint = (part) => (index === state.match ? style.inverse(style.warning(part)) : style.inverse(part))
    row += paint(text.slice(at, from)) + found(text.slice(from, to))
    at = to
  }
  return row + paint(text.slice(at, end))
}

function* matchesIn(matches: readonly Match[], line: number, start: number, end: number) {
  let low = 0
  let high = matches.length
  while (low < high) {
    const middle = (low + high) >> 1
    const match = matches[middle]
    if (match && (match.line < line || (match.line === line && match.end <= start))) low = middle + 1
    else high = middle
  }
  for (let index = low; index < matches.length; index++) {
    const match = matches[index]
    if (!match || match.line !== line || match.start >= end) return
    yield {match, index}
  }
}

function paintOf(kind: PagerLine['kind'], style: Style): Paint {
  if (kind === 'plain') return (text) => text
  if (kind === 'quiet') return style.dim
  if (kind === 'note') return style.warning
  return diffPaint(kind, style)
}

/** What is searched for, else the place and the keys. */
function keysRow(state: PagerState, remark: string | undefined, others: boolean, style: Style): string {
  const {width, typing, query, matches, match} = state
  // The end of what is typed is seen.
  if (typing !== undefined) return truncate(`/${tail(shownLine(typing), width - 2)}_`, width)
  const found =
    query === ''
      ? ''
      : matches.length === 0
        ? `not found: ${shownLine(query)}`
        : `${shownLine(query)}: ${(match ?? 0) + 1} of ${matches.length}`
  const head = [position(state), remark, found].filter(Boolean).join(' · ')
  const keys = [
    `/ search · n N next · ↑↓ PgUp PgDn g G${others ? ' · ← → others' : ''} · q back`,
    `/ search${others ? ' · ← → others' : ''} · q back`,
    'q back',
  ]
  const room = width - textWidth(head) - 3
  const fits = keys.find((text) => textWidth(text) <= room)
  return style.dim(truncate(fits === undefined ? head : `${head} · ${fits}`, width))
}

function position({rows, top, height}: PagerState): string {
  if (rows.length <= height) return 'all'
  const last = Math.min(rows.length, top + height)
  return `${top + 1}–${last} of ${rows.length}`
}

function tail(text: string, width: number): string {
  let shown = text
  while (textWidth(shown) > Math.max(0, width)) shown = [...shown].slice(1).join('')
  return shown
}
