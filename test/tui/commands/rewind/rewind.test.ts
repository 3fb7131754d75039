import {expect} from 'chai'
import {builtinGateway} from '../../../../src/chat/builtin-gateway.js'
import type {Chat} from '../../../../src/tui/chat.js'
import {ChatSetup, idle, ready, said, transcript, until} from '../../chat-setup.js'

const root = new URL('../../../..', import.meta.url).pathname
const entry = new URL('../../../../src/chat/builtin-gateway.ts', import.meta.url).href

describe('going back to an earlier prompt', function () {
  this.timeout(60_000)
  let setup: ChatSetup

  beforeEach(() => {
    setup = new ChatSetup([process.execPath, ...builtinGateway(root, entry)])
  })

  afterEach(() => setup.dispose())

  async function talked(prompts: readonly string[]): Promise<{chat: Chat; key: string}> {
    const chat = setup.start({HOME: setup.home, HERMES_HOME: setup.home, HERMES_MODEL: 'offline/4'})
    await until(chat, ready(chat))
    for (const prompt of prompts) {
      const before = said(chat).length
      chat.submit(prompt)
      await until(chat, () => said(chat).length > before && idle(chat)())
    }
    return {chat, key: chat.state.session.key ?? ''}
  }

  /** Takes a choice of the list of prompts. */
  async function back(chat: Chat, value: number): Promise<void> {
    const before = chat.state.session.key
    chat.rewind()
    await until(chat, () => chat.state.picker?.kind === 'rewind')
    const choice = chat.state.picker?.choices.find((each) => each.value === String(value))
    if (!choice) throw new Error(`no choice ${value}`)
    chat.pick(choice)
    await until(chat, () => chat.state.session.key !== before && ready(chat)())
  }

  const history = async (chat: Chat) => {
    chat.submit('/history')
    await until(chat, () => /of \d+ messages$/.test(transcript(chat).at(-1) ?? ''))
    return Number(/(\d+) of/.exec(transcript(chat).at(-1) ?? '')?.[1])
  }

  for (const value of [0, 1, 2]) {
    it(`has prompt ${value} of three in the input, in a session that ends before it; the other one stays whole`, async () => {
      const {chat, key} = await talked(['first', 'second', 'third'])
      await back(chat, value)
      expect(chat.state.editor.text).to.equal(['first', 'second', 'third'][value])
      expect(chat.state.session.key).not.to.equal(key)
      expect(transcript(chat).join('\n')).to.include(`/resume ${key}`)
      expect(await history(chat)).to.equal(2 * value)
      chat.submit(`${chat.state.editor.text}, in other words`)
      await until(chat, idle(chat))
      expect(await history(chat)).to.equal(2 * value + 2)
      chat.open({kind: 'stored', key})
      await until(chat, () => chat.state.session.key === key)
      expect(await history(chat)).to.equal(6)
    })
  }

  it('has what was typed in the input: with its label, and text that begins as a command does', async () => {
    const {chat} = await talked(['first'])
    const label = chat.pasted.fold('a line\n'.repeat(300))
    for (const draft of [`see ${label}`, '!!second', '//third']) {
      chat.submit(draft)
      await until(chat, idle(chat))
      await back(chat, 1)
      expect(chat.state.editor.text).to.equal(draft)
      chat.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
    }
  })

  it('says so where there is nothing to go back to, and while a reply is written', async () => {
    const {chat} = await talked([])
    chat.rewind()
    await until(chat, () => transcript(chat).at(-1) === 'notice: nothing was asked in this session yet')
    chat.submit('stream 2000 tokens at 100')
    await until(chat, () => chat.state.turn !== undefined)
    chat.submit('/rewind')
    await until(chat, () => transcript(chat).at(-1)?.includes('a turn runs') || chat.state.later.length > 0)
    expect(chat.state.picker).to.equal(undefined)
  })
})
