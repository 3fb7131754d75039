import type {HookAnswer} from './tool-hooks.js'

/** Setting `hooks.toolBeforeFailure`. */
export type HookFailurePolicy = 'permissions' | 'ask' | 'deny'

/** Who has the person asked about a call, and why. */
export interface AskedBy {
  by: string
  reason: string
}

/** What becomes of a call before rules and mode are asked. `note`: who could say nothing to it, in words. */
export type HookVerdict = {kind: 'go'; note?: string} | {kind: 'deny'; error: string} | {kind: 'ask'; askedBy: AskedBy}

/** Hooks only ever tighten: `go` leaves the call to rules and mode. */
export function verdictOf(answer: HookAnswer, onFailure: HookFailurePolicy): HookVerdict {
  switch (answer.kind) {
    case 'none':
      return {kind: 'go'}
    case 'deny':
      return {kind: 'deny', error: `denied by ${answer.by}: ${answer.reason}`}
    case 'ask':
      return {kind: 'ask', askedBy: {by: answer.by, reason: answer.reason}}
    case 'missed': {
      const missed = `${answer.by} could not decide: ${answer.why}`
      if (onFailure === 'ask') return {kind: 'ask', askedBy: {by: answer.by, reason: `could not decide: ${answer.why}`}}
      if (onFailure === 'deny') return {kind: 'deny', error: `denied, as ${missed} (hooks.toolBeforeFailure)`}
      return {kind: 'go', note: `without ${answer.by}: ${answer.why}`}
    }
  }
}

/** The model's word for a call of which the person cannot be asked. */
export function nobodyToAsk({by, reason}: AskedBy): string {
  return `${by} wants the person to be asked (${reason}), and nobody can be asked in this run`
}

/** What the person is told of who asks. */
export const whyAsked = ({by, reason}: AskedBy): string => `${by} asks: ${reason}`
