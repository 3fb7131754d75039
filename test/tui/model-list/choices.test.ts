import {expect} from 'chai'
import fc from 'fast-check'
import {meantModel, offeredModels} from '../../../src/tui/model-list/choices.js'
import {rankModels} from '../../../src/tui/model-list/rank.js'
import {hostileText} from '../../helpers/hidden-text.js'
import {runs} from '../../helpers/sample.js'

const provider = (slug: string, names: string[], more: object = {}) => ({
  slug,
  name: slug,
  models: names.map((name) => `${slug}/${name}`),
  auth_type: 'environment',
  listed_at: 1_790_000_000,
  ...more,
})
const of = (...providers: object[]) => offeredModels({providers, model: 'openai/gpt-6'}, {foreign: false})

describe('the list of models', () => {
  it('tells of each its window, its price and where it is from, and nothing that nobody knows', () => {
    const details = [
      {id: 'openai/gpt-6', context: 1_050_000, input_price: 10, output_price: 50},
      {id: 'openai/free', context: 128_000, input_price: 0, output_price: 0},
      {id: 'openai/half', input_price: 1},
    ]
    const {choices} = of(provider('openai', ['gpt-6', 'free', 'half', 'unknown'], {details}))
    expect(choices.map(({detail}) => detail)).to.deep.equal([
      'current · 1.05M context · $10 in, $50 out · by your key',
      '128k context · free · by your key',
      'by your key',
      'by your key',
    ])
  })

  it('names a provider that does not answer, with the age of what is shown in its place', () => {
    const {problems} = of(
      provider('a', ['x'], {error: 'it does not answer in time'}),
      provider('b', [], {error: 'it refuses the key (401)', listed_at: undefined}),
      provider('c', ['x']),
    )
    expect(problems).to.have.lengthOf(2)
    expect(problems[0]).to.match(/^a lists no models now: it does not answer in time; its list is of \d{4}-/)
    expect(problems[1]).to.equal('b lists no models now: it refuses the key (401)')
  })

  it('shows what any gateway sends, one line each, and never fails', () => {
    const odd = fc.oneof(fc.anything(), hostileText)
    const entry = fc.record({slug: odd, models: fc.oneof(odd, fc.array(odd)), details: odd, error: odd, listed_at: odd})
    fc.assert(
      fc.property(fc.oneof(odd, fc.array(fc.oneof(entry, odd))), odd, fc.boolean(), (providers, model, foreign) => {
        const {choices, problems} = offeredModels({providers, model}, {foreign})
        for (const {value, label} of choices) expect([typeof value, typeof label]).to.deep.equal(['string', 'string'])
        for (const problem of problems) expect(problem).not.to.match(/\p{Cc}/u)
        rankModels(choices, 'gpt')
      }),
      {numRuns: runs(1000, 300)},
    )
  })

  it('is filtered among 500 models by what is typed, the best first', () => {
    const names = Array.from({length: 500}, (_, index) => `vendor-${index % 25}/model-${index}-${'abcde'[index % 5]}`)
    const {choices} = of(provider('openrouter', names))
    const found = rankModels(choices, 'model-123')
    expect(found[0]?.value).to.equal('openrouter/vendor-23/model-123-d')
    expect(rankModels(choices, 'm123d')[0]?.value).to.equal('openrouter/vendor-23/model-123-d')
    expect(rankModels(choices, '')).to.have.lengthOf(500)
  })
})

describe('/model with words', () => {
  const offered = of(
    provider('openai', ['gpt-6', 'gpt-6-mini', 'o9']),
    provider('mine', ['llama'], {listed_at: undefined}),
    {slug: 'offline', models: ['offline', 'offline/200']},
  )
  const cases: [string, {model: string} | {several: true}][] = [
    ['openai/gpt-6', {model: 'openai/gpt-6'}],
    ['openai/gpt-6-mini', {model: 'openai/gpt-6-mini'}],
    ['mini', {model: 'openai/gpt-6-mini'}],
    ['open mini', {model: 'openai/gpt-6-mini'}],
    ['gpt', {several: true}],
    ['openai/gpt', {several: true}],
    ['gptm', {several: true}],
    // Its provider has no list: any name may be one.
    ['mine/llama-70b', {model: 'mine/llama-70b'}],
    ['openai/brand-new', {model: 'openai/brand-new'}],
    ['openai', {model: 'openai'}],
    ['offline/200', {model: 'offline/200'}],
    ['nothing-like-it', {model: 'nothing-like-it'}],
  ]
  for (const [words, meant] of cases) {
    it(`${words}: ${'model' in meant ? `switches to ${meant.model}` : 'shows those that fit'}`, () => {
      expect(meantModel(offered, words)).to.deep.equal(meant)
    })
  }

  it('switches to any model whose whole id is typed, whatever it is called', () => {
    const name = fc.string({unit: 'grapheme', minLength: 1, maxLength: 30})
    fc.assert(
      fc.property(fc.uniqueArray(name, {minLength: 1, maxLength: 20}), fc.nat(), (names, at) => {
        const all = of(provider('p', names))
        const {value} = all.choices[at % all.choices.length] ?? expect.fail()
        expect(meantModel(all, value)).to.deep.equal({model: value})
      }),
      {numRuns: runs(300, 100)},
    )
  })
})
