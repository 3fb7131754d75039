import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {Chat} from '../../../src/tui/chat.js'
import {statusOf} from '../../../src/tui/state/status/status.js'
import {type CountingServer, startCountingServer} from '../../fixtures/counting-server.js'
import {ensureBuilt, root} from '../../helpers/build.js'
import {ChatSetup, until} from '../chat-setup.js'

describe('/compact on the built-in gateway', () => {
  let setup: ChatSetup
  let server: CountingServer
  let hold: Promise<void> | undefined
  let held = Promise.withResolvers<void>()

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })

  beforeEach(async () => {
    setup = new ChatSetup([process.execPath, path.join(root, 'dist', 'gateway', 'main.js')])
    held = Promise.withResolvers<void>()
    hold = undefined
    server = await startCountingServer({
      kind: 'openai-compatible',
      window: 100_000,
      reply: ({summary}, number) => ({text: summary ? 'THE SUMMARY of it' : `reply ${number}`}),
      gate: async ({summary}, event) => {
        if (!summary || event !== 2 || !hold) return
        held.resolve()
        await hold
      },
    })
    const folder = path.join(setup.home, '.config', 'hermes')
    mkdirSync(folder, {recursive: true})
    const provider = `counting: {baseUrl: "${server.url}", apiKey: k}`
    writeFileSync(path.join(folder, 'config.yaml'), `discoverLocal: false\nproviders:\n  ${provider}\n`)
  })

  afterEach(async () => {
    await setup.dispose()
    await server.close()
  })

  const env = () => ({HOME: setup.home, HERMES_HOME: path.join(setup.home, 'hermes'), HERMES_MODEL: 'counting/m'})
  const said = (chat: Chat) => chat.state.items.flatMap((item) => ('text' in item ? [item.text] : [])).join('\n')
  const prompts = () => JSON.stringify(server.requests.at(-1)?.body)

  async function talked(): Promise<Chat> {
    const chat = setup.start(env())
    for (const word of ['one', 'two', 'three']) await ask(chat, `prompt-${word} ${'padding '.repeat(100)}`)
    return chat
  }

  async function ask(chat: Chat, text: string): Promise<void> {
    const before = server.requests.length
    chat.submit(text)
    await until(chat, () => server.requests.length > before && !chat.state.turn && chat.state.prompts.length === 0)
  }

  it('tells what was done; what is typed meanwhile waits for it; it is taken back', async () => {
    const chat = await talked()
    const {promise, resolve} = Promise.withResolvers<void>()
    hold = promise
    chat.submit('/compact the ports')
    await held.promise
    await until(chat, () => /compacting [\d.]+k tokens/.test(chat.state.compacting ?? ''))
    expect(statusOf(chat.state)).to.deep.include({tone: 'busy'})
    expect(statusOf(chat.state).text).to.match(/^compacting .* · Esc ends it$/)
    chat.submit('prompt-four')
    expect(chat.state.prompts.map(({state}) => state)).to.deep.equal(['queued'])
    hold = undefined
    resolve()
    await until(chat, () => said(chat).includes('reply 4'))
    expect(said(chat)).to.match(/compacted: [\d.k]+ → [\d.k]+ tokens, \d messages are a summary now · \/compact undo/)
    expect(prompts()).to.include('THE SUMMARY').and.include('prompt-four').and.not.include('prompt-one')
    chat.submit('/compact undo')
    await until(chat, () => said(chat).includes('the compaction is taken back'))
    await ask(chat, 'prompt-five')
    expect(prompts()).to.include('prompt-one').and.not.include('THE SUMMARY')
  })

  it('ends with Esc, and nothing is changed', async () => {
    const chat = await talked()
    hold = new Promise(() => {})
    chat.submit('/compress')
    await held.promise
    expect(chat.interrupt()).to.equal(true)
    await until(chat, () => said(chat).includes('nothing was changed'))
    await until(chat, () => chat.state.compacting === undefined)
    hold = undefined
    await ask(chat, 'prompt-four')
    expect(prompts()).to.include('prompt-one').and.not.include('THE SUMMARY')
    expect(chat.interrupt()).to.equal(false)
  })

  it('changes nothing where the gateway dies in the middle of it, and says to try again', async () => {
    const chat = await talked()
    hold = new Promise(() => {})
    chat.submit('/compact')
    await held.promise
    process.kill(Number(chat.state.view.pid), 'SIGKILL')
    await until(chat, () => said(chat).includes('the gateway died before it answered: if it was not done, try again'))
    hold = undefined
    await until(chat, () => said(chat).includes('session recovered'))
    expect(chat.state.compacting).to.equal(undefined)
    await ask(chat, 'prompt-four')
    expect(prompts()).to.include('prompt-one').and.not.include('THE SUMMARY')
  })

  it('is told at its place in the transcript when the session is opened again', async () => {
    const chat = await talked()
    chat.submit('/compact')
    await until(chat, () => said(chat).includes('compacted:'))
    await ask(chat, 'prompt-four')
    const {key} = chat.state.session
    await setup.vanish(chat)
    const again = setup.start(env(), {target: {kind: 'stored', key: String(key)}})
    await until(again, () => said(again).includes('prompt-four'))
    const told = said(again)
    const places = ['prompt-three', 'compacted:', 'prompt-four'].map((word) => told.indexOf(word))
    expect(places)
      .to.deep.equal([...places].sort((a, b) => a - b))
      .and.not.include(-1)
  })

  it('leaves a prompt that failed without a word on the screen, for /retry, and out of what the model is told', async () => {
    const chat = await talked()
    server.window = 2000
    chat.submit(`prompt-large ${'padding '.repeat(3000)}`)
    await until(chat, () => /too long for m/.test(said(chat)) && !chat.state.turn)
    server.window = 100_000
    await ask(chat, 'prompt-four')
    expect(prompts()).to.include('prompt-three').and.include('prompt-four').and.not.include('prompt-large')
    expect(said(chat)).to.include('prompt-large')
    server.window = 2000
    chat.submit(`prompt-larger ${'padding '.repeat(3000)}`)
    await until(chat, () => said(chat).includes('prompt-larger') && chat.state.broken !== undefined && !chat.state.turn)
    server.window = 100_000
    await ask(chat, '/retry')
    expect(prompts().match(/prompt-larger/g)).to.have.length(1)
    expect(prompts()).to.not.include('No reply')
  })
})
