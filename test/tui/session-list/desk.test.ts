import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {openStore, type Store} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import type {Chat} from '../../../src/tui/chat.js'
import {liveScreen} from '../../../src/tui/screen/screen.js'
import {matching, picked} from '../../../src/tui/state/picker.js'
import {Keyboard} from '../../../src/tui/terminal/keyboard.js'
import type {KeyPress} from '../../../src/tui/terminal/keys.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {say} from '../../gateway/store/scratch.js'
import {ensureBuilt, root} from '../../helpers/build.js'
import {ChatSetup, ready, transcript, until} from '../chat-setup.js'

describe('the list of sessions in the chat', () => {
  let setup: ChatSetup
  let store: Store
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    setup = new ChatSetup([process.execPath, path.join(root, 'dist', 'gateway', 'main.js')])
    store = openStore(homeFiles(setup.home).database)
    say(store, 'one', 'How do zebras sleep?', 'Standing, mostly.')
    say(store, 'two', 'Fix the build', 'It is green now.')
    store.setTitle('one', 'Animals')
    store.setTitle('two', 'The build')
  })
  afterEach(async () => {
    store.close()
    await setup.dispose()
  })

  const press = (name: string, more: Partial<KeyPress> = {}): KeyPress => ({
    name,
    ctrl: false,
    alt: false,
    shift: false,
    ...more,
  })
  const ctrl = (name: string) => press(name, {ctrl: true})

  async function opened(command = '/sessions'): Promise<{chat: Chat; keys: Keyboard; type: (text: string) => void}> {
    const chat = setup.start({HERMES_HOME: setup.home, HERMES_MODEL: 'offline/3', HOME: setup.home})
    await until(chat, ready(chat))
    const keys = new Keyboard(chat, {columns: () => 80, redraw: () => {}, suspend: () => {}, unfold: () => {}})
    chat.submit(command)
    await until(chat, () => chat.state.picker?.kind === 'session')
    return {chat, keys, type: (text) => keys.press(press('text', {text}))}
  }
  const chosen = (chat: Chat) => chat.state.picker && picked(chat.state.picker)?.value
  const shown = (chat: Chat) => (chat.state.picker ? matching(chat.state.picker).map(({value}) => value) : [])

  it('shows the last exchange of the chosen one', async () => {
    const {chat, keys} = await opened()
    await until(chat, () => chat.state.picker?.view?.preview?.key === 'two')
    expect(chat.state.picker?.view?.preview?.messages.at(-1)?.text).to.equal('It is green now.')
    keys.press(press('down'))
    await until(chat, () => chat.state.picker?.view?.preview?.key === 'one')
    expect(chat.state.picker?.view?.preview?.messages.at(-1)?.text).to.equal('Standing, mostly.')
  })

  it('finds what was said as one types, and opens it', async () => {
    const {chat, keys, type} = await opened()
    for (const letter of 'standing') type(letter)
    await until(chat, () => shown(chat).length === 1)
    expect(chosen(chat)).to.equal('one')
    await until(chat, () => chat.state.picker?.view?.found?.query === 'standing')
    expect(chat.state.picker?.view?.found?.snippets.get('one')).to.include('\u0002Standing\u0003')
    keys.press(press('return'))
    await until(chat, () => chat.state.session.key === 'one')
    expect(chat.state.picker).to.equal(undefined)
  })

  it('is what /search opens, with its words', async () => {
    const {chat} = await opened('/search green')
    await until(chat, () => shown(chat).join() === 'two')
    expect(chat.state.picker?.filter).to.equal('green')
  })

  it('renames; a title that is taken leaves what was typed', async () => {
    const {chat, keys, type} = await opened()
    keys.press(ctrl('r'))
    expect(chat.state.picker?.view?.renaming?.editor.text).to.equal('The build')
    keys.press(ctrl('u'))
    keys.paste('Ani\nmals')
    keys.press(press('backspace'))
    keys.press(ctrl('u'))
    type('Animals')
    keys.press(press('return'))
    await until(chat, () => chat.state.picker?.view?.note?.tone === 'warn')
    expect(chat.state.picker?.view?.renaming?.editor.text).to.equal('Animals')
    type(' too')
    keys.press(press('return'))
    await until(chat, () => chat.state.picker?.view?.note?.tone === 'good')
    expect(store.session('two')?.title).to.equal('Animals too')
    expect(chat.state.picker?.choices.map(({label}) => label)).to.include('Animals too')
  })

  it('deletes what is marked when it closes, and not what was brought back', async () => {
    const {chat, keys} = await opened()
    keys.press(ctrl('d'))
    keys.press(ctrl('d'))
    expect(chat.state.picker?.view?.marked).to.deep.equal(['two', 'one'])
    expect(store.session('two')).to.not.equal(undefined)
    keys.press(ctrl('u'))
    expect(chosen(chat)).to.equal('one')
    keys.press(press('escape'))
    await until(chat, () => transcript(chat).some((line) => line.includes('deleted: The build')))
    expect(store.session('two')).to.equal(undefined)
    expect(store.session('one')).to.not.equal(undefined)
  })

  it('tells what was done until the next key, whichever it is', async () => {
    for (const next of [press('text', {text: 'a'}), press('down'), press('backspace'), ctrl('x')]) {
      const {chat, keys} = await opened()
      keys.press(ctrl('d'))
      keys.press(ctrl('u'))
      expect(chat.state.picker?.view?.note?.text).to.equal('it stays')
      keys.press(next)
      expect(chat.state.picker?.view?.note, next.name).to.equal(undefined)
      await chat.quit()
    }
  })

  it('opens nothing that is marked, and deletes nothing when the program dies', async () => {
    const {chat, keys} = await opened()
    keys.press(ctrl('d'))
    keys.press(press('up'))
    keys.press(press('return'))
    expect(chat.state.picker?.view?.note?.text).to.include('about to be deleted')
    await setup.vanish(chat)
    expect(store.listSessions(10).map(({key}) => key)).to.have.members(['one', 'two'])
  })

  it('deletes nothing that is open here or elsewhere, and says so', async () => {
    const other = setup.start(
      {HERMES_HOME: setup.home, HERMES_MODEL: 'offline/3', HOME: setup.home},
      {target: {kind: 'stored', key: 'one'}},
    )
    await until(other, ready(other))
    const {chat, keys} = await opened()
    keys.press(press('down'))
    expect(chosen(chat)).to.equal('one')
    keys.press(ctrl('d'))
    expect(chat.state.picker?.view?.note?.text).to.include('another hermes works on it')
    keys.press(press('up'))
    keys.press(press('return'))
    await until(chat, () => chat.state.session.key === 'two')
    chat.submit('/sessions')
    await until(chat, () => chat.state.picker?.kind === 'session')
    keys.press(ctrl('d'))
    expect(chat.state.picker?.view?.note?.text).to.include('it is open here')
    expect(chat.state.picker?.view?.marked).to.deep.equal([])
  })

  it('exports as Markdown into the folder, under a name that is free', async () => {
    const {chat, keys} = await opened()
    for (const name of ['hermes-the-build.md', 'hermes-the-build-2.md']) {
      keys.press(ctrl('e'))
      await until(chat, () => chat.state.picker?.view?.note?.text.endsWith(name) ?? false)
      expect(readFileSync(path.join(setup.home, name), 'utf8')).to.include('# The build')
    }
  })

  it('offers those that a part of a title fits, and opens the only one', async () => {
    say(store, 'three', 'x', 'y')
    store.setTitle('three', 'The builder')
    const {chat, keys} = await opened()
    keys.press(press('escape'))
    chat.submit('/resume anim')
    await until(chat, () => chat.state.session.key === 'one')
    chat.submit('/resume build')
    await until(chat, () => chat.state.picker?.kind === 'session')
    expect(shown(chat)).to.have.members(['two', 'three'])
    keys.press(press('return'))
    await until(chat, () => chat.state.session.key === 'three')
    chat.submit('/resume nothing like it')
    await until(chat, () => transcript(chat).some((line) => line.includes('not found by that key or title')))
  })

  describe('that comes first', () => {
    const env = () => ({HERMES_HOME: setup.home, HERMES_MODEL: 'offline/3', HOME: setup.home})
    const keysOf = (chat: Chat) =>
      new Keyboard(chat, {columns: () => 80, redraw: () => {}, suspend: () => {}, unfold: () => {}})
    const isListed = (chat: Chat) => until(chat, () => chat.state.picker?.kind === 'session')

    it('is narrowed by what was typed before it was there, and opens what is taken', async () => {
      const chat = setup.start(env(), {choose: true})
      for (const text of 'anim') keysOf(chat).press(press('text', {text}))
      await isListed(chat)
      expect(shown(chat)).to.deep.equal(['one'])
      expect(chat.state.editor.text).to.equal('')
      expect(transcript(chat)).to.deep.equal([])
      keysOf(chat).press(press('return'))
      await until(chat, () => chat.state.session.key === 'one')
      expect(transcript(chat).some((line) => line.includes('resumed Animals'))).to.equal(true)
    })

    it('has the prompt of the command line wait for the session that is taken', async () => {
      const chat = setup.start(env(), {choose: true, initialPrompt: 'and zebus?'})
      await isListed(chat)
      expect(chat.state.prompts.map(({state}) => state)).to.deep.equal(['queued'])
      keysOf(chat).press(press('down'))
      keysOf(chat).press(press('return'))
      await until(chat, () => store.messages('one').some(({text}) => text === 'and zebus?'))
      await until(chat, () => chat.state.turn === undefined && chat.state.prompts.length === 0)
      expect(store.messages('two')).to.have.length(2)
    })

    it('leaves a new session by Esc, and what was typed where there is no list', async () => {
      const chat = setup.start(env(), {choose: true})
      await isListed(chat)
      keysOf(chat).press(press('escape'))
      expect(chat.state.picker).to.equal(undefined)
      chat.submit('hello')
      await until(chat, () => chat.state.items.some(({kind}) => kind === 'assistant') && chat.state.turn === undefined)
      expect(['one', 'two']).to.not.include(chat.state.session.key)
      for (const key of store.listSessions(10).map((each) => each.key)) {
        if (key !== chat.state.session.key) store.deleteSession(key)
      }
      await setup.vanish(chat)
      store.deleteSession(chat.state.session.key ?? '')
      const none = setup.start(env(), {choose: true, initialPrompt: 'sent at once'})
      keysOf(none).press(press('text', {text: 'x'}))
      await until(none, () => transcript(none).some((line) => line.includes('no session is stored yet')))
      await until(none, () => none.state.turn !== undefined || none.state.items.some(({kind}) => kind === 'user'))
      expect(none.state.editor.text).to.equal('x')
    })

    it('is a list alone where several are meant, without a word of a failure', async () => {
      store.setTitle('one', 'The builder')
      const chat = setup.start(env(), {target: {kind: 'stored', key: 'build'}})
      await isListed(chat)
      const look = {columns: 80, rows: 30, style: createStyle({TERM: 'dumb'}), crashLog: '/log', now: 0, tick: 0}
      const drawn = () => liveScreen(chat.state, {...look, found: undefined}).rows.join('\n')
      expect(drawn()).to.include('Several sessions have that').and.to.include('which one?')
      expect(drawn()).to.not.match(/No session is open|✖|\/new/)
      expect(transcript(chat)).to.deep.equal([])
      keysOf(chat).press(press('escape'))
      expect(drawn()).to.include('No session is open')
    })
  })

  it('saves the open session by /save, by the ending of the name, and overwrites nothing', async () => {
    const {chat, keys} = await opened()
    keys.press(press('return'))
    await until(chat, () => chat.state.session.key === 'two')
    const line = (part: string) => until(chat, () => transcript(chat).some((each) => each.includes(part)))
    chat.submit('/save out.json')
    await line('saved: ')
    const folder = setup.home
    expect(JSON.parse(readFileSync(path.join(folder, 'out.json'), 'utf8')).session.key).to.equal('two')
    chat.submit('/save out.json')
    await line('out.json is there already')
    chat.submit('/save out.txt')
    await line('out.txt says neither')
    chat.submit('/save no/such/folder/out.md')
    await line('there is no folder')
    expect(existsSync(path.join(folder, 'out.txt'))).to.equal(false)
  })
})
