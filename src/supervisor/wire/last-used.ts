/** A session that a run of hermes had open, and when it was last seen there: UTC milliseconds. */
export interface UsedSession {
  key: string
  at: number
}

/** Sessions that nobody opened: of sub-agents, of scheduled and of background tasks. */
const ofNobody = new Set(['tool', 'cron'])
const background = /^(?:bg|cron)_/

/**
 * Which of the sessions in the answer to `session.list` was used last. A gateway tells when it was active (`last_active`,
 * seconds), or no more than when it began, which says little of a session that was resumed; `used` is what the runs
 * of this program know. Undefined where there is none.
 */
export function lastUsed(sessions: unknown, used: readonly UsedSession[]): string | undefined {
  let best: UsedSession | undefined
  for (const session of Array.isArray(sessions) ? (sessions as unknown[]) : []) {
    const {id, source, last_active, started_at} = (session ?? {}) as Record<string, unknown>
    if (typeof id !== 'string' || id === '' || background.test(id)) continue
    if (typeof source === 'string' && ofNobody.has(source.trim().toLowerCase())) continue
    const seen = used.filter(({key}) => key === id).map(({at}) => at)
    const at = Math.max(milliseconds(last_active) ?? milliseconds(started_at) ?? 0, ...seen)
    // Of two at the same time the one that the gateway has first.
    if (!best || at > best.at) best = {key: id, at}
  }
  return best?.key
}

function milliseconds(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}
