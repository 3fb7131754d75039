import {exitCodes, HermesError} from '../errors.js'

const HOUR_MS = 3_600_000
const units: Readonly<Record<string, number>> = {h: HOUR_MS, d: 24 * HOUR_MS, w: 168 * HOUR_MS}

/**
 * The time that `--since` means, UTC epoch milliseconds: `12h`, `7d`, `2w` back from `now`, or the beginning of a local
 * day `2026-11-29`. Throws HermesError `usage/bad-since`.
 */
export function sinceTime(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text.trim()) ?? []
  const length = units[unit]
  if (count !== undefined && length !== undefined) return Math.max(0, now - Number(count) * length)
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim()) ?? []
  const date = new Date(Number(year), Number(month) - 1, Number(day))
  // The 31st of a month that has none is the 1st of the next.
  if (year !== undefined && date.getMonth() === Number(month) - 1 && date.getDate() === Number(day))
    return date.getTime()
  throw new HermesError(`--since ${JSON.stringify(text)} is no time`, {
    code: 'usage/bad-since',
    exit: exitCodes.usage,
    suggestions: ['write it as 7d, 12h or 2w, or as a day: 2026-11-01'],
  })
}
