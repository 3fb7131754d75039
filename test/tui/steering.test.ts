import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {openStore} from '../../src/gateway/store/index.js'
import type {MessageRow} from '../../src/gateway/store/types.js'
import {homeFiles} from '../../src/platform.js'
import type {Chat} from '../../src/tui/chat.js'
import {queued} from '../../src/tui/state/prompts.js'
import {Keyboard} from '../../src/tui/terminal/keyboard.js'
import {type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {runs} from '../helpers/sample.js'
import {tellTried} from '../helpers/tried.js'
import {pressed} from '../keys/press.js'
import {asked, ChatSetup, idle, ready, said, transcript, until} from './chat-setup.js'

const STEPS = 4

describe('steering a reply', () => {
  let setup: ChatSetup
  let server: OpenAiServer
  /** Lets the model's steps end, one by one; undefined: all at once. */
  let gate: (() => Promise<void>) | undefined

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })

  beforeEach(async () => {
    gate = undefined
    server = await startOpenAiServer(async ({messages}) => {
      const since = messages.findLastIndex(({role, content}) => role === 'user' && /^go/.test(content ?? ''))
      const results = messages.slice(since).filter(({role}) => role === 'tool').length
      await gate?.()
      const call = {id: `call_${messages.length}`, name: 'session_search', arguments: '{"query":"x"}'}
      return results >= STEPS || messages.at(-1)?.content?.startsWith('plain')
        ? {kind: 'stream', text: ['all ', 'done']}
        : {kind: 'stream', text: [`step ${results}. `], toolCalls: [call]}
    })
    setup = new ChatSetup([process.execPath, path.join(root, 'dist', 'gateway', 'main.js')])
    const folder = path.join(setup.home, '.config', 'hermes')
    mkdirSync(folder, {recursive: true})
    const provider = `providers:\n  mine:\n    baseUrl: ${server.url}\n    apiKey: sk-test\n`
    writeFileSync(path.join(folder, 'config.yaml'), `discoverLocal: false\n${provider}`)
  })

  afterEach(async () => {
    await setup.dispose()
    await server.close()
  })

  const start = (options: Parameters<ChatSetup['start']>[1] = {}) =>
    setup.start({HOME: setup.home, HERMES_HOME: path.join(setup.home, 'hermes'), HERMES_MODEL: 'mine/any'}, options)

  const keyboardOf = (chat: Chat) => {
    const keyboard = new Keyboard(chat, {columns: () => 80, redraw: () => {}, suspend: () => {}, unfold: () => {}})
    return (...keys: string[]) => {
      for (const key of keys) keyboard.press(pressed(key))
    }
  }

  function stored(key: string): MessageRow[] {
    const store = openStore(homeFiles(path.join(setup.home, 'hermes')).database)
    const rows = store.messages(key)
    store.close()
    return rows
  }

  /** A gate that lets one step of the model through at each call. */
  function steps(): () => void {
    const waiting: (() => void)[] = []
    let open = 0
    gate = () =>
      new Promise((resolve) => {
        if (open > 0) {
          open--
          resolve()
        } else waiting.push(resolve)
      })
    return () => {
      const next = waiting.shift()
      if (next) next()
      else open++
    }
  }

  async function running(): Promise<{chat: Chat; step: () => void; press: (...keys: string[]) => void; key: string}> {
    const step = steps()
    const chat = start()
    await until(chat, ready(chat))
    chat.submit('go')
    await until(chat, () => chat.state.turn !== undefined && server.requests.some(({chat: asks}) => asks !== undefined))
    return {chat, step, press: keyboardOf(chat), key: String(chat.state.session.key)}
  }

  const finish = async (chat: Chat, step: () => void) => {
    for (let count = 0; count < STEPS + 6; count++) step()
    await until(chat, idle(chat))
  }

  it('by Ctrl+Enter reaches the model behind the results of the step, and is shown there', async () => {
    const {chat, step, press, key} = await running()
    press(...'left', 'ctrl+enter')
    expect(queued(chat.state.prompts).map(({text, steers}) => [text, steers])).to.deep.equal([['left', 'asked']])
    chat.submit('and then this')
    await finish(chat, step)
    expect(asked(chat)).to.deep.equal(['go', 'left', 'and then this'])
    const lines = transcript(chat).filter((line) => /^(tool|user)/.test(line))
    expect(lines.slice(0, 4)).to.deep.equal([
      'user: go',
      'tool session_search complete',
      'user: left',
      'tool session_search complete',
    ])
    const second = server.requests.filter((request) => request.chat)[1]?.chat?.messages ?? []
    expect(
      second.slice(-2).map(({role, content}) => [role, role === 'user' ? content : '']),
      'what the model sees',
    ).to.deep.equal([
      ['tool', ''],
      ['user', 'left'],
    ])
    const rows = stored(key)
    expect(
      rows.filter(({text}) => text === 'left').map(({role, steerId}) => [role, steerId !== undefined]),
    ).to.deep.equal([['user', true]])
  })

  it('by /steer at the last step is answered as the next prompt is, and /undo takes back what it belongs to', async () => {
    const {chat, step} = await running()
    for (let count = 0; count < STEPS; count++) step()
    await until(chat, () => server.requests.filter((request) => request.chat).length === STEPS + 1)
    chat.submit('/steer plain words')
    await until(chat, () => chat.state.prompts.some(({steers}) => steers === 'asked'))
    expect(chat.state.editor.text).to.equal('')
    await finish(chat, step)
    const lines = transcript(chat)
      .filter((line) => /^(user|assistant)/.test(line))
      .map((line) => line.replaceAll(/\s+/g, ' '))
    expect(lines.slice(-3)).to.deep.equal(['assistant: all done', 'user: plain words', 'assistant: all done'])
    expect(said(chat)).to.include('all done')
    chat.submit('/undo')
    await until(chat, () => chat.state.items.some(({kind}) => kind === 'undone'))
    expect(chat.state.editor.text).to.equal('go')
  })

  it('is taken back in the queue as long as the model was not told, and Esc gives it back to the queue', async () => {
    const {chat, step, press, key} = await running()
    press(...'one', 'ctrl+enter', ...'two', 'ctrl+enter')
    await until(chat, () => queued(chat.state.prompts).length === 2)
    chat.submit('/queue remove 1')
    await until(chat, () => queued(chat.state.prompts).length === 1)
    press('ctrl+q', 'e')
    await until(chat, () => chat.state.editor.text === 'two')
    expect(queued(chat.state.prompts)).to.deep.equal([])
    press('enter', 'ctrl+q', 's')
    expect(queued(chat.state.prompts).map(({text, steers}) => [text, steers])).to.deep.equal([['two', 'asked']])
    press('escape', 'escape')
    await until(chat, () => chat.state.turn === undefined)
    expect(chat.state.held).to.equal(true)
    expect(queued(chat.state.prompts).map(({text, steers}) => [text, steers])).to.deep.equal([['two', undefined]])
    chat.submit('')
    await finish(chat, step)
    expect(asked(chat)).to.deep.equal(['go', 'two'])
    expect(
      stored(key)
        .filter(({role}) => role === 'user')
        .map(({text}) => text),
    ).to.deep.equal(['go', 'two'])
  })

  it('with nothing running is a prompt', async () => {
    const chat = start()
    await until(chat, ready(chat))
    keyboardOf(chat)(...'plain', 'ctrl+enter')
    await until(chat, () => chat.state.items.some(({kind}) => kind === 'assistant'))
    expect(asked(chat)).to.deep.equal(['plain'])
  })

  it('is told once, whoever is killed with -9, and whenever', async function () {
    this.timeout(600_000)
    let tried = 0
    const plan = fc.record({
      /** After how many steps it is said, and after how many more moments who dies. */
      said: fc.integer({min: 0, max: STEPS}),
      stepsThen: fc.integer({min: 0, max: 3}),
      delay: fc.integer({min: 0, max: 12}),
      dies: fc.constantFrom('gateway', 'screen', 'both'),
      policy: fc.constantFrom<'keep' | 'continue'>('keep', 'continue'),
    })
    const property = fc.asyncProperty(plan, async ({said: at, stepsThen, delay, dies, policy}) => {
      tried++
      const step = steps()
      let chat = start({inflight: policy})
      await until(chat, ready(chat))
      const key = String(chat.state.session.key)
      const words = `words ${tried}`
      const before = server.requests.length
      chat.submit(`go ${tried}`)
      for (let count = 0; count < at; count++) step()
      await until(chat, () => server.requests.length > before + at)
      chat.delivery.steer(words)
      for (let count = 0; count < stepsThen; count++) step()
      // Not waited for: each moment after it is one in which a process may die.
      for (let count = 0; count < delay; count++) await new Promise((resolve) => setImmediate(resolve))
      if (dies !== 'screen') process.kill(Number(chat.state.view.pid), 'SIGKILL')
      if (dies !== 'gateway') {
        await setup.vanish(chat)
        chat = start({inflight: policy, target: {kind: 'stored', key}})
        await until(chat, ready(chat))
        chat.submit('')
      } else await until(chat, () => chat.state.view.generation > 1 && ready(chat)())
      gate = undefined
      for (let count = 0; count < STEPS * 2; count++) step()
      await until(chat, () => idle(chat)() || (chat.state.held && chat.state.turn === undefined), 20_000)
      chat.submit('')
      await until(chat, idle(chat), 20_000)
      if (chat.state.broken) {
        chat.submit('/continue')
        await until(chat, () => chat.state.turn !== undefined || chat.state.broken === undefined)
        await until(chat, idle(chat), 20_000)
      }
      const users = stored(key).filter(({role, text}) => role === 'user' && text.includes(words))
      expect(
        users.map(({text}) => text),
        `${dies} ${policy}`,
      ).to.deep.equal([words])
      expect(
        asked(chat).filter((text) => text === words),
        `shown: ${dies} ${policy}`,
      ).to.deep.equal([words])
      await setup.vanish(chat)
    })
    await fc.assert(property, {numRuns: runs(150, 5), endOnFailure: true})
    tellTried(tried, 'deaths while words are on their way')
  })
})
