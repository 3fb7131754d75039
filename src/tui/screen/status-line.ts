import {queued} from '../state/prompts.js'
import type {ChatState} from '../state/state.js'
import {elapsed, shortCount, statusOf} from '../state/status.js'
import {dollars} from '../text/money.js'
import {placeOf} from '../text/place.js'
import {oneLine} from '../text/sanitize.js'
import {textWidth, truncate} from '../text/wrap.js'
import {jobCount} from '../transcript/job-words.js'
import type {ScreenOptions} from './part.js'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

const SEPARATOR = ' · '

/** State, model, folder and branch, title, context, cost: as much of it as fits. */
export function statusLine(state: ChatState, {columns, style, now, tick, key}: ScreenOptions): string {
  const {tone, text} = statusOf(state, now, key)
  const paint = {good: style.good, busy: style.busy, warn: style.warning, error: style.error}[tone]
  const moving = tone === 'busy' || (tone === 'warn' && state.view.phase !== 'closed' && !state.elsewhere)
  const mark = moving ? (frames[tick % frames.length] ?? '●') : '●'
  const time = state.turn && tone === 'busy' ? ` ${elapsed(now - state.turn.startedAt)}` : ''
  const head = truncate(`${mark} ${oneLine(text, 200)}${time}`, columns)
  const parts = fitting(statusParts(state), columns - textWidth(head))
  return paint(head) + parts.map((part) => style.dim(SEPARATOR + part)).join('')
}

/** A part of the line, in full and, where there is no room for that, in short. What has the highest rank goes first. */
interface StatusPart {
  full: string
  short?: string
  rank: number
}

/** In the order in which they stand. The model and the folder can be asked for; what runs out cannot wait. */
function statusParts(state: ChatState): StatusPart[] {
  const {model, title, cwd, branch, usage, permissionMode} = state.session
  const parts: StatusPart[] = []
  const add = (rank: number, full: string, short?: string) =>
    parts.push(short === undefined || short === full ? {full, rank} : {full, short, rank})
  if (permissionMode !== undefined && permissionMode !== 'ask') add(0, permissionMode)
  if (model) add(4, oneLine(model, 60), oneLine(model.slice(model.lastIndexOf('/') + 1), 24))
  if (cwd) add(5, branch ? `${placeOf(cwd)} (${oneLine(branch, 40)})` : placeOf(cwd), placeOf(cwd))
  if (title) add(6, oneLine(title, 40))
  if (usage && usage.total > 0) {
    const percent = usage.context_percent === undefined ? undefined : `${Math.round(usage.context_percent)}%`
    if (percent !== undefined) add(2, `${percent} of context`, percent)
    else add(7, `${shortCount(usage.total)} tokens`)
    const {cost_usd: usd, unpriced_calls: unpriced = 0} = usage
    // A price that is not known is told by /cost.
    if (usd !== undefined && usd > 0) add(3, dollars(usd, {unpriced: unpriced > 0}))
  }
  const jobs = jobCount(state.jobs)
  if (jobs !== undefined) add(1, jobs)
  const waiting = queued(state.prompts).length
  if (waiting > 0) add(1, `${waiting} queued`)
  return parts
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
