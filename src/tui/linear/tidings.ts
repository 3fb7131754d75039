import {agentCount} from '../state/agents.js'
import {type ChatState, openQuestion} from '../state/state.js'
import {recoveryText} from '../state/status/status.js'
import {elapsed} from '../text/amounts.js'
import {oneLine} from '../text/sanitize.js'
import {jobCount} from '../transcript/job-words.js'
import {pickerLines} from './picker-lines.js'
import {questionLines} from './question-lines.js'
import {here} from './words.js'

/** What a screen would show in its living part: told once, when it begins or changes. */
export function tidings(before: ChatState, after: ChatState, {now, width}: {now: number; width: number}): string[] {
  const lines = [...ofGateway(before, after, now), ...ofModel(before, after, now)]
  const jobs = jobCount(after.jobs)
  if (jobs !== jobCount(before.jobs))
    lines.push(jobs === undefined ? 'no job runs any more' : `${jobs} in the background`)
  for (const {id, name, state} of after.agents) {
    const known = before.agents.find((agent) => agent.id === id)
    const began = state !== 'waiting' && (known === undefined || known.state === 'waiting')
    if (began) lines.push(`sub-agent begins: ${oneLine(name, 60)}`)
  }
  const atWork = agentCount(after.agents)
  if (atWork !== undefined && after.agents.length < before.agents.length) lines.push(atWork)
  for (const {key, text} of after.sticky) {
    if (!before.sticky.some((one) => one.key === key && one.text === text)) lines.push(here(oneLine(text, 400)))
  }
  if (after.hint && after.hint !== before.hint) lines.push(here(oneLine(after.hint, 400)))
  if (after.picker && after.picker !== before.picker) {
    const listed = pickerLines(after.picker)
    // What is asked for again may be the same.
    if (!before.picker || pickerLines(before.picker).join('\n') !== listed.join('\n')) lines.push(...listed)
  }
  const asked = openQuestion(after)
  if (asked && asked.id !== openQuestion(before)?.id) {
    lines.push(...questionLines(asked, {cwd: after.session.cwd, waiting: after.questions.length, width}))
  }
  return lines
}

function ofGateway({view: before}: ChatState, {view, session}: ChatState, now: number): string[] {
  const lines: string[] = []
  // The death itself is told by the transcript.
  if (view.recovering && view.attempt > 1 && view.attempt !== before.attempt) {
    lines.push(recoveryText(view, session.key !== undefined))
  }
  if (view.phase === 'exhausted' && before.phase !== 'exhausted') {
    const remedy = view.lastExit?.remedy
    if (remedy) lines.push(`try: ${oneLine(remedy, 400)}`)
    lines.push('/recover starts it again; Ctrl+C twice leaves')
  }
  if (view.silence && !before.silence) {
    const since = elapsed(now - view.silence.since)
    lines.push(
      view.silence.stopped
        ? `the gateway is stopped; kill -CONT ${view.pid} lets it go on, /restart ends it`
        : `nothing from the gateway for ${since}; /restart begins another`,
    )
  }
  return lines
}

function ofModel(before: ChatState, {wait}: ChatState, now: number): string[] {
  if (!wait || wait === before.wait) return []
  if (wait.kind === 'silent') {
    return before.wait?.kind === 'silent'
      ? []
      : [`nothing from the model for ${elapsed(now - wait.since)}; Ctrl+C ends the wait`]
  }
  const when = elapsed(Math.ceil(Math.max(0, wait.until - now) / 1000) * 1000)
  return [`${oneLine(wait.reason, 400)}; again in ${when}, try ${wait.attempt} of ${wait.limit}; Ctrl+C ends it`]
}
