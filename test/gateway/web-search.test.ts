import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {SessionOpened} from '../../src/protocol/methods.js'
import {type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import {Scratch} from './gateway-process.js'

describe('a search of the web', () => {
  const scratch = new Scratch()
  let server: OpenAiServer

  beforeEach(async () => {
    const source = {
      type: 'url_citation',
      url_citation: {url: 'https://a.example/', title: 'A', start_index: 0, end_index: 1},
    }
    const found = {role: 'assistant', content: 'Found it.', annotations: [source]}
    server = await startOpenAiServer(({messages, ...request}) => {
      if ('plugins' in request) {
        const usage = {prompt_tokens: 1000, completion_tokens: 50, total_tokens: 1050}
        const body = {id: 'g', model: 'm', choices: [{index: 0, finish_reason: 'stop', message: found}], usage}
        return {kind: 'answer', status: 200, body}
      }
      const call = {id: 'call_1', name: 'web_search', arguments: '{"query":"what is new"}'}
      return messages.some(({role}) => role === 'tool')
        ? {kind: 'stream', text: ['done']}
        : {kind: 'stream', toolCalls: [call]}
    })
  })
  afterEach(() => server.close())

  function configure(kind: string, more = ''): void {
    const folder = path.join(scratch.home, '.config', 'hermes')
    mkdirSync(folder, {recursive: true})
    const provider = `  mine: {kind: ${kind}, baseUrl: "${server.url}", apiKey: k}\n`
    writeFileSync(path.join(folder, 'config.yaml'), `discoverLocal: false\nproviders:\n${provider}${more}`)
  }
  const start = () => scratch.start({model: 'mine/any', cwd: scratch.project})
  const offered = () => server.requests[0]?.chat?.tools?.map((tool) => tool.function.name)
  const told = () => JSON.parse(server.requests.at(-1)?.chat?.messages.find(({role}) => role === 'tool')?.content ?? '')

  it('is a call with its query and its sources, the same after a resume, and counted', async () => {
    configure('openrouter', 'models: {webSearch: true}\n')
    const gateway = await start()
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'go')
    expect(offered()).to.include('web_search')
    const sources = [{title: 'A', url: 'https://a.example/'}]
    expect(told()).to.deep.include({query: 'what is new', content: 'Found it.', sources, model: 'mine/any'})
    const complete = await gateway.event('tool.complete')
    expect(complete.result).to.deep.equal(told())
    expect((await gateway.event('message.complete')).usage).to.include({calls: 3})
    await gateway.kill()
    const next = await start()
    const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
    expect(JSON.stringify(opened.messages)).to.include('https://a.example/').and.to.include('what is new')
  })

  it('is not offered unless it is configured, and told plainly where the provider has none', async () => {
    configure('openrouter')
    const gateway = await start()
    await gateway.turn((await gateway.create()).sid, 'go')
    expect(offered()).to.not.include('web_search')
    expect(told().error).to.include('unknown tool')
    await gateway.kill()
    configure('openai-compatible', 'models: {webSearch: true}\n')
    const other = await start()
    await other.turn((await other.create()).sid, 'go')
    expect(told().error).to.equal(
      'web_search: mine/any has no search of its own; models of Anthropic, OpenAI, Google and OpenRouter have',
    )
  })
})
