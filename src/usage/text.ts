import type {Spent} from '../gateway/store/types.js'
import {dollars, shortTokens} from '../tui/text/money.js'
import {oneLine} from '../tui/text/sanitize.js'
import {sumOf, type UsageReport} from './report.js'

type Sum = Omit<Spent, 'model'>

/** `$0.12`, `≥ $0.12`, `not known`. */
export function costText({calls, unpriced, usd}: Sum): string {
  return calls > 0 && unpriced >= calls ? 'not known' : dollars(usd, {unpriced: unpriced > 0})
}

function tokensText({usage, calls}: Sum): string {
  const cached = usage.cacheRead > 0 ? ` (${shortTokens(usage.cacheRead)} from the cache)` : ''
  const steps = calls === 1 ? '1 model step' : `${calls.toLocaleString('en')} model steps`
  return `${steps} · ${shortTokens(usage.input)} in${cached}, ${shortTokens(usage.output)} out`
}

/** Lines for people: each day with its models, then all models, then the sum. */
export function usageLines({days, models, total}: UsageReport): string[] {
  if (total.calls === 0) return ['No model was asked in that time.']
  const nameOf = (model: string) => oneLine(model || 'unknown model', 60)
  const widest = Math.max(...models.map(({model}) => nameOf(model).length))
  const row = ({model, ...sum}: Spent) => `  ${nameOf(model).padEnd(widest)}  ${costText(sum)} · ${tokensText(sum)}`
  const byDay = [...Map.groupBy(days, ({day}) => day)].flatMap(([day, rows]) => [
    `${day}  ${costText(sumOf(rows))}`,
    ...rows.map(row),
  ])
  const saved = total.savedUsd > 0 ? ` · ${dollars(total.savedUsd)} saved by caching` : ''
  return [
    ...byDay,
    '',
    `total  ${costText(total)} · ${tokensText(total)}${saved}`,
    ...(models.length > 1 ? models.map(row) : []),
    ...(total.unpriced > 0
      ? [
          '',
          `Of ${total.unpriced.toLocaleString('en')} model steps no price is known; providers.NAME.modelOptions.MODEL sets one (inputPrice, outputPrice).`,
        ]
      : []),
  ]
}
