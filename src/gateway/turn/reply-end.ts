import {type StopReason, stopReasons} from '../../protocol/stop-reason.js'
import type {FinishReason} from '../models/types.js'

/** One step of a model as it came to its end. */
export interface EndedStep {
  text: string
  reasoning: string
  calls: number
  reason: FinishReason
  /** The provider's own word for the reason. */
  said?: string
}

/** A reply that is over and not whole. */
export interface IncompleteEnd {
  /** `interrupted`: it can be continued. */
  status: 'complete' | 'interrupted'
  warning: string
  stopReason: StopReason
}

/**
 * What is to be told of a reply that its provider ended; undefined: nothing, and its calls run. Calls of a reply that was
 * cut off do not, since nobody knows which of them are whole.
 */
export function incompleteEnd({text, reasoning, calls, reason, said}: EndedStep): IncompleteEnd | undefined {
  const notRun =
    calls === 0 ? '' : calls === 1 ? ' Its tool call was not run.' : ` Its ${calls} tool calls were not run.`
  const status = calls === 0 ? 'complete' : 'interrupted'
  switch (reason) {
    case 'length':
      return {
        status: 'interrupted',
        warning: `The reply was cut off at the longest output that is allowed.${notRun} /continue goes on.`,
        stopReason: 'length',
      }
    case 'content-filter':
      return {status, warning: `The provider's content filter ended the reply.${notRun}`, stopReason: reason}
    case 'refusal':
      return {status, warning: `The model refused to answer.${notRun}`, stopReason: reason}
    case 'malformed-call':
      return {
        status: 'interrupted',
        warning: `The model wrote a tool call that cannot be read; nothing was run. /continue lets it go on.`,
        stopReason: reason,
      }
  }
  if (calls > 0) return undefined
  if (reason === 'other') {
    return {
      status,
      warning: `The provider ended the reply with ${JSON.stringify(said ?? 'no reason')}.`,
      stopReason: 'other',
    }
  }
  if (text.trim() !== '') return undefined
  return reasoning.trim() === ''
    ? {status, warning: 'The model ended its reply without a word. /retry asks again.', stopReason: 'empty'}
    : {status, warning: 'The model only thought, and gave no answer. /retry asks again.', stopReason: 'reasoning-only'}
}

type ToldEnd = Pick<IncompleteEnd, 'warning' | 'stopReason'>

/** As it is stored with its turn, for a process that dies before it has told it. */
export function storedEnd({stopReason, warning}: ToldEnd): string {
  return `${stopReason}: ${warning}`
}

/** What {@link storedEnd} wrote; undefined for whatever else is stored of a turn's end. */
export function readStoredEnd(text: string | null): ToldEnd | undefined {
  const stopReason = stopReasons.find((reason) => text?.startsWith(`${reason}: `))
  return text === null || stopReason === undefined
    ? undefined
    : {stopReason, warning: text.slice(stopReason.length + 2)}
}
