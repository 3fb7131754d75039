import type {Status} from '../state/status/starting.js'
import {placeOf} from '../text/place.js'
import {oneLine} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {textWidth, truncate} from '../text/wrap.js'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

const SEPARATOR = ' · '

/** A part of the line, in full and, where there is no room for that, in short. What has the highest rank goes first. */
export interface StatusPart {
  full: string
  short?: string
  rank: number
}

export function statusPart(rank: number, full: string, short?: string): StatusPart {
  return short === undefined || short === full ? {full, rank} : {full, short, rank}
}

/** The folder, with the branch where there is one. */
export function folderPart(cwd: string, branch = ''): StatusPart {
  const place = placeOf(cwd)
  return statusPart(5, branch === '' ? place : `${place} (${oneLine(branch, 40)})`, place)
}

export interface StatusRowOptions {
  columns: number
  style: Style
  /** Counts up; undefined where nothing turns. */
  tick: number | undefined
  /** Behind the words. */
  time?: string
}

/** What the chat does, then as much as fits of the parts, in their order. */
export function statusRow(
  {tone, text}: Status,
  parts: readonly StatusPart[],
  {columns, style, tick, time = ''}: StatusRowOptions,
): string {
  const paint = {good: style.good, busy: style.busy, warn: style.warning, error: style.error}[tone]
  const mark = tick === undefined ? '●' : (frames[tick % frames.length] ?? '●')
  const head = truncate(`${mark} ${oneLine(text, 200)}${time}`, columns)
  const shown = fitting(parts, columns - textWidth(head))
  return paint(head) + shown.map((part) => style.dim(SEPARATOR + part)).join('')
}

/** First what matters most gets room, in short where it has to, then in full. */
function fitting(parts: readonly StatusPart[], room: number): string[] {
  let left = room
  const shown = new Map<StatusPart, string>()
  const byRank = [...parts].sort((a, b) => a.rank - b.rank)
  for (const part of byRank) {
    const text = part.short ?? part.full
    const width = textWidth(SEPARATOR + text)
    if (width > left) continue
    shown.set(part, text)
    left -= width
  }
  for (const part of byRank) {
    const text = shown.get(part)
    const more = text === undefined ? 0 : textWidth(part.full) - textWidth(text)
    if (text === undefined || more > left) continue
    shown.set(part, part.full)
    left -= more
  }
  return parts.flatMap((part) => shown.get(part) ?? [])
}
