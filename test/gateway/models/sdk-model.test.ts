import {expect} from 'chai'
import {exitCodes, HermesError} from '../../../src/errors.js'
import {numberedText} from '../../../src/gateway/models/offline/numbered.js'
import type {ModelMessage, ToolSpec} from '../../../src/gateway/models/types.js'
import {continueInstruction} from '../../../src/gateway/turn/history.js'
import {type OpenAiServer, type Reply, type Script, startOpenAiServer} from '../../fixtures/openai-server.js'
import {type Collected, collect, finishOf, messagesOf, registry, registryAt, request} from './helpers.js'

const readFile: ToolSpec = {
  name: 'read_file',
  description: 'Reads a file',
  parameters: {type: 'object', properties: {path: {type: 'string'}}, required: ['path']},
}

describe('model behind an OpenAI-compatible address', () => {
  let servers: OpenAiServer[] = []

  async function serve(script?: Script, key?: string): Promise<OpenAiServer> {
    const server = await startOpenAiServer(script, key === undefined ? {} : {key})
    servers.push(server)
    return server
  }

  /** One step of the scenario of that name. */
  async function ask(name: string): Promise<Collected & {server: OpenAiServer}> {
    const server = await serve()
    const model = await registryAt(server.url).resolve(`test/${name}`)
    return {...(await collect(model.stream(request('hello')))), server}
  }

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()))
    servers = []
  })

  it('streams text in the order in which it came, then how it ended and what it cost', async () => {
    const got = await ask('fast-40')
    expect(got.error).to.equal(undefined)
    expect(got.text).to.equal(numberedText(40))
    const usage = {input: 10, output: 40, cacheRead: 0, cacheWrite: 0, reasoning: 0}
    expect(got.events.at(-1)).to.deep.equal({type: 'finish', reason: 'stop', usage})
  })

  it('sends instructions, conversation, tools, key and limits', async () => {
    const server = await serve(undefined, 'secret-key-1')
    const models = registry({
      providers: {test: {baseUrl: `${server.url}/`, apiKey: 'secret-key-1', headers: {'x-team': 'blue'}}},
      maxOutputTokens: 77,
      reasoningEffort: 'low',
    })
    const messages: ModelMessage[] = [
      {role: 'user', text: 'first'},
      {role: 'assistant', text: 'answer', reasoning: 'not sent again'},
      {role: 'user', text: 'second'},
    ]
    const got = await collect((await models.resolve('test/fast-1')).stream(request('', {messages, tools: [readFile]})))
    expect(got.text).to.equal('word0')
    const [seen] = server.requests
    expect(seen?.headers).to.include({authorization: 'Bearer secret-key-1', 'x-team': 'blue'})
    expect(seen?.chat).to.deep.include({model: 'fast-1', max_tokens: 77, reasoning_effort: 'low'})
    expect(seen?.chat?.messages).to.deep.equal([
      {role: 'system', content: 'Be brief.'},
      {role: 'user', content: 'first'},
      {role: 'assistant', content: 'answer'},
      {role: 'user', content: 'second'},
    ])
    expect(seen?.chat?.tools?.[0]?.function).to.deep.include({name: 'read_file', parameters: readFile.parameters})
  })

  it('streams reasoning apart from the answer', async () => {
    const got = await ask('think')
    expect(got.reasoning).to.equal('Let me think.')
    expect(got.text).to.equal(numberedText(10))
    expect(finishOf(got)?.usage.reasoning).to.equal(3)
  })

  it('names a tool when its call begins and hands over its parsed arguments', async () => {
    const server = await serve()
    const model = await registryAt(server.url).resolve('test/tool-read_file')
    const first = await collect(model.stream(request('{"path": "a.txt"}', {tools: [readFile]})))
    expect(first.error).to.equal(undefined)
    const rest = first.events.filter((event) => !['text', 'signed', 'finish'].includes(event.type))
    const call = {id: 'call_1', name: 'read_file', args: {path: 'a.txt'}}
    expect(rest).to.deep.equal([
      {type: 'tool-name', id: 'call_1', name: 'read_file'},
      {type: 'tool-call', call},
    ])
    expect(finishOf(first)?.reason).to.equal('tool-calls')

    const messages: ModelMessage[] = [
      {role: 'user', text: 'read it'},
      {role: 'assistant', text: first.text, toolCalls: [call]},
      {role: 'tool', toolCallId: 'call_1', name: 'read_file', result: {content: 'inside'}},
    ]
    const second = await collect(model.stream(request('', {messages, tools: [readFile]})))
    expect(second.text).to.equal('The tool answered: {"content":"inside"}')
  })

  it('gives back the reasoning of a step together with the results of its tools', async () => {
    const server = await serve(({messages}) =>
      messages.at(-1)?.role === 'tool'
        ? {kind: 'stream', text: ['done']}
        : {
            kind: 'stream',
            reasoning: ['because'],
            toolCalls: [{id: 'c1', name: 'read_file', arguments: '{"path":"a"}'}],
          },
    )
    const model = await registryAt(server.url).resolve('test/any')
    const first = await collect(model.stream(request('go', {tools: [readFile]})))
    const messages: ModelMessage[] = [{role: 'user', text: 'go'}, ...messagesOf(first)]
    const got = await collect(model.stream(request('', {messages, tools: [readFile]})))
    expect(got.text).to.equal('done')
    expect(server.requests[1]?.chat?.messages[2]).to.deep.include({role: 'assistant', reasoning_content: 'because'})
  })

  it('hands over arguments that are no JSON as the text that they are', async () => {
    const reply: Reply = {kind: 'stream', toolCalls: [{id: 'c1', name: 'read_file', arguments: '{"path": '}]}
    const server = await serve(() => reply)
    const model = await registryAt(server.url).resolve('test/any')
    const got = await collect(model.stream(request('go', {tools: [readFile]})))
    const calls = got.events.filter((event) => event.type === 'tool-call')
    expect(calls).to.deep.equal([{type: 'tool-call', call: {id: 'c1', name: 'read_file', args: '{"path": '}}])
  })

  it('goes on after arguments that are nested deeper than a stack, of tools that there are and others', async function () {
    // 320 000 pieces.
    this.timeout(60_000)
    const deep = {
      brackets: `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      braces: `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    }
    for (const [kind, value] of Object.entries(deep)) {
      for (const name of ['read_file', 'unknown']) {
        const reply: Reply = {kind: 'stream', toolCalls: [{id: 'c1', name, arguments: `{"path":${value}}`}]}
        const server = await serve(() => reply)
        const model = await registryAt(server.url).resolve('test/any')
        const got = await collect(model.stream(request('go', {tools: [readFile]})))
        expect(got.error, kind).to.equal(undefined)
        const [call] = got.events.filter((event) => event.type === 'tool-call')
        expect(call?.call.args, kind).to.equal('left out, since they are nested deeper than 100 levels')
      }
    }
  })

  it('maps cached and reasoning tokens, and why it ended', async () => {
    const server = await serve(() => ({
      kind: 'stream',
      text: ['x'],
      finish: 'length',
      usage: {prompt: 100, completion: 30, cached: 60, reasoning: 20},
    }))
    const got = await collect((await registryAt(server.url).resolve('test/any')).stream(request('go')))
    const usage = {input: 100, output: 30, cacheRead: 60, cacheWrite: 0, reasoning: 20}
    expect(finishOf(got)).to.deep.equal({type: 'finish', reason: 'length', usage})
  })

  it('asks for no tools and no count of tokens where the options of the model say so, by name or for all', async () => {
    const server = await serve()
    const modelOptions = {'*': {streamUsage: false}, 'fast-1': {tools: false}, 'fast-2': {streamUsage: true}}
    const models = registry({providers: {mine: {baseUrl: server.url, modelOptions}}})
    for (const name of ['fast-1', 'fast-2', 'fast-3']) {
      const got = await collect((await models.resolve(`mine/${name}`)).stream(request('go', {tools: [readFile]})))
      expect(got.error).to.equal(undefined)
    }
    const sent = server.requests.map(({chat}) => [
      chat?.tools?.length ?? 0,
      chat !== undefined && 'stream_options' in chat,
    ])
    expect(sent).to.deep.equal([
      [0, false],
      [1, true],
      [1, false],
    ])
  })

  it('throws the reason of an abort at once and closes the connection', async () => {
    const server = await serve()
    const stop = new AbortController()
    const reason = new Error('the person interrupts')
    const model = await registryAt(server.url).resolve('test/pace-1000-20')
    const got = await collect(model.stream(request('go', {signal: stop.signal})), (_, index) => {
      if (index === 2) stop.abort(reason)
    })
    expect(got.error).to.equal(reason)
    // On a busy machine an event holds several words.
    expect(got.events).to.have.length(3)
    expect(numberedText(1000).startsWith(got.text)).to.equal(true)
    expect(await server.requests[0]?.closedEarly).to.equal(true)
    expect(server.requests[0]?.sent).to.be.lessThan(1000)
  })

  it('throws the reason of an abort while it waits for the first byte', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const server = await serve((chat) => {
      setTimeout(() => stop.abort(reason), 20)
      return {kind: 'stream', firstByteMs: 60_000, text: [chat.model]}
    })
    const got = await collect(
      (await registryAt(server.url).resolve('test/any')).stream(request('go', {signal: stop.signal})),
    )
    expect(got).to.deep.include({text: '', error: reason})
    expect(await server.requests[0]?.closedEarly).to.equal(true)
  })

  it('closes the connection when the reader stops', async () => {
    const server = await serve()
    const model = await registryAt(server.url).resolve('test/pace-1000-50')
    for await (const event of model.stream(request('go'))) if (event.type === 'text') break
    expect(await server.requests[0]?.closedEarly).to.equal(true)
  })

  for (const how of ['drop', 'end', 'garbage'] as const) {
    it(`keeps what came before a stream that breaks off (${how}), and can go on from there`, async () => {
      const {text, events, error, server} = await ask(`${how}-after-5`)
      expect(text).to.equal(numberedText(5))
      expect(events.every((event) => event.type === 'text')).to.equal(true)
      expectProviderError(error, 'dropped', /dropped in mid-reply/)
      expect(server.requests, 'a reply that has begun is not asked for again').to.have.length(1)

      const messages: ModelMessage[] = [
        {role: 'user', text: 'hello'},
        {role: 'assistant', text},
        {role: 'user', text: continueInstruction},
      ]
      const model = await registryAt(server.url).resolve(`test/${how}-after-5`)
      const rest = await collect(model.stream(request('', {messages})))
      expect(rest.error).to.equal(undefined)
      expect(text + rest.text).to.equal(numberedText(25))
    })
  }

  const answers: [name: string, code: string, message: RegExp][] = [
    ['status-401', 'unauthorized', /401.*Incorrect API key/],
    ['status-403', 'forbidden', /403.*may not use/],
    ['status-404', 'not-found', /404.*no model status-404 there/],
    ['status-429-20', 'rate-limited', /429.*free again in 20 s/],
    ['status-500', 'failed', /500.*server error/],
    ['status-503', 'overloaded', /503.*overloaded/],
    ['status-400', 'bad-request', /400/],
    ['context', 'context-too-long', /too long.*8192/],
  ]
  for (const [name, code, message] of answers) {
    it(`says in one line what ${name} means, without asking again`, async () => {
      const {error, server} = await ask(name)
      const shown = expectProviderError(error, code, message)
      expect(shown.message).to.contain(`test/${name} at ${server.url}`)
      expect(server.requests).to.have.length(1)
    })
  }

  it('says that nothing answers at an address', async () => {
    const server = await serve()
    await server.close()
    const got = await collect((await registryAt(server.url).resolve('test/any')).stream(request('go')))
    expectProviderError(got.error, 'bad-address', /cannot reach test \(ECONNREFUSED\)/)
  })

  it('says that an address is none', async () => {
    const got = await collect((await registryAt('not a url').resolve('test/any')).stream(request('go')))
    expectProviderError(got.error, 'bad-address', /not a URL/)
  })

  it('says that something else than a model server is there', async () => {
    const server = await serve(() => ({kind: 'answer', status: 200, body: '<html>hello</html>'}))
    const got = await collect((await registryAt(server.url).resolve('test/any')).stream(request('go')))
    expect(got.error).to.be.instanceOf(HermesError)
    expect(got.error).to.have.property('code').that.is.oneOf(['provider/dropped', 'provider/failed'])
  })

  it('never shows key or credentials, wherever they come back', async () => {
    const key = 'sk-live-abcdefghijklmnop'
    const server = await serve(() => ({kind: 'answer', status: 403, body: {error: {message: `key ${key} is bad`}}}))
    const address = server.url.replace('http://', 'http://user:pass-word@')
    const got = await collect(
      (await registry({providers: {test: {baseUrl: address, apiKey: key}}}).resolve('test/any')).stream(request('go')),
    )
    const shown = JSON.stringify([got.error, String(got.error), (got.error as Error).cause, (got.error as Error).stack])
    expect(shown).not.to.contain(key)
    expect(shown).not.to.contain('pass-word')
  })

  it('says which variable holds the missing key, without loading or calling anything', async () => {
    const got = await collect((await registry().resolve('anthropic/claude-x')).stream(request('go')))
    const error = expectProviderError(got.error, 'no-key', /anthropic\/claude-x: no API key for anthropic/)
    expect(error.suggestions.join('\n')).to.contain('ANTHROPIC_API_KEY')
  })

  it('prints nothing', async () => {
    const printed: string[] = []
    const onWarning = (warning: Error) => printed.push(warning.message)
    process.on('warning', onWarning)
    const {write} = process.stderr
    process.stderr.write = (chunk: string | Uint8Array) => printed.push(String(chunk)) > 0
    try {
      await ask('status-500')
      await ask('drop-after-2')
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.stderr.write = write
      process.off('warning', onWarning)
    }
    expect(printed).to.deep.equal([])
  })
})

function expectProviderError(error: unknown, problem: string, message: RegExp): HermesError {
  expect(error).to.be.instanceOf(HermesError)
  const shown = error as HermesError
  expect(shown.code).to.equal(`provider/${problem}`)
  expect(shown.exit).to.equal(exitCodes.provider)
  expect(shown.message).to.match(message)
  expect(shown.message).not.to.match(/[\r\n]/)
  expect(shown.suggestions).not.to.deep.equal([])
  return shown
}
