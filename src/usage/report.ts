import {existsSync} from 'node:fs'
import type {DaySpent, Spent} from '../gateway/store/types.js'
import {hermesHome, homeFiles} from '../platform.js'
import {openWhatCanBeRead} from '../sessions/open.js'

export interface UsageReport {
  /** By day, newest first, and model. */
  days: DaySpent[]
  /** By model, the dearest first. */
  models: Spent[]
  total: Omit<Spent, 'model'>
}

/** What all sessions have taken since a time (UTC epoch milliseconds). A home without a database has none; it is not created by looking. */
export async function usageSince(env: NodeJS.ProcessEnv, since: number): Promise<UsageReport> {
  const {database} = homeFiles(hermesHome(env))
  if (!existsSync(database)) return reportOf([])
  const store = await openWhatCanBeRead(database)
  try {
    return reportOf(store.spending(since))
  } finally {
    store.close()
  }
}

export function reportOf(days: DaySpent[]): UsageReport {
  const byModel = Map.groupBy(days, ({model}) => model)
  const models = [...byModel].map(([model, rows]) => ({model, ...sumOf(rows)}))
  models.sort((a, b) => b.usd - a.usd || b.usage.input - a.usage.input || (a.model < b.model ? -1 : 1))
  return {days, models, total: sumOf(days)}
}

export function sumOf(rows: readonly Omit<Spent, 'model'>[]): Omit<Spent, 'model'> {
  const sum = (of: (row: Omit<Spent, 'model'>) => number) => rows.reduce((total, row) => total + of(row), 0)
  return {
    calls: sum(({calls}) => calls),
    unpriced: sum(({unpriced}) => unpriced),
    usage: {
      input: sum(({usage}) => usage.input),
      output: sum(({usage}) => usage.output),
      cacheRead: sum(({usage}) => usage.cacheRead),
      cacheWrite: sum(({usage}) => usage.cacheWrite),
      reasoning: sum(({usage}) => usage.reasoning),
    },
    usd: sum(({usd}) => usd),
    savedUsd: sum(({savedUsd}) => savedUsd),
  }
}
