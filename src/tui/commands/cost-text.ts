import {dollars, shortTokens} from '../text/money.js'
import {oneLine} from '../text/sanitize.js'

const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : 0)
const records = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []

const HOW = 'A price that is not known can be set: providers.NAME.modelOptions.MODEL, inputPrice and outputPrice.'

/** `$0.12`, `≥ $0.12`, `not known`: of calls of which some have no known price. */
function costOf({calls, unpriced_calls: unpriced, cost_usd: usd}: Record<string, unknown>): string {
  if (number(calls) > 0 && number(unpriced) >= number(calls)) return 'not known'
  return dollars(number(usd), {unpriced: number(unpriced) > 0})
}

const steps = (count: number) => (count === 1 ? '1 model step' : `${count.toLocaleString('en')} model steps`)

/** The row of `/usage`; undefined where the gateway tells nothing of it. */
export function costRow(usage: Record<string, unknown>): string | undefined {
  if (usage.cost_usd === undefined && usage.unpriced_calls === undefined) return undefined
  return costOf(usage)
}

/** What `session.cost` answers, for people. */
export function costText(answer: Record<string, unknown>): string {
  const models = records(answer.models)
  const sum = (name: string) => models.reduce((total, model) => total + number(model[name]), 0)
  const [calls, unpriced] = [number(answer.calls), number(answer.unpriced_calls)]
  if (calls === 0) return 'nothing was asked of a model yet'
  const read = sum('cache_read')
  const written = sum('cache_write')
  const saved = number(answer.saved_usd)
  const unknown = unpriced > 0 ? ` · of ${steps(unpriced)} no price is known` : ''
  const rows = [`cost      ${costOf(answer)} · ${steps(calls)}${unknown}`]
  if (read + written > 0) {
    const how = saved === 0 ? '' : saved > 0 ? `saved ${dollars(saved)} · ` : `took ${dollars(-saved)} more · `
    rows.push(`caching   ${how}${shortTokens(read)} tokens read, ${shortTokens(written)} written`)
  }
  if (models.length > 0) rows.push('')
  const names = models.map((model) => oneLine(String(model.model ?? ''), 60))
  const widest = Math.max(...names.map((name) => name.length), 0)
  models.forEach((model, index) => {
    const tokens = `${shortTokens(number(model.input))} in, ${shortTokens(number(model.output))} out`
    rows.push(`${(names[index] ?? '').padEnd(widest)}  ${costOf(model)} · ${steps(number(model.calls))} · ${tokens}`)
  })
  if (unpriced > 0) rows.push('', HOW)
  return rows.join('\n')
}
