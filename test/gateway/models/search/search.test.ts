import {once} from 'node:events'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'
import {HermesError} from '../../../../src/errors.js'
import type {OwnKind} from '../../../../src/gateway/models/catalog.js'
import {registry} from '../helpers.js'

const page = {url: 'https://news.example/a', title: 'News'}
const words = 'It was found.'

/** What each provider answers to a search, by its documentation, and what of the request asks for one. */
const providers: Partial<Record<OwnKind, {answer: unknown; asks: string}>> = {
  anthropic: {
    asks: '"type":"web_search_20250305"',
    answer: {
      type: 'message',
      id: 'msg_1',
      model: 'm',
      role: 'assistant',
      content: [
        {type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {query: 'q'}},
        {
          type: 'web_search_tool_result',
          tool_use_id: 'srvtoolu_1',
          content: [{type: 'web_search_result', ...page, encrypted_content: 'xyz', page_age: null}],
        },
        {type: 'text', text: words},
      ],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {input_tokens: 100, output_tokens: 7, server_tool_use: {web_search_requests: 1}},
    },
  },
  openai: {
    asks: '"type":"web_search"',
    answer: {
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      model: 'm',
      status: 'completed',
      output: [
        {type: 'web_search_call', id: 'ws_1', status: 'completed', action: {type: 'search', query: 'q'}},
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [
            {
              type: 'output_text',
              text: words,
              annotations: [{type: 'url_citation', start_index: 0, end_index: 5, ...page}],
            },
          ],
        },
      ],
      usage: {input_tokens: 100, output_tokens: 7},
    },
  },
  google: {
    asks: '"googleSearch"',
    answer: {
      candidates: [
        {
          content: {role: 'model', parts: [{text: words}]},
          finishReason: 'STOP',
          groundingMetadata: {
            webSearchQueries: ['q'],
            groundingChunks: [{web: {uri: page.url, title: page.title}}],
          },
        },
      ],
      usageMetadata: {promptTokenCount: 100, candidatesTokenCount: 7, totalTokenCount: 107},
    },
  },
  openrouter: {
    asks: '"plugins":[{"id":"web"}]',
    answer: {
      id: 'gen-1',
      model: 'm',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: {
            role: 'assistant',
            content: words,
            annotations: [{type: 'url_citation', url_citation: {...page, start_index: 0, end_index: 5, content: ''}}],
          },
        },
      ],
      usage: {prompt_tokens: 100, completion_tokens: 7, total_tokens: 107},
    },
  },
}

describe('searching the web by a provider', () => {
  let server: Server
  let base: string
  let bodies: string[]
  let answer: {status: number; body: unknown} | undefined

  beforeEach(async () => {
    bodies = []
    server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      bodies.push(body)
      if (!answer) return
      response.writeHead(answer.status, {'content-type': 'application/json'}).end(JSON.stringify(answer.body))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const modelOf = (kind: OwnKind) =>
    registry({providers: {there: {kind, baseUrl: base, apiKey: 'k'}}}).resolve('there/gemini-3-pro')

  for (const [kind, {answer: body, asks}] of Object.entries(providers)) {
    it(`${kind}: asks for its search, and has text, sources and what it took`, async () => {
      answer = {status: 200, body}
      const model = await modelOf(kind as OwnKind)
      const found = await model.search?.('what is new?', new AbortController().signal)
      expect(found).to.deep.include({model: 'there/gemini-3-pro', text: words, sources: [page]})
      expect(found?.usage).to.include({input: 100, output: 7})
      expect(bodies).to.have.length(1)
      expect(bodies[0]).to.include(asks).and.to.include('what is new?')
    })

    it(`${kind}: fails in words, is asked once, and ends with an interrupt`, async () => {
      answer = {status: 400, body: {error: {message: 'no search for you', type: 'invalid_request_error'}}}
      const model = await modelOf(kind as OwnKind)
      const failure = await model.search?.('q', new AbortController().signal).catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(HermesError)
      expect((failure as HermesError).message).to.include('no search for you')
      expect(bodies).to.have.length(1)
      answer = undefined
      const stop = new AbortController()
      const search = model.search?.('q', stop.signal).catch((error: unknown) => error)
      while (bodies.length < 2) await new Promise((resolve) => setImmediate(resolve))
      stop.abort(new Error('enough'))
      expect(await search).to.have.property('message', 'enough')
    })
  }

  it('is nothing that another server has', async () => {
    expect((await modelOf('openai-compatible')).search).to.equal(undefined)
    expect((await registry().resolve('offline')).search).to.equal(undefined)
  })
})
