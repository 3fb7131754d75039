import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {Chat} from '../../src/tui/chat.js'
import {Keyboard} from '../../src/tui/terminal/keyboard.js'
import {eventsOf, type ProviderServer, startProviderServer, wireForms} from '../fixtures/provider-server.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {jpeg, png} from '../helpers/images/files.js'
import {ChatSetup, idle, ready, until} from './chat-setup.js'

const form = wireForms.anthropic
const answer = {pieces: [...eventsOf(...form.open, ...form.text('seen'), ...form.end('stop')), ...form.tail]}
const pic = png(12, 8)
const label = '[Image #1 · pic.png 12x8]'

describe('an image in the draft', () => {
  let setup: ChatSetup
  let server: ProviderServer
  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })
  beforeEach(async () => {
    setup = new ChatSetup([process.execPath, path.join(root, 'dist', 'gateway', 'main.js')])
    server = await startProviderServer([answer])
    configure()
    writeFileSync(file('pic.png'), pic)
  })
  afterEach(async () => {
    await setup.dispose()
    await server.close()
  })

  function configure(): void {
    mkdirSync(path.join(setup.home, '.config', 'hermes'), {recursive: true})
    writeFileSync(
      path.join(setup.home, '.config', 'hermes', 'config.yaml'),
      `discoverLocal: false\nmodel: mine/m\nproviders:\n  mine: {kind: anthropic, baseUrl: "${server.url}", apiKey: k}\n`,
    )
  }
  const file = (name: string) => path.join(setup.home, name)
  const start = (options: Parameters<ChatSetup['start']>[1] = {}) =>
    setup.start({HOME: setup.home, HERMES_HOME: path.join(setup.home, 'hermes')}, options)
  const keyboardOf = (chat: Chat) => new Keyboard(chat, {columns: () => 80, redraw() {}, suspend() {}, unfold() {}})
  const lastSent = () => JSON.stringify(server.requests.at(-1)?.body)
  const timesSent = (bytes: Buffer) => lastSent().split(bytes.toString('base64')).length - 1
  const said = (chat: Chat) => JSON.stringify(chat.state.items)

  it('is a label for the pasted path of a file, comes back after a kill -9, and is sent with its content', async () => {
    const died = start()
    await until(died, ready(died))
    died.submit('hello')
    await until(died, idle(died))
    const keyboard = keyboardOf(died)
    keyboard.paste('look at ')
    keyboard.paste(`'${file('pic.png')}' `)
    expect(died.state.editor.text).to.equal(`look at ${label} `)
    rmSync(file('pic.png'))
    const {key} = died.state.session
    if (!key) throw new Error('no key')
    await setup.vanish(died)

    const chat = start({target: {kind: 'stored', key}})
    await until(chat, ready(chat))
    await until(chat, () => chat.state.editor.text === `look at ${label} `)
    chat.submit(chat.state.editor.text)
    await until(chat, () => server.requests.length === 2)
    await until(chat, idle(chat))
    expect(timesSent(pic)).to.equal(1)
    expect(lastSent()).to.contain(`look at ${label}`)
    expect(said(chat)).to.contain(`look at ${label}`)

    const retried = chat.delivery.retryTurn(`look at ${label} `)
    expect(retried).to.equal(undefined)
    await until(chat, () => server.requests.length === 3)
    await until(chat, idle(chat))
    expect(timesSent(pic)).to.be.greaterThan(0)
  })

  it('stays with its prompt in the queue over a kill -9', async () => {
    await server.close()
    server = await startProviderServer([answer, {pieces: ['silence']}, answer])
    configure()
    const died = start()
    await until(died, ready(died))
    died.submit('hello')
    await until(died, () => server.requests.length === 1)
    await until(died, idle(died))
    died.submit('wait')
    await until(died, () => server.requests.length === 2)
    died.submit(`see ${died.images.labelled(file('pic.png'))?.trim()}`)
    died.submit(`and ${died.images.labelled(`${file('pic.png')} ${file('pic.png')}`)?.trim()}`)
    const waiting = died.state.prompts.filter(({state}) => state === 'queued')
    expect(waiting.map(({text}) => text)).to.deep.equal([
      `see ${label}`,
      'and [Image #2 · pic.png 12x8] [Image #3 · pic.png 12x8]',
    ])
    const {key} = died.state.session
    if (!key) throw new Error('no key')
    await setup.vanish(died)
    expect(server.requests).to.have.lengthOf(2)

    const chat = start({target: {kind: 'stored', key}})
    await until(chat, ready(chat))
    await until(chat, () => chat.state.held)
    chat.submit('')
    await until(chat, () => server.requests.length === 4)
    await until(chat, idle(chat))
    expect(timesSent(pic)).to.equal(3)
  })

  it('is not made of other text, of paths in a line for the shell, or of what is no image', async () => {
    const chat = start()
    writeFileSync(file('text.png'), 'no picture')
    writeFileSync(file('cut.jpg'), jpeg(9, 9).subarray(0, -3))
    for (const text of [
      '',
      'pic.png',
      `${file('pic.png')} is broken`,
      file('text.png'),
      file('missing.png'),
      setup.home,
    ]) {
      expect(chat.images.labelled(text), text).to.equal(undefined)
    }
    expect(chat.images.labelled(file('cut.jpg'))).to.equal(undefined)
    expect(said(chat)).to.match(/cut\.jpg cannot be sent: it is cut off/)
    chat.store.dispatch({type: 'edit', action: {type: 'load', text: '!file '}})
    expect(chat.images.labelled(file('pic.png'))).to.equal(undefined)
  })

  it('is put there by /image and /paste too', async () => {
    const chat = start()
    await until(chat, ready(chat))
    chat.submit('/image pic.png')
    await until(chat, () => chat.state.editor.text === `${label} `)
    const {PATH} = process.env
    const bin = file('bin')
    mkdirSync(bin)
    try {
      process.env.PATH = bin
      chat.submit('/paste')
      await until(chat, () => said(chat).includes('no program here reads an image from the clipboard'))
      writeFileSync(path.join(bin, 'wl-paste'), '#!/bin/sh\nexit 1\n', {mode: 0o755})
      chat.submit('/paste')
      await until(chat, () => said(chat).includes('there is no image in the clipboard'))
      writeFileSync(file('shot.png'), png(30, 20))
      const shows = `#!/bin/sh\n[ "$*" = "-selection clipboard -target image/png -out" ] && exec /bin/cat '${file('shot.png')}'\n`
      writeFileSync(path.join(bin, 'xclip'), shows, {mode: 0o755})
      keyboardOf(chat).press({name: 'text', text: 'v', ctrl: true, alt: false, shift: false})
      await until(chat, () => chat.state.editor.text.includes('clipboard.png 30x20]'))
    } finally {
      process.env.PATH = PATH
    }
  })

  it('is not sent where its file may hold secrets', async () => {
    const chat = start()
    await until(chat, ready(chat))
    mkdirSync(file('.ssh'))
    writeFileSync(file('.ssh/a.png'), pic)
    chat.submit(`see ${chat.images.labelled(file('.ssh/a.png'))}`)
    await until(chat, () => said(chat).includes('is not read: it may hold secrets'))
    expect(server.requests).to.deep.equal([])
  })

  it('is attached for a gateway that takes images before their prompt', async () => {
    const other = new ChatSetup()
    try {
      const chat = other.start({FG_JOURNAL: '0'})
      await until(chat, ready(chat))
      chat.submit(`see ${chat.images.labelled(file('pic.png'))?.trim()}`)
      await until(chat, () => other.calls('prompt.submit').length === 1)
      expect(other.calls('image.attach').length).to.equal(1)
      expect(String(other.calls('image.attach')[0]?.params.path)).to.match(/\.png$/)
      expect(other.calls('prompt.submit')[0]?.params).to.not.have.property('images')
    } finally {
      await other.dispose()
    }
  })
})
