/** When a gateway without a terminal ends. Pure. */

export interface Unattended {
  /** Milliseconds since nothing runs; undefined: a turn does. */
  idleMs: number | undefined
  /** Milliseconds since the person is waited for; undefined: nobody is. */
  waitingMs: number | undefined
  /** Whatever it has open was opened by another process since. */
  isTaken: boolean
  /** Share of its memory that is used, percent. */
  memoryPercent: number
}

export interface UnattendedPolicy {
  lingerMs: number
  waitMs: number
  criticalPercent: number
}

export type UnattendedEnd = 'idle' | 'taken' | 'expired' | 'memory'

export function endOfUnattended(now: Unattended, policy: UnattendedPolicy): UnattendedEnd | undefined {
  if (now.memoryPercent >= policy.criticalPercent) return 'memory'
  if (now.waitingMs !== undefined) return now.waitingMs >= policy.waitMs ? 'expired' : undefined
  if (now.idleMs === undefined) return undefined
  // It stays for who comes back, and nobody does any more.
  if (now.isTaken) return 'taken'
  return now.idleMs >= policy.lingerMs ? 'idle' : undefined
}
