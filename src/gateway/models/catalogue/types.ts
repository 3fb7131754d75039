/** Above how many input tokens of a step (exclusive) all its tokens of the kind have another price. */
export interface Tier {
  above: number
  price: number
}

/** USD for a million tokens. */
export type Price = number | {base: number; tiers: readonly Tier[]}

/** Without `cacheRead` or `cacheWrite` such tokens are input like any other; `request`: USD for each step. */
export interface Prices {
  input?: Price
  output?: Price
  cacheRead?: Price
  cacheWrite?: Price
  request?: number
}

/** Prices that hold from a day on, or between two times of each day (UTC seconds; the end may be on the next day). */
export interface PricePeriod {
  /** UTC epoch milliseconds. */
  from?: number
  between?: readonly [start: number, end: number]
  prices: Prices
}

/** What is known of a model; what is not known is not there. */
export interface ModelFacts {
  /** Context window, tokens. */
  context?: number
  /** Longest reply, tokens. */
  output?: number
  /** The last period that holds counts; where none does, the first. */
  prices?: readonly PricePeriod[]
}

/** What a step has cost, USD. */
export interface StepCost {
  usd: number
  /** By how much it would have been dearer without caching; negative where nothing that was kept was read yet. */
  savedUsd: number
}
