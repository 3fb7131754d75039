import {queued} from '../state/prompts.js'
import type {ChatState} from '../state/state.js'
import {statusOf} from '../state/status/status.js'
import {elapsed, shortCount} from '../text/amounts.js'
import {dollars} from '../text/money.js'
import {oneLine} from '../text/sanitize.js'
import {jobCount} from '../transcript/job-words.js'
import type {ScreenOptions} from './part.js'
import {folderPart, type StatusPart, statusPart, statusRow} from './status-row.js'

/** State, model, folder and branch, title, context, cost: as much of it as fits. */
export function statusLine(state: ChatState, {columns, style, now, tick, key}: ScreenOptions): string {
  const status = statusOf(state, now, key)
  const {tone} = status
  const moving = tone === 'busy' || (tone === 'warn' && state.view.phase !== 'closed' && !state.elsewhere)
  const time = state.turn && tone === 'busy' ? ` ${elapsed(now - state.turn.startedAt)}` : ''
  return statusRow(status, statusParts(state), {columns, style, tick: moving ? tick : undefined, time})
}

/** In the order in which they stand. The model and the folder can be asked for; what runs out cannot wait. */
function statusParts(state: ChatState): StatusPart[] {
  const {model, title, cwd, branch, usage, permissionMode} = state.session
  const parts: StatusPart[] = []
  const add = (rank: number, full: string, short?: string) => parts.push(statusPart(rank, full, short))
  if (permissionMode !== undefined && permissionMode !== 'ask') add(0, permissionMode)
  if (model) add(4, oneLine(model, 60), oneLine(model.slice(model.lastIndexOf('/') + 1), 24))
  if (cwd) parts.push(folderPart(cwd, branch))
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
