import {createServer, type IncomingHttpHeaders, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'
import type {ModelMessage, ToolSpec} from '../../../src/gateway/models/types.js'
import {startOpenAiServer} from '../../fixtures/openai-server.js'
import {type Collected, collect, finishOf, messagesOf, registry, request} from './helpers.js'

interface Seen {
  path: string
  headers: IncomingHttpHeaders
  body: unknown
}

const tool: ToolSpec = {
  name: 'look',
  description: 'Looks',
  parameters: {type: 'object', properties: {at: {type: 'string'}}},
}

/** What stands in a request at that path; undefined where there is none. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value)
}

/** The turn after a step that called the tool. */
const followUp = (got: Collected): ModelMessage[] => [{role: 'user', text: 'go'}, ...messagesOf(got, {seen: true})]

describe('clients of the providers', () => {
  let server: Server
  let url: string
  let seen: Seen[]
  let frames: string[]

  /** What every answer consists of, as SSE frames. */
  const answerWith = (events: object[], named: boolean) => {
    frames = events.map((event) => {
      const name = named ? `event: ${(event as {type: string}).type}\n` : ''
      return `${name}data: ${JSON.stringify(event)}\n\n`
    })
  }

  beforeEach(async () => {
    seen = []
    server = createServer(async (incoming, response) => {
      const chunks: Buffer[] = []
      for await (const piece of incoming) chunks.push(piece as Buffer)
      seen.push({
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: JSON.parse(Buffer.concat(chunks).toString()),
      })
      response.writeHead(200, {'content-type': 'text/event-stream'}).end(frames.join(''))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  })

  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('Anthropic: signed reasoning comes back with the results of tools', async () => {
    const usage = {input_tokens: 12, cache_read_input_tokens: 3, cache_creation_input_tokens: 4, output_tokens: 1}
    answerWith(
      [
        {type: 'message_start', message: {id: 'm', type: 'message', role: 'assistant', model: 'c', content: [], usage}},
        {type: 'content_block_start', index: 0, content_block: {type: 'thinking', thinking: ''}},
        {type: 'content_block_delta', index: 0, delta: {type: 'thinking_delta', thinking: 'why'}},
        {type: 'content_block_delta', index: 0, delta: {type: 'signature_delta', signature: 'signed'}},
        {type: 'content_block_stop', index: 0},
        {
          type: 'content_block_start',
          index: 1,
          content_block: {type: 'tool_use', id: 'call1', name: 'look', input: {}},
        },
        {type: 'content_block_delta', index: 1, delta: {type: 'input_json_delta', partial_json: '{"at":"it"}'}},
        {type: 'content_block_stop', index: 1},
        {type: 'message_delta', delta: {stop_reason: 'tool_use', stop_sequence: null}, usage: {output_tokens: 9}},
        {type: 'message_stop'},
      ],
      true,
    )
    const models = registry({providers: {anthropic: {baseUrl: url, apiKey: 'the-key'}}, reasoningEffort: 'high'})
    const model = await models.resolve('anthropic/claude-sonnet-4-5')
    const got = await collect(model.stream(request('go', {tools: [tool]})))
    expect(got.error).to.equal(undefined)
    expect(got.reasoning).to.equal('why')
    const call = {id: 'call1', name: 'look', args: {at: 'it'}}
    expect(got.events.filter((event) => event.type === 'tool-call')).to.deep.equal([{type: 'tool-call', call}])
    expect(finishOf(got)).to.deep.include({reason: 'tool-calls'})
    expect(finishOf(got)?.usage).to.include({cacheRead: 3, cacheWrite: 4, output: 9})

    await collect(model.stream(request('', {messages: followUp(got), tools: [tool]})))
    expect(seen[0]?.path).to.equal('/v1/messages')
    expect(seen[0]?.headers['x-api-key']).to.equal('the-key')
    expect(at(seen, 0, 'body', 'thinking')).to.include({type: 'enabled'})
    const content = at(seen, 1, 'body', 'messages', 1, 'content')
    expect(at(content, 0)).to.deep.equal({type: 'thinking', thinking: 'why', signature: 'signed'})
    expect(at(content, 1)).to.deep.include({type: 'tool_use', id: 'call1', input: {at: 'it'}})
    expect(at(seen, 1, 'body', 'messages', 2, 'content', 0)).to.deep.include({
      type: 'tool_result',
      tool_use_id: 'call1',
    })
  })

  it('Google: the signature of a call comes back', async () => {
    answerWith(
      [
        {candidates: [{content: {role: 'model', parts: [{text: 'hm', thought: true}]}}]},
        {
          candidates: [
            {
              content: {
                role: 'model',
                parts: [{functionCall: {name: 'look', args: {at: 'it'}}, thoughtSignature: 'signed'}],
              },
              finishReason: 'STOP',
            },
          ],
          usageMetadata: {promptTokenCount: 7, candidatesTokenCount: 5, thoughtsTokenCount: 2, totalTokenCount: 14},
        },
      ],
      false,
    )
    const models = registry({providers: {google: {baseUrl: url, apiKey: 'the-key'}}})
    const model = await models.resolve('google/gemini-3-pro-preview')
    const got = await collect(model.stream(request('go', {tools: [tool]})))
    expect(got.error).to.equal(undefined)
    expect(got.reasoning).to.equal('hm')
    expect(finishOf(got)).to.deep.include({reason: 'tool-calls'})
    expect(finishOf(got)?.usage).to.include({input: 7, output: 7, reasoning: 2})
    const call = got.events.find((event) => event.type === 'tool-call')?.call
    expect(call).to.deep.include({name: 'look', args: {at: 'it'}})

    await collect(model.stream(request('', {messages: followUp(got), tools: [tool]})))
    expect(seen[0]?.path).to.equal('/v1/models/gemini-3-pro-preview:streamGenerateContent?alt=sse')
    expect(seen[0]?.headers['x-goog-api-key']).to.equal('the-key')
    const parts = at(seen, 1, 'body', 'contents', 1, 'parts') as {functionCall?: object; thoughtSignature?: string}[]
    expect(parts.find((part) => part.functionCall)?.thoughtSignature).to.equal('signed')
  })

  it('OpenAI: the Responses API, without storing there, with reasoning given back', async () => {
    const item = {type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed', summary: []}
    const call = {type: 'function_call', id: 'fc_1', call_id: 'call1', name: 'look', arguments: '{"at":"it"}'}
    const usage = {
      input_tokens: 20,
      input_tokens_details: {cached_tokens: 8},
      output_tokens: 6,
      output_tokens_details: {reasoning_tokens: 4},
    }
    answerWith(
      [
        {type: 'response.created', response: {id: 'r', created_at: 1, model: 'gpt'}},
        {type: 'response.output_item.added', output_index: 0, item},
        {type: 'response.output_item.done', output_index: 0, item},
        {type: 'response.output_item.added', output_index: 1, item: {...call, arguments: '', status: 'in_progress'}},
        {type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 1, delta: '{"at":"it"}'},
        {type: 'response.output_item.done', output_index: 1, item: {...call, status: 'completed'}},
        {type: 'response.completed', response: {usage}},
      ],
      true,
    )
    const providers = {openai: {kind: 'openai' as const, baseUrl: url, apiKey: 'the-key'}}
    const models = registry({providers, reasoningEffort: 'medium', maxOutputTokens: 99})
    const model = await models.resolve('openai/gpt-5')
    const got = await collect(model.stream(request('go', {tools: [tool]})))
    expect(got.error).to.equal(undefined)
    expect(finishOf(got)).to.deep.include({reason: 'tool-calls'})
    expect(finishOf(got)?.usage).to.deep.equal({input: 20, output: 6, cacheRead: 8, cacheWrite: 0, reasoning: 4})

    await collect(model.stream(request('', {messages: followUp(got), tools: [tool]})))
    expect(seen[0]?.path).to.equal('/v1/responses')
    expect(at(seen, 0, 'body')).to.deep.include({store: false, max_output_tokens: 99})
    expect(at(seen, 0, 'body', 'reasoning')).to.deep.include({effort: 'medium'})
    const kinds = (at(seen, 1, 'body', 'input') as {type?: string}[]).map((one) => one.type)
    expect(kinds).to.include.members(['reasoning', 'function_call', 'function_call_output'])
  })

  it('OpenRouter: chat completions with its key', async () => {
    const chat = await startOpenAiServer(undefined, {key: 'the-key'})
    try {
      const models = registry({providers: {openrouter: {baseUrl: chat.url}}, env: {OPENROUTER_API_KEY: 'the-key'}})
      const got = await collect((await models.resolve('openrouter/fast-4')).stream(request('go')))
      expect(got.error).to.equal(undefined)
      expect(got.text).to.equal('word0 word1 word2 word3')
      expect(finishOf(got)?.usage).to.include({input: 10, output: 4})
    } finally {
      await chat.close()
    }
  })
})
