import path from 'node:path'
import {expect} from 'chai'
import {Keyboard} from '../../../src/tui/terminal/keyboard.js'
import {ensureBuilt, root} from '../../helpers/build.js'
import {ChatSetup, idle, ready, transcript, until} from '../chat-setup.js'

describe('lines of the person in the chat', () => {
  let setup: ChatSetup
  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })
  beforeEach(() => {
    setup = new ChatSetup([process.execPath, path.join(root, 'dist', 'gateway', 'main.js')])
  })
  afterEach(() => setup.dispose())

  const start = async () => {
    const home = path.join(setup.home, 'hermes')
    const chat = setup.start({HOME: setup.home, HERMES_HOME: home, HERMES_MODEL: 'offline/5@500'})
    await until(chat, ready(chat))
    return chat
  }
  const keyboardOf = (chat: Awaited<ReturnType<typeof start>>) =>
    new Keyboard(chat, {columns: () => 80, redraw() {}, suspend() {}, unfold() {}})
  const key = (name: string, ctrl = false) => ({name, ctrl, alt: false, shift: false})

  it('run and are shown, and go to the model by /output alone', async () => {
    const chat = await start()
    chat.submit('/output')
    chat.submit('!echo one; exit 3')
    expect(chat.state.editor.text).to.equal('')
    await until(chat, () => chat.state.shell === undefined && transcript(chat).some((line) => line.startsWith('tool')))
    const item = chat.state.items.find(({kind}) => kind === 'tool')
    expect(item).to.have.nested.property('tool.line.subject', 'echo one; exit 3')
    expect(item).to.have.deep.nested.property('tool.line.facts', ['exit 3'])
    expect(chat.state.prompts).to.deep.equal([])
    chat.submit('/output')
    await until(chat, () => chat.state.editor.text !== '')
    expect(chat.state.editor.text).to.equal('[Command output #1 · 3 lines] ')
    chat.submit(`${chat.state.editor.text}what is it?`)
    await until(chat, idle(chat))
    const said = chat.state.items.find(({kind}) => kind === 'user')
    expect(said).to.deep.include({text: '$ echo one; exit 3\none\n[exit 3] what is it?'})
    expect(chat.history.entries).to.include('!echo one; exit 3')
  })

  for (const [name, press] of [
    ['Esc', key('escape')],
    ['Ctrl+C', key('c', true)],
  ] as const) {
    it(`are ended by ${name}, one at a time, before the turn that runs`, async () => {
      const chat = await start()
      chat.submit('hello there')
      chat.submit('!echo begun; sleep 1000')
      await until(chat, () => chat.state.shell?.preview === 'begun')
      chat.submit('!echo second')
      expect(transcript(chat).join('\n') + JSON.stringify(chat.state.later)).to.include('still runs')
      keyboardOf(chat).press(press)
      await until(chat, () => chat.state.shell === undefined)
      await until(chat, idle(chat))
      expect(JSON.stringify(chat.state.items)).to.include('interrupted').and.not.include('"kind":"interrupted"')
    })
  }

  it('are told of as lost where the gateway dies', async () => {
    const chat = await start()
    chat.submit('!sleep 1000')
    await until(chat, () => chat.state.shell !== undefined)
    const {pid} = chat.state.view
    if (pid === undefined) throw new Error('no pid')
    process.kill(pid, 'SIGKILL')
    await until(chat, () => chat.state.shell === undefined)
    await until(chat, () => transcript(chat).some((line) => /sleep 1000: .*gateway/.test(line)))
  })

  it('are not run by a gateway that knows none', async () => {
    await setup.dispose()
    setup = new ChatSetup()
    const chat = setup.start()
    await until(chat, ready(chat))
    chat.submit('!true')
    await until(chat, () => transcript(chat).some((line) => line.includes('runs no lines of yours')))
  })
})
