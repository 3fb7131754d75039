import {type KeyNames, tableKeys} from '../../../keys/text.js'
import type {ExitReport, SupervisorView} from '../../../supervisor/types.js'
import {elapsed} from '../../text/amounts.js'
import {oneLine} from '../../text/sanitize.js'
import {doingWords} from '../../transcript/tool-lines/words.js'
import {agentCount} from '../agents.js'
import {type ChatState, isBusy, type ModelWait} from '../state.js'
import {type Status, starting} from './starting.js'

/** What the status line says of the gateway; always derived, never remembered. `key`: default as in the table. */
export function statusOf(state: ChatState, now: number = Date.now(), key: KeyNames = tableKeys): Status {
  const {view} = state
  if (view.phase === 'closing' || view.phase === 'closed') return {tone: 'warn', text: 'closing…'}
  if (view.phase === 'exhausted') {
    const ways = [key('recover'), '/recover'].filter(Boolean).join(' or ')
    return {tone: 'error', text: `gateway is down · ${ways}`}
  }
  if (state.elsewhere?.gone && !view.recovering) return {tone: 'warn', text: 'read only · ended there · Enter'}
  if (state.elsewhere?.watched && view.phase === 'live' && !view.silence) {
    if (!state.turn) return {tone: 'good', text: 'watching · nothing runs there'}
    return {tone: 'busy', text: `watching · ${turnText(state, now)}`}
  }
  if (state.elsewhere && !state.elsewhere.watched && !view.recovering)
    return {tone: 'warn', text: 'read only · open in another hermes · Enter'}
  if (view.problem && !view.session && state.picker?.kind === 'session')
    return {tone: 'good', text: 'no session yet · which one?'}
  if (view.problem && !view.session) return {tone: 'error', text: 'no session · /new or /sessions'}
  if (view.recovering) return {tone: 'warn', text: recoveryText(view, state.session.key !== undefined)}
  if (view.phase !== 'live' || !view.session) return starting
  if (view.silence) return {tone: 'warn', text: silenceText(view, now)}
  if (state.questions.length > 0) return {tone: 'busy', text: 'waiting for your answer'}
  if (state.turn) return {tone: 'busy', text: turnText(state, now)}
  if (state.compacting !== undefined) return {tone: 'busy', text: `${oneLine(state.compacting, 80)}… · Esc ends it`}
  if (isBusy(state)) return {tone: 'busy', text: 'sending…'}
  return {tone: 'good', text: 'ready'}
}

/** `recovering session… (2/3)`: the attempt and the budget. */
export function recoveryText(view: SupervisorView, hasSession: boolean): string {
  const what = hasSession ? 'recovering session…' : 'starting again…'
  return view.attempt > 0 ? `${what} (${view.attempt}/${view.limit})` : what
}

/** A gateway that is only told of: it is the person who ends it. */
function silenceText({silence, pid}: SupervisorView, now: number): string {
  const since = elapsed(now - (silence?.since ?? now))
  if (silence?.stopped) return `the gateway is stopped, ${since} · kill -CONT ${pid} lets it go on, /restart ends it`
  return `nothing from the gateway for ${since} · /restart begins another`
}

function turnText(state: ChatState, now: number): string {
  const {turn} = state
  if (!turn) return ''
  if (turn.interrupting) return 'interrupting…'
  if (turn.attempt !== undefined && !turn.started) return `the gateway goes on with the reply (try ${turn.attempt})`
  if (state.wait) return waitText(state.wait, now)
  const agents = agentCount(state.agents)
  if (agents !== undefined) return agents
  if (turn.open.length === 1) return doingWords(oneLine(turn.open[0]?.name ?? '', 60))
  if (turn.open.length > 1) return `running ${turn.open.length} tools`
  if (turn.generating) return `${doingWords(oneLine(turn.generating, 60))}…`
  if (state.activity) return state.activity
  if (turn.pendingReasoning) return 'thinking'
  return turn.text ? 'writing' : 'waiting for the model'
}

function waitText(wait: ModelWait, now: number): string {
  if (wait.kind === 'silent') return `nothing from the model for ${elapsed(now - wait.since)} · Esc ends it ·`
  const left = wait.until - now
  const when = left > 0 ? `again in ${elapsed(Math.ceil(left / 1000) * 1000)}` : 'asking again'
  return `${wait.reason} · ${when} (${wait.attempt}/${wait.limit}) · Esc ends it ·`
}

/** `external-sigkill, likely`: the words of `hermes doctor`, and how sure it is where it is not. */
export function causeText({cause, confidence}: Pick<ExitReport, 'cause' | 'confidence'>): string {
  return confidence === 'certain' ? cause : `${cause}, ${confidence === 'likely' ? 'likely' : 'not sure'}`
}
