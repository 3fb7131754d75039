/**
 * Names, not secrets: `Math.random` is seeded by the system, and `node:crypto` would add 6 ms to the
 * way back after a death.
 */
function hex(digits: number): string {
  let text = ''
  while (text.length < digits)
    text += Math.trunc(Math.random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0')
  return text.slice(0, digits)
}

/** Live id of a session, also of a question: 8 lowercase hex digits, valid in one gateway process. */
export function mintLiveId(): string {
  return hex(8)
}

export function mintPromptId(): string {
  return hex(32)
}

/** Tells the journal of a turn from earlier ones of the same turn, and from those of another database. */
export function mintJournalId(): string {
  return hex(16)
}

/** Durable key of a session: `YYYYMMDD_HHMMSS_xxxxxx`, local time as the reference has it. */
export function mintSessionKey(now: Date = new Date(), suffix: string = hex(6)): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  return `${day}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}_${suffix}`
}

export function isSessionKey(text: string): boolean {
  return /^\d{8}_\d{6}_[0-9a-f]{6}$/.test(text)
}
