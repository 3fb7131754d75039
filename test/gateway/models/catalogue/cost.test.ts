import {calcPrice, findProvider} from '@pydantic/genai-prices'
import {expect} from 'chai'
import fc from 'fast-check'
import {askCatalogue} from '../../../../src/gateway/models/catalogue/ask.js'
import {costOf} from '../../../../src/gateway/models/catalogue/cost.js'
import type {ModelFacts} from '../../../../src/gateway/models/catalogue/types.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

/** Of all models of these providers: flat prices, tiers, prices by time of day and from a day on. */
const places = [
  {id: 'anthropic', address: 'https://api.anthropic.com/v1'},
  {id: 'openai', address: 'https://api.openai.com/v1'},
  {id: 'google', address: 'https://generativelanguage.googleapis.com/v1beta'},
  {id: 'deepseek', address: 'https://api.deepseek.com/v1'},
  {id: 'openrouter', address: 'https://openrouter.ai/api/v1'},
]
/** Kinds of tokens that no chat is billed by, or that nobody tells us of. */
const others = /audio|image|video|citation|reasoning|second|hour|message|search/

describe('the cost of a step', () => {
  const models = places.flatMap(({id, address}) =>
    (findProvider({providerId: id})?.models ?? []).map((model) => ({provider: id, address, model: model.id})),
  )
  let facts: ModelFacts[]

  before(async function () {
    this.timeout(60_000)
    facts = (await askCatalogue(models)).map((each) => each ?? {})
  })

  it('is what the catalogue’s own arithmetic says, for any model, usage and time', () => {
    let compared = 0
    const usage = fc
      .tuple(...[2_000_000, 300_000, 300_000, 100_000].map((max) => fc.nat({max})))
      .map(([fresh = 0, cacheRead = 0, cacheWrite = 0, output = 0]) => {
        const reasoning = Math.floor(output / 3)
        return {input: fresh + cacheRead + cacheWrite, cacheRead, cacheWrite, output, reasoning}
      })
    const at = fc.integer({min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 0, 1)})
    fc.assert(
      fc.property(fc.nat({max: models.length - 1}), usage, at, (index, used, time) => {
        const {provider, model} = models[index] ?? expect.fail()
        const theirs = calcPrice(
          {
            input_tokens: used.input,
            cache_read_tokens: used.cacheRead,
            cache_write_tokens: used.cacheWrite,
            output_tokens: used.output,
          },
          model,
          {providerId: provider, timestamp: new Date(time)},
        )
        if (!theirs || Object.keys(theirs.model_price).some((name) => others.test(name) && !/search/.test(name))) return
        const {input_mtok: input, output_mtok: output} = theirs.model_price
        const ours = costOf(used, facts[index]?.prices, time)
        if (input === undefined || output === undefined) {
          expect(ours, model).to.equal(undefined)
          return
        }
        expect(ours?.usd, `${provider} ${model}`).to.be.closeTo(theirs.total_price, 1e-9)
        compared++
      }),
      {numRuns: runs(5000, 3000)},
    )
    expect(compared).to.be.above(1000)
    tellTried(compared, `costs of ${models.length} models`)
  })

  it('tells what caching has saved: what it would have been without, less what it was', () => {
    const prices = [{prices: {input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5}}]
    const used = {input: 1_000_000, cacheRead: 800_000, cacheWrite: 100_000, output: 0, reasoning: 0}
    const cost = costOf(used, prices, 0) ?? expect.fail()
    expect(cost.usd).to.be.closeTo(0.2 + 0.16 + 0.25, 1e-12)
    expect(cost.savedUsd).to.be.closeTo(2 - 0.61, 1e-12)
  })

  it('is not known where the price of input or output is not', () => {
    const used = {input: 10, cacheRead: 0, cacheWrite: 0, output: 10, reasoning: 0}
    for (const prices of [undefined, [], [{prices: {}}], [{prices: {input: 1}}], [{prices: {output: 1}}]])
      expect(costOf(used, prices, 0)).to.equal(undefined)
    expect(costOf(used, [{prices: {input: 0, output: 0}}], 0)).to.deep.equal({usd: 0, savedUsd: 0})
  })

  it('is never negative or no number, whatever a provider counts', () => {
    const count = fc.oneof(fc.nat({max: 1e9}), fc.constant(0))
    fc.assert(
      fc.property(
        fc.record({input: count, cacheRead: count, cacheWrite: count, output: count, reasoning: count}),
        (used) => {
          const prices = [{prices: {input: {base: 1, tiers: [{above: 1000, price: 2}]}, output: 3, cacheRead: 0.1}}]
          const cost = costOf(used, prices, 0)
          expect(cost?.usd).to.be.at.least(0)
          expect(Number.isFinite(cost?.savedUsd)).to.equal(true)
        },
      ),
      {numRuns: runs(300, 100)},
    )
  })
})
