import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import type {Chat} from '../../../src/tui/chat.js'
import {statusText, usageText} from '../../../src/tui/commands/status-commands.js'
import {ensureBuilt, root} from '../../helpers/build.js'
import {asked, ChatSetup, idle, ready, said, transcript, until} from '../chat-setup.js'

describe('/undo, /retry, /status and /usage', () => {
  let setup: ChatSetup
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    setup = new ChatSetup([process.execPath, path.join(root, 'dist', 'gateway', 'main.js')])
  })
  afterEach(() => setup.dispose())

  const env = (model = 'offline/3') => ({HERMES_HOME: setup.home, HERMES_MODEL: model, HOME: setup.home})
  const line = (chat: Chat, part: string) => until(chat, () => transcript(chat).some((each) => each.includes(part)))

  async function talked(...prompts: string[]): Promise<Chat> {
    const chat = setup.start(env())
    await until(chat, ready(chat))
    for (const [index, prompt] of prompts.entries()) {
      chat.submit(prompt)
      await until(chat, () => asked(chat).length === index + 1 && idle(chat)() && said(chat) !== '')
    }
    return chat
  }
  const stored = (chat: Chat) => {
    const store = openStore(homeFiles(setup.home).database)
    try {
      return store.messages(chat.state.session.key ?? '').flatMap(({role, text}) => (role === 'user' ? [text] : []))
    } finally {
      store.close()
    }
  }

  it('gives the prompt back into an empty draft, and marks what was taken back', async () => {
    const chat = await talked('first', 'second\nwith two lines')
    chat.submit('/undo')
    await line(chat, 'undone: second')
    expect(chat.state.editor.text).to.equal('second\nwith two lines')
    expect(chat.state.items.at(-1)).to.include({kind: 'undone', removed: 2})
    expect(stored(chat)).to.deep.equal(['first'])
  })

  it('gives back what was typed: with its label, and text that begins as a command does', async () => {
    const chat = await talked('first')
    const label = chat.pasted.fold('a line\n'.repeat(300))
    for (const draft of [`see ${label}`, '!!second', '//third']) {
      const before = stored(chat).length
      chat.submit(draft)
      await until(chat, () => stored(chat).length === before + 1 && idle(chat)())
      chat.submit('/undo')
      await until(chat, () => chat.state.editor.text !== '')
      expect(chat.state.editor.text).to.equal(draft)
      chat.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
    }
  })

  it('leaves a draft as it is, and says how to get the prompt', async () => {
    const chat = await talked('first')
    chat.submit('/undo')
    chat.store.dispatch({type: 'edit', action: {type: 'insert', text: 'my draft'}})
    await line(chat, '↑ brings the prompt back')
    expect(chat.state.editor.text).to.equal('my draft')
    expect(chat.history.entries.at(-1)).to.equal('/undo')
    expect(chat.history.entries).to.include('first')
  })

  it('is not undone by /retry: what was taken back is not sent again', async () => {
    const chat = await talked('first', 'second')
    chat.submit('/undo')
    await line(chat, 'undone: second')
    chat.submit('/retry')
    await line(chat, 'the last prompt was taken back')
    expect(stored(chat)).to.deep.equal(['first'])
    chat.submit('third')
    await until(chat, () => stored(chat).length === 2 && idle(chat)())
    chat.submit('/retry')
    await until(chat, () => stored(chat).length === 3 && idle(chat)())
    expect(stored(chat)).to.deep.equal(['first', 'third', 'third'])
  })

  it('holds when the gateway dies in between', async () => {
    const chat = await talked('first', 'second')
    chat.submit('/undo')
    await line(chat, 'undone: second')
    process.kill(chat.state.view.pid ?? 0, 'SIGKILL')
    await line(chat, 'session recovered')
    expect(chat.state.editor.text).to.equal('second')
    chat.submit('/retry')
    await line(chat, 'the last prompt was taken back')
    expect(stored(chat)).to.deep.equal(['first'])
    chat.submit('/undo')
    await line(chat, 'undone: first')
    expect(stored(chat)).to.deep.equal([])
    chat.submit('/undo')
    await line(chat, 'nothing to take back')
  })

  it('holds when the program dies: draft and session are as they were', async () => {
    const chat = await talked('first', 'second')
    const {key} = chat.state.session
    chat.submit('/undo')
    await line(chat, 'undone: second')
    await setup.vanish(chat)
    const again = setup.start(env(), {target: {kind: 'stored', key: key ?? ''}})
    await until(again, () => ready(again)() && asked(again).length === 1)
    await until(again, () => again.state.editor.text === 'second')
    expect(asked(again)).to.deep.equal(['first'])
  })

  it('/usage right after an interrupted reply tells what was written, as an estimate', async () => {
    const chat = setup.start(env('offline/1000@300'))
    await until(chat, ready(chat))
    chat.submit('a long one')
    await until(chat, () => (chat.state.turn?.text.length ?? 0) > 200)
    chat.interrupt()
    await until(chat, idle(chat))
    chat.submit('/usage')
    await line(chat, 'output     about ')
    const told = transcript(chat).find((each) => each.startsWith('output: input')) ?? ''
    expect(Number(/total +about ([\d,]+)/.exec(told)?.[1]?.replaceAll(',', ''))).to.be.above(50)
    expect(told).to.include('1 model step').and.include('estimated by its length')
  })

  it('/status is in plain words: no list of capabilities, and ids only at its end', async () => {
    const chat = await talked('first')
    await until(chat, () => chat.state.session.title === 'first')
    const text = statusText(chat.state, '/home/x/crash.log')
    const rows = text.split('\n')
    expect(rows[0]).to.match(/^session +first$/)
    expect(rows[1]).to.match(/^now +ready$/)
    expect(rows.slice(0, -1).join('\n')).not.to.match(/prompt_id|heartbeat|pid|\d{8}_\d{6}_/)
    expect(rows.at(-1)).to.include(chat.state.session.key)
    expect(usageText({input: 1, output: 2, total: 3, calls: 1})).to.include('3 tokens in 1 model step')
  })
})
