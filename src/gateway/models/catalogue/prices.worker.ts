// The process that looks models up in the catalogue: its library takes 19 MB and 80 ms, and a thread that has loaded it
// leaves 28 MB behind in its process, a process 1. It may import types alone: Node strips them, so that the file also
// starts from source, where `.js` names a `.ts`.
import {calcPrice, findProvider, type ModelInfo, type ModelPrice, type TieredPrices} from '@pydantic/genai-prices'
import type {ModelFacts, Price, PricePeriod, Prices} from './types.js'
import type {CatalogueAnswer, CatalogueQuestion} from './worker-messages.js'

function factsOf({provider, address, model}: CatalogueQuestion): ModelFacts | null {
  // Its warnings are about price lists, and nobody reads them.
  console.warn = () => {}
  const byAddress = address === undefined ? undefined : found(model, {providerApiUrl: address})
  const known = byAddress ?? (provider === undefined ? undefined : found(model, {providerId: provider}))
  if (!known) return null
  const facts: ModelFacts = {}
  if (known.context_window !== undefined) facts.context = known.context_window
  // What somebody else asks for it, at another address, is not what its maker does.
  if (byAddress) facts.prices = periodsOf(known)
  return facts
}

function found(model: string, where: {providerApiUrl: string} | {providerId: string}): ModelInfo | undefined {
  try {
    return calcPrice({input_tokens: 0, output_tokens: 0}, model, where)?.model
  } catch {
    return undefined
  }
}

function periodsOf({prices}: ModelInfo): PricePeriod[] {
  if (!Array.isArray(prices)) return [{prices: pricesOf(prices)}]
  return prices.map(({constraint, prices: each}) => {
    if (constraint?.type === 'start_date') return {from: Date.parse(constraint.start_date), prices: pricesOf(each)}
    if (constraint?.type === 'time_of_date') {
      return {between: [secondOf(constraint.start_time), secondOf(constraint.end_time)], prices: pricesOf(each)}
    }
    return {prices: pricesOf(each)}
  })
}

/** `00:30:00Z`, `08:00:00+02:00`: second of the day, UTC. */
function secondOf(time: string): number {
  return (Date.parse(`1970-01-02T${time}`) / 1000) % 86_400
}

function pricesOf(listed: ModelPrice): Prices {
  const prices: Prices = {}
  const put = (name: 'input' | 'output' | 'cacheRead' | 'cacheWrite', value: ModelPrice[string]) => {
    if (value !== undefined) prices[name] = priceOf(value)
  }
  put('input', listed.input_mtok)
  put('output', listed.output_mtok)
  put('cacheRead', listed.cache_read_mtok)
  put('cacheWrite', listed.cache_write_mtok)
  if (typeof listed.requests_kcount === 'number') prices.request = listed.requests_kcount / 1000
  return prices
}

function priceOf(value: number | TieredPrices): Price {
  if (typeof value === 'number') return value
  const tiers = value.tiers.map(({start, price}) => ({above: start, price})).sort((a, b) => a.above - b.above)
  return {base: value.base, tiers}
}

function namesOf(providerId: string): string[] {
  return (findProvider({providerId})?.models ?? []).filter(({deprecated}) => !deprecated).map(({id}) => id)
}

const [, , what, provider = ''] = process.argv
let asked = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (piece: string) => {
  asked += piece
})
process.stdin.on('end', () => {
  if (what === 'names') {
    process.stdout.write(JSON.stringify(namesOf(provider)))
    return
  }
  const questions = JSON.parse(asked) as CatalogueQuestion[]
  const answers: CatalogueAnswer = questions.map(factsOf)
  process.stdout.write(JSON.stringify(answers))
})
