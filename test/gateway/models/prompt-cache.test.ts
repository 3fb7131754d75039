import {expect} from 'chai'
import fc from 'fast-check'
import type {ProviderConfig} from '../../../src/config/schema.js'
import type {OwnKind} from '../../../src/gateway/models/catalog.js'
import {cachedPrompt} from '../../../src/gateway/models/prompt-cache.js'
import {toSdkMessages} from '../../../src/gateway/models/sdk-messages.js'
import type {ModelMessage, ToolSpec} from '../../../src/gateway/models/types.js'
import {eventsOf, startProviderServer, wireForms} from '../../fixtures/provider-server.js'
import {runs} from '../../helpers/sample.js'
import {collect, registry, request} from './helpers.js'

const tool: ToolSpec = {name: 'look', description: 'Looks', parameters: {type: 'object', properties: {}}}

const twoSteps: ModelMessage[] = [
  {role: 'user', text: 'first'},
  {role: 'assistant', text: 'done'},
  {role: 'user', text: 'second'},
  {role: 'assistant', text: '', toolCalls: [{id: 'toolu_1', name: 'look', args: {}}]},
  {role: 'tool', toolCallId: 'toolu_1', name: 'look', result: 'seen'},
]

const mark = {type: 'ephemeral'}

/** What a provider of that kind is sent in the second step of a turn. */
async function sent(kind: OwnKind, model: string, changes: ProviderConfig = {}) {
  const {open, text, end, tail} = wireForms[kind]
  const server = await startProviderServer([{pieces: [...eventsOf(...open, ...text('fine'), ...end('stop')), ...tail]}])
  try {
    const models = registry({providers: {there: {kind, baseUrl: server.url, apiKey: 'k', ...changes}}})
    const resolved = await models.resolve(`there/${model}`)
    const got = await collect(resolved.stream(request('', {messages: twoSteps, tools: [tool]})))
    expect(got.error, `${got.error}`).to.equal(undefined)
    return (server.requests[0]?.body ?? {}) as {
      system?: unknown
      messages: {content: {cache_control?: unknown}[] | string}[]
    }
  } finally {
    await server.close()
  }
}

const marksOf = (body: unknown) => JSON.stringify(body).match(/"cache_control"/g)?.length ?? 0

describe('prompt caching', () => {
  it('is asked of Anthropic for what precedes the conversation, for the last step and for this one', async () => {
    const body = await sent('anthropic', 'claude-sonnet-5-5')
    expect(body.system).to.deep.equal([{type: 'text', text: 'Be brief.', cache_control: mark}])
    const last = body.messages.map(({content}) =>
      typeof content === 'string' ? undefined : content.at(-1)?.cache_control,
    )
    expect(last).to.deep.equal([undefined, undefined, mark, undefined, mark])
    expect(marksOf(body)).to.equal(3)
  })

  it('is asked of OpenRouter for models that need it, and of nobody else', async () => {
    for (const model of ['anthropic/claude-sonnet-5.5', 'google/gemini-4-argon'])
      expect(marksOf(await sent('openrouter', model)), model).to.equal(3)
    expect(marksOf(await sent('openrouter', 'openai/gpt-6'))).to.equal(0)
    for (const kind of ['openai-compatible', 'openai', 'google'] as const)
      expect(marksOf(await sent(kind, 'anthropic/claude')), kind).to.equal(0)
  })

  it('is left out where a server refuses it', async () => {
    const modelOptions = {m: {promptCaching: false}}
    expect(marksOf(await sent('anthropic', 'm', {modelOptions}))).to.equal(0)
  })

  it('marks what the step before had kept, at every length, and changes nothing else', () => {
    const exchange = fc.record({calls: fc.nat(3), text: fc.string({minLength: 1, maxLength: 5})})
    fc.assert(
      fc.property(fc.array(exchange, {minLength: 1, maxLength: 12}), (exchanges) => {
        const reader = {kind: 'anthropic', id: 'anthropic/m'} as const
        const messages: ModelMessage[] = []
        let before: number[] = []
        for (const [turn, {calls, text}] of exchanges.entries()) {
          messages.push({role: 'user', text: `${turn} ${text}`})
          for (let call = 0; call <= calls; call++) {
            const plain = toSdkMessages(messages, reader)
            const prompt = cachedPrompt('x', plain, reader)
            const marked = prompt.messages.flatMap((message, index) => (message === plain[index] ? [] : [index]))
            expect(marked)
              .to.have.length.within(1, 2)
              .and.include(plain.length - 1)
            if (before.length > 0) expect(marked).to.include(before.at(-1))
            expect(prompt.messages.map(({role, content}) => ({role, content}))).to.deep.equal(
              plain.map(({role, content}) => ({role, content})),
            )
            before = marked
            const id = `toolu_${turn}_${call}`
            if (call === calls) break
            messages.push({role: 'assistant', text: '', toolCalls: [{id, name: 'look', args: {}}]})
            messages.push({role: 'tool', toolCallId: id, name: 'look', result: 'seen'})
          }
          messages.push({role: 'assistant', text: 'said'})
        }
      }),
      {numRuns: runs(300, 60)},
    )
  })
})
