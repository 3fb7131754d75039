import {expect} from 'chai'
import {Keyboard} from '../../src/tui/terminal/keyboard.js'
import {ChatSetup, idle, ready, until} from './chat-setup.js'

const text = Array.from({length: 5001}, (_, line) => `line ${line}`).join('\n')
const label = '[Pasted text #1 · 5001 lines]'

describe('a long paste', () => {
  let setup: ChatSetup
  beforeEach(() => {
    setup = new ChatSetup()
  })
  afterEach(() => setup.dispose())

  it('comes back after a kill -9 as it stood, is sent in full, and is a label in transcript and history', async () => {
    const died = setup.start({FG_JOURNAL: '1'})
    died.submit('#words=3000 #pace=5 running')
    await until(died, () => (died.state.turn?.text.length ?? 0) > 20)
    died.submit(`first ${died.pasted.fold(text)}`)
    const keyboard = new Keyboard(died, {columns: () => 80, redraw() {}, suspend() {}, unfold() {}})
    for (const letter of 'see ') keyboard.press({name: 'text', text: letter, ctrl: false, alt: false, shift: false})
    keyboard.paste(text.replaceAll('\n', '\r\n'))
    expect(died.state.editor.text).to.equal(`see ${label}`)
    const {key} = died.state.session
    if (!key) throw new Error('no key')
    await setup.vanish(died)

    const chat = setup.start({FG_JOURNAL: '1'}, {target: {kind: 'stored', key}})
    await until(chat, ready(chat))
    await until(chat, () => chat.state.held)
    expect(chat.state.editor.text).to.equal(`see ${label}`)
    // On disk it was in full, for whoever else reads it.
    const [queued] = chat.state.prompts
    expect(queued?.text).to.equal(`first ${text}`)
    expect(queued?.folded).to.equal(`first ${label}`)
    // It goes ahead of a queue that is held.
    chat.submit(chat.state.editor.text)
    await until(chat, () => setup.calls('prompt.submit').at(-1)?.params.text === `see ${text}`)
    expect(chat.history.entries.at(-1)).to.equal(`see ${label}`)
    const item = chat.state.items.findLast(({kind}) => kind === 'user')
    expect(item).to.deep.include({text: `see ${text}`, folded: `see ${label}`})
    chat.submit('')
    await until(chat, idle(chat))
    const sent = setup.calls('prompt.submit').map(({params}) => params.text)
    expect(sent.slice(-2)).to.deep.equal([`see ${text}`, `first ${text}`])
  })

  for (const [name, draft] of [
    ['a label', `see ${label} there`],
    ['a slash', '//help me'],
    ['an exclamation mark', '!!ls'],
    ['both', `!!a ${label}`],
  ] as const) {
    it(`with ${name} is what was typed wherever it comes back into the draft, and runs nothing`, async () => {
      const chat = setup.start()
      await until(chat, ready(chat))
      const keyboard = new Keyboard(chat, {columns: () => 80, redraw() {}, suspend() {}, unfold() {}})
      const press = (name: string, ctrl = false) => keyboard.press({name, text: '', ctrl, alt: false, shift: false})
      const empty = () => chat.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
      chat.pasted.fold(text)
      const sent = chat.pasted.expand(draft).text.replace(/^(\/\/|!!)/, (both) => both.slice(1))
      chat.submit('#words=3000 #pace=5 running')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      chat.submit(draft)
      expect(chat.state.prompts.at(-1)?.text).to.equal(sent)
      press('up')
      expect(chat.state.editor.text, 'taken from the queue').to.equal(draft)
      chat.submit(draft)
      chat.submit('/queue edit 1')
      await until(chat, () => chat.state.editor.text === draft)
      chat.submit(draft)
      press('q', true)
      press('delete')
      expect(chat.history.entries.at(-1), 'removed').to.equal(draft)
      chat.submit(draft)
      press('escape')
      await until(chat, () => chat.state.turn === undefined)
      empty()
      chat.submit('')
      await until(chat, idle(chat))
      expect(setup.calls('prompt.submit').at(-1)?.params.text).to.equal(sent)
      chat.submit('/retry')
      await until(chat, () => setup.calls('prompt.submit').length === 3 && idle(chat)())
      expect(setup.calls('prompt.submit').at(-1)?.params.text).to.equal(sent)
      const [first, again] = chat.state.items.filter(({kind}) => kind === 'user').slice(-2)
      expect({...again, id: 0}).to.deep.equal({...first, id: 0})
    })
  }

  it('runs nothing by itself, whatever it begins with', async () => {
    const chat = setup.start()
    await until(chat, ready(chat))
    const begun = ['!touch x', '/quit', '//x', '!!x', '/model '].map((begin) => `${begin}\n${text}`)
    for (const [index, whole] of begun.entries()) {
      chat.submit(chat.pasted.fold(whole))
      await until(chat, () => setup.calls('prompt.submit').length === index + 1 && idle(chat)())
      expect(setup.calls('prompt.submit').at(-1)?.params.text).to.equal(whole)
    }
  })

  it('is not sent without its text', async () => {
    const chat = setup.start()
    await until(chat, ready(chat))
    const draft = chat.pasted.adopt(label, {[label]: '0'.repeat(32)})
    chat.store.dispatch({type: 'edit', action: {type: 'load', text: draft}})
    chat.submit(draft)
    expect(chat.state.editor.text).to.equal(label)
    expect(setup.calls('prompt.submit')).to.deep.equal([])
    expect(JSON.stringify(chat.state.items)).to.include('not kept any more')
  })
})
