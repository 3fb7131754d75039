import {queued} from '../state/prompts.js'
import type {ChatState} from '../state/state.js'
import {elapsed, shortCount, statusOf} from '../state/status.js'
import {placeOf} from '../text/place.js'
import {oneLine} from '../text/sanitize.js'
import {stripSgr, textWidth, truncate} from '../text/wrap.js'
import type {ScreenOptions} from './part.js'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** State, model, folder and branch, title, tokens: as much of it as fits. */
export function statusLine(state: ChatState, {columns, style, now, tick}: ScreenOptions): string {
  const {tone, text} = statusOf(state, now)
  const paint = {good: style.good, busy: style.busy, warn: style.warning, error: style.error}[tone]
  const moving = tone === 'busy' || (tone === 'warn' && state.view.phase !== 'closed' && !state.elsewhere)
  const mark = moving ? (frames[tick % frames.length] ?? '●') : '●'
  const time = state.turn && tone === 'busy' ? ` ${elapsed(now - state.turn.startedAt)}` : ''
  let line = paint(truncate(`${mark} ${oneLine(text, 200)}${time}`, columns))
  for (const part of statusParts(state)) {
    const next = `${line}${style.dim(` · ${part}`)}`
    if (textWidth(stripSgr(next)) > columns) break
    line = next
  }
  return line
}

function statusParts(state: ChatState): string[] {
  const {model, title, cwd, branch, usage} = state.session
  const parts: string[] = []
  const {permissionMode} = state.session
  if (permissionMode !== undefined && permissionMode !== 'ask') parts.push(permissionMode)
  if (model) parts.push(oneLine(model, 60))
  if (cwd) parts.push(branch ? `${placeOf(cwd)} (${oneLine(branch, 40)})` : placeOf(cwd))
  if (title) parts.push(oneLine(title, 40))
  if (usage && usage.total > 0) {
    const percent = usage.context_percent
    const context = percent === undefined ? '' : ` (${Math.round(percent)}% of context)`
    parts.push(`${shortCount(usage.total)} tokens${context}`)
  }
  const waiting = queued(state.prompts).length
  if (waiting > 0) parts.push(`${waiting} queued`)
  return parts
}
