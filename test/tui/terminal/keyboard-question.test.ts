import {expect} from 'chai'
import type {Chat} from '../../../src/tui/chat.js'
import {liveScreen} from '../../../src/tui/screen/screen.js'
import {Keyboard} from '../../../src/tui/terminal/keyboard.js'
import type {KeyPress} from '../../../src/tui/terminal/keys.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {ChatSetup, idle, until} from '../chat-setup.js'

const screenOptions = {
  columns: 80,
  rows: 24,
  style: createStyle({TERM: 'dumb'}),
  commands: [],
  crashLog: '',
  found: undefined,
  now: 0,
  tick: 0,
}

describe('keys while a question is asked', () => {
  let setup: ChatSetup
  let now: number

  beforeEach(() => {
    setup = new ChatSetup()
    now = 0
  })

  afterEach(() => setup.dispose())

  const press = (name: string, text?: string): KeyPress => ({
    name,
    ...(text === undefined ? {} : {text}),
    ctrl: false,
    alt: false,
    shift: false,
  })

  async function asking(prompt: string): Promise<{chat: Chat; keyboard: Keyboard}> {
    const chat = setup.start({}, {monotonic: () => now})
    chat.store.subscribe(() => chat.asking.drawn(liveScreen(chat.state, screenOptions).asked))
    const keyboard = new Keyboard(
      chat,
      {columns: () => 80, redraw: () => {}, suspend: () => {}, unfold: () => {}},
      () => now,
    )
    for (const letter of prompt) keyboard.press(press('text', letter))
    keyboard.press(press('return'))
    await until(chat, () => chat.state.turn !== undefined)
    keyboard.press(press('text', 'n'))
    await until(chat, () => chat.state.questions.length === 1)
    return {chat, keyboard}
  }

  const responses = (method: string) => setup.calls(method).map(({params}) => params)

  /** Nobody types for this long: it opens, and then keys count. */
  const pause = (chat: Chat) => {
    now += 3000
    chat.asking.look()
    now += 1000
  }

  it('leave it alone as long as a sentence goes on, which goes where it would have gone', async () => {
    const {chat, keyboard} = await asking('#approve it')
    for (const letter of 'ext 1') {
      now += 300
      keyboard.press(press('text', letter))
    }
    expect(chat.state.editor.text).to.equal('next 1')
    keyboard.press(press('return'))
    expect(chat.state.questions).to.have.length(1)
    expect(chat.state.prompts.map(({text}) => text)).to.include('next 1')
    for (const letter of 'more') keyboard.press(press('text', letter))
    pause(chat)
    expect(liveScreen(chat.state, screenOptions).rows.join('\n')).to.include('your draft is kept: more')
    keyboard.press(press('text', '4'))
    await until(chat, idle(chat))
    expect(responses('approval.respond').map(({choice}) => choice)).to.deep.equal(['deny'])
    expect(chat.state.editor.text).to.equal('more')
    expect(chat.state.hint).to.equal(undefined)
  })

  it('answer it when nobody is typing', async () => {
    const {chat, keyboard} = await asking('#clarify it')
    pause(chat)
    for (const letter of 'both') keyboard.press(press('text', letter))
    keyboard.press(press('return'))
    await until(chat, idle(chat))
    expect(responses('clarify.respond').map(({answer}) => answer)).to.deep.equal(['both'])
    expect(chat.state.editor.text).to.equal('n')
  })

  it('decline it by Escape, also in the middle of a sentence', async () => {
    const {chat, keyboard} = await asking('#approve it')
    keyboard.press(press('escape'))
    await until(chat, idle(chat))
    expect(responses('approval.respond').map(({choice}) => choice)).to.deep.equal(['deny'])
  })

  it('interrupt the turn by Ctrl+C', async () => {
    const {chat, keyboard} = await asking('#approve #words=5000 it')
    keyboard.press({...press('c'), ctrl: true})
    await until(chat, idle(chat))
    expect(responses('approval.respond').map(({choice}) => choice)).to.deep.equal(['deny'])
    expect(setup.calls('session.interrupt')).to.have.length(1)
  })
})
