import {expect} from 'chai'
import fc from 'fast-check'
import type {Chat} from '../../src/tui/chat.js'
import {enqueued, moved, nextPrompt, type Prompt, queued} from '../../src/tui/state/prompts.js'
import {Keyboard} from '../../src/tui/terminal/keyboard.js'
import {pressed} from '../keys/press.js'
import {asked, ChatSetup, idle, ready, transcript, until} from './chat-setup.js'

describe('the queue', () => {
  let setup: ChatSetup

  beforeEach(() => {
    setup = new ChatSetup()
  })

  afterEach(() => setup.dispose())

  const keyboardOf = (chat: Chat) => {
    const keyboard = new Keyboard(chat, {columns: () => 80, redraw: () => {}, suspend: () => {}, unfold: () => {}})
    return (...keys: string[]) => {
      for (const key of keys) keyboard.press(pressed(key))
    }
  }
  const waiting = (chat: Chat) => queued(chat.state.prompts).map(({text}) => text)

  async function stopped(): Promise<{chat: Chat; press: (...keys: string[]) => void}> {
    const chat = setup.start()
    await until(chat, ready(chat))
    const press = keyboardOf(chat)
    chat.submit('#words=2000 #pace=5 long')
    await until(chat, () => (chat.state.turn?.segment.length ?? 0) > 20)
    for (const text of ['one', 'two', 'three']) chat.submit(text)
    press('escape')
    expect(chat.state.held).to.equal(true)
    expect(chat.state.hint).to.include('3 queued, held · empty Enter sends on · Ctrl+Q edits')
    await until(chat, () => chat.state.turn === undefined)
    return {chat, press}
  }

  it('is held when a reply is stopped: one Esc stops all, and Enter on the empty line sends on', async () => {
    const {chat, press} = await stopped()
    expect(asked(chat)).to.deep.equal(['#words=2000 #pace=5 long'])
    expect(waiting(chat)).to.deep.equal(['one', 'two', 'three'])
    press('enter')
    await until(chat, idle(chat))
    expect(asked(chat).slice(1)).to.deep.equal(['one', 'two', 'three'])
  })

  it('stays held while something else is asked, which goes at once, and over a kill', async () => {
    const {chat, press} = await stopped()
    press(...'hey', 'enter')
    await until(chat, () => asked(chat).includes('hey') && chat.state.turn === undefined)
    expect(waiting(chat)).to.deep.equal(['one', 'two', 'three'])
    const {key = ''} = chat.state.session
    await setup.vanish(chat)
    const again = setup.start({}, {target: {kind: 'stored', key}})
    await until(again, ready(again))
    expect(waiting(again)).to.deep.equal(['one', 'two', 'three'])
    expect(again.state.held).to.equal(true)
    expect(asked(again)).not.to.include('one')
    keyboardOf(again)('enter')
    await until(again, idle(again))
    expect(asked(again).slice(-3)).to.deep.equal(['one', 'two', 'three'])
  })

  it('is reordered, edited in its place, and shortened with keys and by /queue', async () => {
    const {chat, press} = await stopped()
    press('ctrl+q', 'up', 'shift+up')
    expect(waiting(chat)).to.deep.equal(['two', 'one', 'three'])
    press('e', '!', 'enter')
    expect(waiting(chat)).to.deep.equal(['two!', 'one', 'three'])
    chat.submit('/queue down 1')
    expect(waiting(chat)).to.deep.equal(['one', 'two!', 'three'])
    press('ctrl+q', 'x', 'escape')
    expect(waiting(chat)).to.deep.equal(['one', 'two!'])
    press('up', 'up')
    expect(chat.state.editor.text, 'the last one, then what was removed').to.equal('three')
    press('ctrl+u')
    chat.submit('/queue remove 7')
    expect(transcript(chat).at(-1)).to.equal('notice: /queue remove takes a number from 1 to 1')
    chat.submit('/queue send')
    await until(chat, idle(chat))
    expect(asked(chat).slice(1)).to.deep.equal(['one'])
  })

  it('loses no prompt and doubles none, however it is moved about', () => {
    const state = fc.constantFrom<Prompt['state']>('queued', 'queued', 'submitted', 'kept')
    const prompts = fc
      .array(fc.tuple(state, fc.boolean()), {maxLength: 6})
      .map((all) =>
        all.map(
          ([each, ahead], index): Prompt => ({id: String(index), text: `${index}`, state: each, shown: false, ahead}),
        ),
      )
    const id = fc.integer({min: 0, max: 6}).map(String)
    fc.assert(
      fc.property(prompts, id, fc.constantFrom<-1 | 1>(-1, 1), fc.boolean(), (all, which, by, ahead) => {
        const ids = (list: readonly Prompt[]) => list.map((prompt) => prompt.id)
        const after = moved(all, which, by)
        expect(ids(after).toSorted()).to.deep.equal(ids(all).toSorted())
        const fixed = (list: readonly Prompt[]) => list.map((prompt) => (prompt.state === 'queued' ? '' : prompt.id))
        expect(fixed(after)).to.deep.equal(fixed(all))
        const added: Prompt = {id: 'new', text: 'new', state: 'queued', shown: false, ahead}
        const longer = enqueued(all, added, which)
        expect(ids(longer).filter((each) => each !== 'new')).to.deep.equal(ids(all))
        expect(longer).to.have.length(all.length + 1)
        const next = nextPrompt(longer, true)
        expect(next === undefined || next.ahead).to.equal(true)
      }),
    )
  })
})
