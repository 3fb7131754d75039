import {expect} from 'chai'
import type {Chat} from '../../src/tui/chat.js'
import {Keyboard} from '../../src/tui/terminal/keyboard.js'
import type {KeyPress} from '../../src/tui/terminal/keys.js'
import {ChatSetup, idle, said, until} from './chat-setup.js'

describe('leaving the chat', () => {
  let setup: ChatSetup
  let now: number

  beforeEach(() => {
    setup = new ChatSetup()
    now = 0
  })

  afterEach(() => setup.dispose())

  const control = (name: string): KeyPress => ({name, ctrl: true, alt: false, shift: false})
  const keyboardOf = (chat: Chat) =>
    new Keyboard(chat, {columns: () => 80, redraw: () => {}, suspend: () => {}, unfold: () => {}}, () => now)
  const type = (chat: Chat, text: string) => chat.store.dispatch({type: 'edit', action: {type: 'insert', text}})
  const left = async (chat: Chat) => {
    await chat.quitting
    chat.stop()
    await setup.vanish(chat)
  }

  it('is two Ctrl+C away, also with a draft, which is there again with the session', async () => {
    const chat = setup.start()
    chat.submit('hello')
    await until(chat, () => said(chat) !== '' && idle(chat)())
    const keyboard = keyboardOf(chat)
    type(chat, 'half a thought')
    keyboard.press(control('c'))
    expect(chat.state.editor.text).to.equal('')
    expect(chat.state.hint).to.include('↑ brings it back').and.to.include('Ctrl+C again leaves')
    keyboard.press(control('c'))
    expect(chat.state.closing).to.equal(true)
    const {key} = chat.state.session
    expect(chat.farewell()?.split('\n')).to.deep.equal([
      `Resume with: hermes chat --resume ${key}`,
      'Kept for then: a draft',
    ])
    await left(chat)
    const again = setup.start({}, {target: {kind: 'stored', key: key ?? ''}})
    await until(again, () => again.state.editor.text === 'half a thought')
  })

  it('names the keys that a person has bound, and none where there is none', async () => {
    const chat = setup.start()
    const cleared = (keys: string[]) => {
      chat.configure({showReasoning: true, inflight: 'keep', keys: {up: keys}, replaceGateway: false})
      type(chat, 'half a thought')
      now += 2000
      keyboardOf(chat).press(control('c'))
      return chat.state.hint
    }
    expect(cleared(['alt+x'])).to.equal('Draft cleared, Alt+X brings it back · Ctrl+C again leaves')
    expect(cleared([])).to.equal('Draft cleared · Ctrl+C again leaves')
    expect(cleared(['up'])).to.equal('Draft cleared, ↑ brings it back · Ctrl+C again leaves')
  })

  it('forgets a draft that was cleared before something else was typed', async () => {
    const chat = setup.start()
    const keyboard = keyboardOf(chat)
    type(chat, 'first')
    keyboard.press(control('c'))
    type(chat, 'second')
    now = 2000
    keyboard.press(control('c'))
    keyboard.press(control('c'))
    expect(chat.state.editor.text).to.equal('second')
    await left(chat)
  })

  it('is not done by a Ctrl+C that comes late', () => {
    const chat = setup.start()
    const keyboard = keyboardOf(chat)
    keyboard.press(control('c'))
    now = 2000
    keyboard.press(control('c'))
    expect(chat.state.closing).to.equal(false)
    expect(chat.state.hint).to.equal('Ctrl+C again leaves')
  })

  it('is done by Ctrl+D in an empty composer; in a draft that says how', () => {
    const chat = setup.start()
    const keyboard = keyboardOf(chat)
    type(chat, 'ab')
    keyboard.press(control('a'))
    keyboard.press(control('d'))
    expect(chat.state.editor.text).to.equal('b')
    keyboard.press(control('e'))
    keyboard.press(control('d'))
    expect(chat.state.hint).to.include('Ctrl+C twice')
    keyboard.press(control('u'))
    keyboard.press(control('d'))
    expect(chat.state.closing).to.equal(true)
  })
})
