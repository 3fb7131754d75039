import {expect} from 'chai'
import type {Chat} from '../../../src/tui/chat.js'
import {Keyboard} from '../../../src/tui/terminal/keyboard.js'
import type {KeyPress} from '../../../src/tui/terminal/keys.js'
import {ChatSetup, idle, until} from '../chat-setup.js'

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
    const chat = setup.start()
    const keyboard = new Keyboard(chat, {columns: () => 80, redraw: () => {}, suspend: () => {}}, () => now)
    for (const letter of prompt) keyboard.press(press('text', letter))
    keyboard.press(press('return'))
    await until(chat, () => chat.state.turn !== undefined)
    keyboard.press(press('text', 'n'))
    await until(chat, () => chat.state.questions.length === 1)
    return {chat, keyboard}
  }

  const responses = (method: string) => setup.calls(method).map(({params}) => params)

  it('leave it alone as long as a sentence goes on, which goes into the draft', async () => {
    const {chat, keyboard} = await asking('#approve it')
    for (const letter of 'ext 1') {
      now += 300
      keyboard.press(press('text', letter))
    }
    keyboard.press(press('return'))
    expect(chat.state.questions).to.have.length(1)
    expect(chat.state.editor.text).to.equal('next 1')
    expect(chat.state.hint).to.include('in the draft')
    now += 1000
    keyboard.press(press('text', '4'))
    await until(chat, idle(chat))
    expect(responses('approval.respond').map(({choice}) => choice)).to.deep.equal(['deny'])
    expect(chat.state.editor.text).to.equal('next 1')
  })

  it('answer it at once when nobody is typing', async () => {
    const {chat, keyboard} = await asking('#clarify it')
    now += 1000
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
})
