import {expect} from 'chai'
import type {PrintEvent, PrintResult} from '../../src/chat/print/format.js'
import {type ChatRequest, type OpenAiServer, type Reply, startOpenAiServer} from '../fixtures/openai-server.js'
import {runHermes} from '../helpers/program/run-program.js'
import {useChats} from '../helpers/pty/suite.js'
import {someOf} from '../helpers/sample.js'

const busy = (ms: number): Reply => ({
  kind: 'answer',
  status: 529,
  headers: {'retry-after-ms': String(ms)},
  body: {error: {message: 'Overloaded'}},
})
const answer: Reply = {kind: 'stream', text: ['all ', 'is ', 'well']}

describe('waits for a model, end to end', () => {
  const suite = useChats()
  let server: OpenAiServer | undefined

  afterEach(async () => {
    await server?.close()
    server = undefined
  })

  /** Answers in this order; the last one again and again. */
  async function serve(replies: readonly Reply[], configuration = ''): Promise<() => ChatRequest[]> {
    let asked = 0
    const started = await startOpenAiServer(() => replies[Math.min(asked++, replies.length - 1)] ?? answer)
    server = started
    suite.home.configure(
      `discoverLocal: false\nmodel: mine/any\nproviders:\n  mine:\n    baseUrl: ${started.url}\n${configuration}`,
    )
    return () => started.requests.flatMap(({chat}) => chat ?? [])
  }

  const print = (format: string) =>
    runHermes(['chat', '--output-format', format, '-p', 'begin'], {cwd: suite.home.cwd, env: suite.home.env()})
  const prompts = (request: ChatRequest | undefined) =>
    (request?.messages ?? []).filter(({role, content}) => role === 'user' && content === 'begin')

  it('count down on the screen, and end with Esc', async () => {
    const asked = await serve([busy(60_000), answer])
    const chat = suite.start()
    await chat.ready()
    await chat.submit('begin')
    await chat.waitFor(/overloaded \(529\) · again in \d+s \(1\/4\) · Esc ends it/)
    chat.press('escape')
    await chat.waitFor('[interrupted]')
    await chat.ready()
    expect(asked()).to.have.length(1)
    await chat.submit('/retry')
    await chat.waitFor('all is well')
    expect(asked()).to.have.length(2)
  })

  it('neither lose nor double the prompt when the gateway dies in one', async () => {
    const asked = await serve([busy(60_000), answer], 'recovery:\n  inflight: continue\n')
    const chat = suite.start()
    await chat.ready()
    await chat.submit('begin')
    await chat.waitFor('again in')
    process.kill(await chat.gateway(), 'SIGKILL')
    await chat.waitFor('all is well')
    await chat.ready()
    expect(asked()).to.have.length(2)
    expect(prompts(asked()[1])).to.have.length(1)
    expect(chat.scrollback().split('› begin')).to.have.length(2)
  })

  it('are told on stderr and as events in print mode', async () => {
    const asked = await serve([busy(20), busy(20), answer])
    const ended = await print('stream-json')
    expect(ended.code).to.equal(0)
    const events = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PrintEvent)
    expect(events.filter(({type}) => type === 'retry')).to.deep.equal(
      [1, 2].map((attempt) => ({type: 'retry', attempt, limit: 4, wait_ms: 20, reason: 'overloaded (529)'})),
    )
    expect(ended.stderr).to.match(/overloaded \(529\), trying again in 0 s \(1\/4\)/)
    expect(events.at(-1)).to.include({type: 'result', status: 'complete', text: 'all is well'})
    expect(asked()).to.have.length(3)
  })

  it('say in print mode that nothing comes', async () => {
    await serve([{kind: 'stream', firstByteMs: 400, text: ['late']}], 'models:\n  tellSilenceMs: 100\n')
    const ended = await print('text')
    expect(ended).to.include({code: 0, stdout: 'late\n'})
    expect(ended.stderr).to.include('nothing has come from the model for 0.1 s')
  })

  const incomplete: [reason: string, reply: Reply, text: string][] = [
    ['length', {kind: 'stream', text: ['half'], finish: 'length'}, 'half'],
    ['content-filter', {kind: 'stream', text: ['half'], finish: 'content_filter'}, 'half'],
    ['empty', {kind: 'stream', text: []}, ''],
    ['reasoning-only', {kind: 'stream', reasoning: ['hm']}, ''],
  ]
  for (const [reason, reply, text] of someOf(incomplete, 2)) {
    it(`are over with a reply that is not whole, and print mode says so: ${reason}`, async () => {
      await serve([reply])
      const ended = await print('text')
      expect(ended).to.include({code: 10, stdout: text === '' ? '' : `${text}\n`})
      expect(ended.stderr).not.to.equal('')
      const json = await print('json')
      expect(json.code).to.equal(10)
      const result = JSON.parse(json.stdout) as PrintResult
      expect(result).to.include({status: 'incomplete', stop_reason: reason, text})
      expect(result.error).to.include({code: `turn/${reason}`})
    })
  }
})
