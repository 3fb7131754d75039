import {type ChaosConfig, LLMock} from '@copilotkit/aimock'
import {expect} from 'chai'
import {HermesError} from '../../../src/errors.js'
import type {OwnKind} from '../../../src/gateway/models/catalog.js'
import {collect, finishOf, registry, request, settings} from './helpers.js'

/** Where that server has each wire. */
const bases: Readonly<Record<OwnKind, string>> = {
  'openai-compatible': '/v1',
  openai: '/v1',
  anthropic: '/v1',
  google: '/v1beta',
  openrouter: '/api/v1',
}

const words = 'one two three four five six seven eight nine ten'

describe('every kind of provider, over a mock that is not ours', () => {
  let mock: LLMock

  before(async () => {
    mock = new LLMock({port: 0, logLevel: 'silent'})
    mock.addFixture({match: {predicate: () => true}, response: {content: words}})
    await mock.start()
  })
  after(() => mock.stop())
  afterEach(() => mock.clearChaos())

  async function ask(kind: OwnKind, retries = 0) {
    const providers = {there: {kind, baseUrl: `${mock.url}${bases[kind]}`, apiKey: 'k'}}
    const patience = {...settings().patience, retries, retryWindowMs: 600_000}
    return collect((await registry({providers, patience}).resolve('there/m')).stream(request('go')))
  }

  for (const kind of Object.keys(bases) as OwnKind[]) {
    it(`${kind}: a reply is whole`, async () => {
      const got = await ask(kind)
      expect(got.error).to.equal(undefined)
      expect(got.text).to.equal(words)
      expect(finishOf(got)?.reason).to.equal('stop')
    })

    const faults: (keyof ChaosConfig)[] = ['dropRate', 'malformedRate', 'disconnectRate', 'rateLimitRate']
    for (const fault of faults) {
      it(`${kind}: no reply under ${fault} is taken for a whole one`, async () => {
        mock.setChaos({[fault]: 1})
        const got = await ask(kind)
        expect(got.error).to.be.instanceOf(HermesError)
        expect(finishOf(got)).to.equal(undefined)
      })
    }
  }

  it('answers in the end where half of all calls fail', async () => {
    for (const kind of Object.keys(bases) as OwnKind[]) {
      mock.setChaos({dropRate: 0.5})
      const got = await ask(kind, 40)
      expect(got.error, kind).to.equal(undefined)
      expect(got.text).to.equal(words)
    }
  })
})
