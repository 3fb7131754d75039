import * as answers from '../../chat/print/answer.js'
import type {SessionOpened} from '../../protocol/methods.js'
import type {StopReason} from '../../protocol/stop-reason.js'
import {toolsOfTurn} from '../../tui/transcript/reconcile.js'

/** A turn that killed this many gateways is not tried again by itself. */
export const POISON_DEATHS = 2

/** A prompt of the editor that was sent to a gateway which died. */
export interface LostTurn {
  promptId: string
  text: string
  /** What the editor was shown; brought up to date. */
  answer: answers.Answer
  /** A tool was started: the prompt is not sent once more by itself. */
  toolRan: boolean
  deaths: number
}

export interface Abilities {
  /** It goes on with a broken reply. */
  continues: boolean
  /** A prompt that is sent again under its id has one turn. */
  knowsPrompts: boolean
}

/** What follows for the turn. `show`: text of the reply that the editor has not been shown. */
export type Recovered = {show: string} /** It runs, and its rest comes as events. */ & (
  | {kind: 'runs'}
  /** The gateway is asked to go on with it. */
  | {kind: 'continue'}
  /** It is over. */
  | {kind: 'over'; failed: boolean; stopReason: StopReason | undefined; warning: string | undefined}
  /** The prompt is sent again; it was never begun, or nothing was done for it. */
  | {kind: 'submit'; stored: boolean}
  /** Nothing is done by itself. */
  | {kind: 'lost'; why: string}
)

/** What became of a turn whose gateway died, by what the session holds of it now. */
export function recovered(turn: LostTurn, opened: SessionOpened, can: Abilities): Recovered {
  const {promptId, text, answer} = turn
  const {interrupted, inflight, ended, messages} = opened
  if (opened.running && inflight?.prompt_id === promptId) {
    const tools = toolsOfTurn(messages, promptId)
    const {assistant, reasoning = ''} = inflight
    return {kind: 'runs', show: answers.adoptStored(answer, {assistant, reasoning, tools})}
  }
  if (ended && ended.prompt_id === promptId) {
    const stored = interrupted ?? answers.findTurn(messages, promptId, text)
    const show =
      'assistant' in stored
        ? answers.adoptStored(answer, stored)
        : stored.kind === 'answered'
          ? answers.adoptAnswered(answer, stored)
          : ''
    return {kind: 'over', show, failed: false, stopReason: ended.stop_reason, warning: ended.warning}
  }
  if (interrupted && interrupted.prompt_id === promptId) {
    const show = answers.adoptStored(answer, interrupted)
    const deaths = Math.max(turn.deaths, interrupted.deaths)
    if (deaths >= POISON_DEATHS) return {kind: 'lost', show, why: poisoned(deaths)}
    return can.continues ? {kind: 'continue', show} : {...again(turn, true), show}
  }
  const stored = answers.findTurn(messages, promptId, text)
  if (stored.kind === 'answered') {
    const show = answers.adoptAnswered(answer, stored)
    return {kind: 'over', show, failed: stored.failed, stopReason: undefined, warning: undefined}
  }
  if (stored.kind === 'absent' && can.knowsPrompts && turn.deaths < POISON_DEATHS) {
    return {kind: 'submit', show: '', stored: false}
  }
  return {...again(turn, stored.kind === 'unanswered'), show: ''}
}

function again(
  {toolRan, deaths}: LostTurn,
  stored: boolean,
): {kind: 'submit'; stored: boolean} | {kind: 'lost'; why: string} {
  if (deaths >= POISON_DEATHS) return {kind: 'lost', why: poisoned(deaths)}
  if (toolRan) return {kind: 'lost', why: 'the reply was lost after a tool had run; it is not run again by itself'}
  return {kind: 'submit', stored}
}

const poisoned = (deaths: number) =>
  `the gateway died ${deaths} times at this prompt; it is not tried again by itself. What was shown is stored`
