import type {ModelUsage} from '../types.js'
import type {Price, PricePeriod, Prices, StepCost} from './types.js'

/** Of a step at a time (UTC epoch milliseconds); undefined where what it is billed by is not known. */
export function costOf(
  usage: ModelUsage,
  periods: readonly PricePeriod[] | undefined,
  at: number,
): StepCost | undefined {
  const prices = periods && pricesAt(periods, at)
  if (prices?.input === undefined || prices.output === undefined) return undefined
  const input = inputUsd(usage, prices)
  const uncached = inputUsd({...usage, cacheRead: 0, cacheWrite: 0}, prices)
  const rest = part(prices.output, usage.output, usage.input) + (prices.request ?? 0)
  return {usd: input + rest, savedUsd: uncached - input}
}

/** The prices that hold at a time, UTC epoch milliseconds. */
export function pricesAt(periods: readonly PricePeriod[], at: number): Prices | undefined {
  return (periods.findLast((period) => holds(period, at)) ?? periods[0])?.prices
}

function inputUsd({input, cacheRead, cacheWrite}: ModelUsage, prices: Prices): number {
  const read = prices.cacheRead === undefined ? 0 : cacheRead
  const written = prices.cacheWrite === undefined ? 0 : cacheWrite
  return (
    part(prices.input, Math.max(0, input - read - written), input) +
    part(prices.cacheRead, read, input) +
    part(prices.cacheWrite, written, input)
  )
}

function part(price: Price | undefined, tokens: number, input: number): number {
  if (price === undefined || tokens <= 0) return 0
  if (typeof price === 'number') return (price * tokens) / 1e6
  return ((price.tiers.findLast(({above}) => input > above)?.price ?? price.base) * tokens) / 1e6
}

const DAY_MS = 86_400_000

function holds({from, between}: PricePeriod, at: number): boolean {
  if (from !== undefined && at < from) return false
  if (!between) return true
  const [start, end] = between
  const second = (at % DAY_MS) / 1000
  return end < start ? second >= start || second < end : second >= start && second < end
}
