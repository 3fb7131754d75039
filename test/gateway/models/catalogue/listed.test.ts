import {expect} from 'chai'
import fc from 'fast-check'
import {listedModels} from '../../../../src/gateway/models/catalogue/listed.js'
import {hostileText} from '../../../helpers/hidden-text.js'
import {runs} from '../../../helpers/sample.js'

const listed = (body: unknown) => listedModels(JSON.stringify(body))

describe('the list of a provider', () => {
  it('is read in the form of each: names, windows, longest replies, prices', () => {
    expect(listed({data: [{id: 'gpt-6'}, {id: 'text-embedding-3'}, {id: 'gpt-6'}]})).to.deep.equal([{name: 'gpt-6'}])
    expect(
      listed({data: [{id: 'claude-x', type: 'model', max_input_tokens: 500_000, max_tokens: 64_000}]}),
    ).to.deep.equal([{name: 'claude-x', context: 500_000, output: 64_000}])
    const google = [
      {
        name: 'models/gemini-x',
        inputTokenLimit: 9,
        outputTokenLimit: 8,
        supportedGenerationMethods: ['generateContent'],
      },
      {name: 'models/aqa', supportedGenerationMethods: ['generateAnswer']},
    ]
    expect(listed({models: google})).to.deep.equal([{name: 'gemini-x', context: 9, output: 8}])
    const pricing = {
      prompt: '0.0000025',
      completion: '0.00001',
      input_cache_read: '0.00000025',
      request: '0',
      image: '0',
    }
    const openrouter = {id: 'a/b:free', context_length: 7, top_provider: {max_completion_tokens: 6}, pricing}
    expect(listed({data: [openrouter]})).to.deep.equal([
      {
        name: 'a/b:free',
        context: 7,
        output: 6,
        prices: [{prices: {input: 2.5, output: 10, cacheRead: 0.25, request: 0}}],
      },
    ])
    expect(listed({data: [{id: 'openrouter/auto', pricing: {prompt: '-1', completion: '-1'}}]})).to.deep.equal([
      {name: 'openrouter/auto'},
    ])
  })

  it('is none where a server sends something else', () => {
    for (const body of ['', '<html>', 'null', '[]', '{}', '{"data": 5}', '{"error": {"message": "no"}}'])
      expect(listedModels(body), body).to.equal(undefined)
  })

  it('has no name that could not be shown and typed as it is, whatever it is sent', () => {
    const name = fc.oneof(hostileText, fc.string({unit: 'binary', maxLength: 400}), fc.constantFrom('good', 'a b', ''))
    const entry = fc.oneof(
      fc.record({id: name, context_length: fc.anything(), pricing: fc.anything()}),
      fc.anything(),
      fc.record({id: fc.anything()}),
    )
    fc.assert(
      fc.property(fc.array(entry), (data) => {
        const models = listedModels(JSON.stringify({data}) ?? '') ?? expect.fail()
        for (const {name, context} of models) {
          expect(name)
            .to.equal(name.trim())
            .and.not.match(/[\p{C}\p{Zl}\p{Zp}]/u)
          expect(name.length).to.be.within(1, 300)
          if (context !== undefined) expect(context).to.be.above(0)
        }
        expect(new Set(models.map(({name}) => name)).size).to.equal(models.length)
      }),
      {numRuns: runs(1000, 200)},
    )
  })
})
