/** When a gateway without a terminal ends. Pure. */

export interface Unattended {
  /** Milliseconds since nothing runs; undefined: a turn does. */
  idleMs: number | undefined
  /** Milliseconds since the person is waited for; undefined: nobody is. */
  waitingMs: number | undefined
  /** Share of its memory that is used, percent. */
  memoryPercent: number
}

export interface UnattendedPolicy {
  lingerMs: number
  waitMs: number
  criticalPercent: number
}

export type UnattendedEnd = 'idle' | 'expired' | 'memory'

export function endOfUnattended(now: Unattended, policy: UnattendedPolicy): UnattendedEnd | undefined {
  if (now.memoryPercent >= policy.criticalPercent) return 'memory'
  if (now.waitingMs !== undefined) return now.waitingMs >= policy.waitMs ? 'expired' : undefined
  return now.idleMs !== undefined && now.idleMs >= policy.lingerMs ? 'idle' : undefined
}
