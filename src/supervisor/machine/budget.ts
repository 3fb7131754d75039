import type {RecoveryPolicy} from '../types.js'

/**
 * How often a gateway may be respawned by itself. Pure; all times are milliseconds of a monotonic
 * clock, since a wall clock that steps would re-arm the budget or block recovery for an hour.
 */
export interface Budget {
  /** When respawns were, or for the last one is, due; oldest first. */
  readonly respawns: readonly number[]
  /** Respawns since a gateway was last stable; picks the back-off. */
  readonly consecutive: number
}

export const freshBudget: Budget = {respawns: [], consecutive: 0}

export interface Spending {
  granted: boolean
  budget: Budget
  /** Pause before the respawn. */
  delayMs: number
  /** Respawns in the window that decides, this one included when it is granted. */
  attempt: number
  limit: number
  windowMs: number
}

/** A respawn after a gateway that was ready for `readyMs` (0: never ready). `random` is in [0, 1). */
export function spend(budget: Budget, policy: RecoveryPolicy, now: number, readyMs: number, random: number): Spending {
  const consecutive = readyMs >= policy.stableMs ? 0 : budget.consecutive
  const pause = policy.backoffMs[Math.min(consecutive, policy.backoffMs.length - 1)] ?? 0
  const delayMs = Math.round(pause * (0.8 + 0.4 * random))
  // Judged at the time of the respawn, not of the death: it is respawns that a window may not exceed.
  const due = now + delayMs
  const kept = budget.respawns.filter((time) => due - time < Math.max(policy.windowMs, policy.longWindowMs))
  const inShort = kept.filter((time) => due - time < policy.windowMs).length
  const inLong = kept.filter((time) => due - time < policy.longWindowMs).length
  const short = {limit: policy.limit, windowMs: policy.windowMs}
  if (inShort >= policy.limit) {
    return {granted: false, budget: {respawns: kept, consecutive}, delayMs: 0, attempt: inShort, ...short}
  }
  if (inLong >= policy.longLimit) {
    const long = {limit: policy.longLimit, windowMs: policy.longWindowMs}
    return {granted: false, budget: {respawns: kept, consecutive}, delayMs: 0, attempt: inLong, ...long}
  }
  const spent = {respawns: [...kept, due], consecutive: consecutive + 1}
  return {granted: true, budget: spent, delayMs, attempt: inShort + 1, ...short}
}

/** The respawn that was granted last happens now, perhaps later than it was due. */
export function respawned(budget: Budget, now: number): Budget {
  const last = budget.respawns.at(-1)
  if (last === undefined) return budget
  return {...budget, respawns: [...budget.respawns.slice(0, -1), Math.max(last, now)]}
}
