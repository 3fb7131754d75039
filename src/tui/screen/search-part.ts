import {hintOf} from '../../keys/text.js'
import type {HistorySearch} from '../composer/history-search.js'
import {oneLine} from '../text/sanitize.js'
import {textWidth, truncate} from '../text/wrap.js'
import {keysOf, type Part, type ScreenOptions} from './part.js'

/** Longest piece of the text that is looked at on either side of a match. */
const AROUND = 400

/** What is looked for, and the match with that in it marked. */
export function searchPart(search: HistorySearch, options: ScreenOptions): Part {
  const {columns, style, found} = options
  const {query, forward, failed} = search
  const direction = forward ? 'search, newer' : 'search, older'
  const head = `${failed ? `no more · ${direction}` : direction}: ${oneLine(query, 200)}`
  const key = keysOf(options)
  const how = hintOf([
    [key('search-older'), 'older'],
    [key('search-newer'), 'newer'],
    [key('search-take'), 'takes it'],
    [key('search-close'), 'gives the draft back'],
  ])
  const keys = style.dim(truncate(how, columns))
  const cursor = {x: Math.min(columns - 1, textWidth(head)), y: 0}
  const shown = failed ? style.warning(truncate(head, columns)) : truncate(head, columns)
  if (!found) {
    const nothing = query === '' ? 'type a part of an earlier prompt' : 'nothing found'
    return {rows: [shown, style.dim(truncate(`  ${nothing}`, columns)), keys], cursor}
  }
  const {text, from, to} = found
  const before = piece(text.slice(Math.max(0, from - AROUND), from).trimStart())
  const match = piece(text.slice(from, to))
  const after = piece(text.slice(to, to + AROUND).trimEnd())
  const room = Math.max(1, columns - 2)
  const own = truncate(match, room)
  // The match is to be seen, with what stands before it as far as there is room.
  const lead = lastColumns(
    before,
    Math.max(0, room - textWidth(own) - Math.min(textWidth(after), Math.floor(room / 3))),
  )
  const rest = Math.max(0, room - textWidth(own) - textWidth(lead))
  const tail = rest > 0 ? truncate(after, rest) : ''
  return {rows: [shown, `  ${style.dim(lead)}${style.inverse(own)}${style.dim(tail)}`, keys], cursor}
}

/** In one line, with the blanks that part it from its neighbours. */
function piece(text: string): string {
  const [start, end] = [/^\s/.test(text) ? ' ' : '', /\S.*\s$/s.test(text) ? ' ' : '']
  return start + oneLine(text, AROUND) + end
}

/** The end of a text that is too long, behind a mark. */
function lastColumns(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width < 2) return ''
  let kept = text.slice(-width)
  while (textWidth(kept) > width - 1) kept = kept.slice(1)
  return `…${kept.toWellFormed()}`
}
