import {randomBytes, randomUUID} from 'node:crypto'

/** Live id of a session, also of a question: 8 lowercase hex digits, valid in one gateway process. */
export function mintLiveId(): string {
  return randomBytes(4).toString('hex')
}

export function mintPromptId(): string {
  return randomUUID()
}

/** Durable key of a session: `YYYYMMDD_HHMMSS_xxxxxx`, local time as the reference has it. */
export function mintSessionKey(now: Date = new Date(), suffix: string = randomBytes(3).toString('hex')): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  return `${day}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}_${suffix}`
}
