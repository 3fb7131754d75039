import {expect} from 'chai'
import type {ModelOptions, ProviderConfig} from '../../../src/config/schema.js'
import type {OwnKind} from '../../../src/gateway/models/catalog.js'
import type {ModelRequest, ModelSettings} from '../../../src/gateway/models/types.js'
import {eventsOf, startProviderServer, wireForms} from '../../fixtures/provider-server.js'
import {collect, finishOf, registry, request} from './helpers.js'

interface Asked {
  kind?: OwnKind
  model?: string
  provider?: ProviderConfig
  settings?: Partial<ModelSettings>
  request?: Partial<ModelRequest>
}

/** What a provider is sent for a model with such options, and how its step ends. */
async function step(options: ModelOptions, asked: Asked = {}) {
  const {kind = 'openai-compatible', model = 'm'} = asked
  const {open, text, end, tail} = wireForms[kind]
  const server = await startProviderServer([{pieces: [...eventsOf(...open, ...text('fine'), ...end('stop')), ...tail]}])
  try {
    const there = {kind, baseUrl: server.url, apiKey: 'k', modelOptions: {[model]: options}, ...asked.provider}
    const models = registry({providers: {there}, ...asked.settings})
    const got = await collect((await models.resolve(`there/${model}`)).stream(request('hello', asked.request)))
    expect(got.error, `${got.error}`).to.equal(undefined)
    const [sent] = server.requests
    return {body: sent?.body ?? {}, headers: sent?.headers ?? {}, finish: finishOf(got)}
  } finally {
    await server.close()
  }
}

describe('options of a model', () => {
  it('are sent: longest reply, temperature, effort, headers beside those of the provider', async () => {
    const options: ModelOptions = {output: 77, temperature: 0.3, effort: 'high', headers: {'X-Own': 'model', b: '2'}}
    const {body, headers} = await step(options, {provider: {headers: {'x-own': 'provider', a: '1'}}})
    expect(body).to.include({max_tokens: 77, temperature: 0.3, reasoning_effort: 'high'})
    expect(headers).to.include({'x-own': 'model', a: '1', b: '2'})
  })

  it('take the place of what is set for all; what is chosen for the session takes theirs', async () => {
    const settings = {maxOutputTokens: 5, reasoningEffort: 'low'} as const
    const all = await step({}, {settings})
    expect(all.body).to.include({max_tokens: 5, reasoning_effort: 'low'})
    const own = await step({output: 6, effort: 'high'}, {settings})
    expect(own.body).to.include({max_tokens: 6, reasoning_effort: 'high'})
    const chosen = await step({effort: 'high'}, {settings, request: {effort: 'medium'}})
    expect(chosen.body).to.include({reasoning_effort: 'medium'})
  })

  it('let a model of somebody else behind Anthropic’s wire write more than 4 096 tokens', async () => {
    const sent = async (model: string, options: ModelOptions = {}) =>
      (await step(options, {kind: 'anthropic', model})).body.max_tokens
    expect(await sent('kimi-k9')).to.equal(32_000)
    expect(await sent('kimi-k9', {output: 900})).to.equal(900)
    expect(await sent('claude-sonnet-9')).to.equal(128_000)
    expect(await sent('claude-3-haiku-20240307')).to.equal(4096)
  })

  it('tell what a step has cost where they name prices, and nothing where nobody does', async () => {
    const {finish} = await step({inputPrice: 1_000_000, outputPrice: 2_000_000})
    const usage = finish?.usage ?? expect.fail()
    expect(usage.input + usage.output).to.be.above(0)
    expect(finish?.cost?.usd).to.equal(usage.input + 2 * usage.output)
    expect((await step({})).finish).to.not.have.property('cost')
  })

  it('bill what a provider read from its cache and wrote into it as such, as each of them counts', async () => {
    const prices = {inputPrice: 1000, outputPrice: 100_000, cacheReadPrice: 10, cacheWritePrice: 10_000}
    const cost = async (kind: OwnKind, told: object, tell: (usage: object) => (event: unknown) => unknown) => {
      const {open, text, end, tail} = wireForms[kind]
      const events = [...open, ...text('fine'), ...end('stop')].map(tell(told))
      const server = await startProviderServer([{pieces: [...eventsOf(...events), ...tail]}])
      try {
        const there = {kind, baseUrl: server.url, apiKey: 'k', modelOptions: {m: prices}}
        const models = registry({providers: {there}})
        const {usage, cost} = finishOf(await collect((await models.resolve('there/m')).stream(request('hi')))) ?? {}
        return {input: usage?.input, read: usage?.cacheRead, usd: cost && Number(cost.usd.toFixed(9))}
      } finally {
        await server.close()
      }
    }
    // Anthropic counts them beside its input, the others as a part of it.
    const anthropic = {input_tokens: 7, cache_read_input_tokens: 500, cache_creation_input_tokens: 30, output_tokens: 2}
    const inMessage = (usage: object) => (event: unknown) => {
      const {type, message} = event as {type?: string; message?: object}
      if (type === 'message_start') return {...(event as object), message: {...message, usage}}
      return type === 'message_delta' ? {...(event as object), usage} : event
    }
    expect(await cost('anthropic', anthropic, inMessage)).to.deep.equal({
      input: 537,
      read: 500,
      usd: (7 * 1000 + 500 * 10 + 30 * 10_000 + 2 * 100_000) / 1e6,
    })
    const chat = {prompt_tokens: 507, prompt_tokens_details: {cached_tokens: 500}, completion_tokens: 2}
    const inChunk = (usage: object) => (event: unknown) =>
      (event as {usage?: unknown}).usage ? {...(event as object), usage} : event
    expect(await cost('openai-compatible', chat, inChunk)).to.deep.equal({
      input: 507,
      read: 500,
      usd: (7 * 1000 + 500 * 10 + 2 * 100_000) / 1e6,
    })
  })
})
