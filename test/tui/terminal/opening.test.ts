import {expect} from 'chai'
import {Opening} from '../../../src/tui/terminal/opening.js'
import {modesLeft} from '../../helpers/pty/modes.js'
import {tellTried} from '../../helpers/tried.js'
import {FakeTerminal} from '../fake-terminal.js'

describe('Opening', () => {
  let terminal: FakeTerminal

  const open = (columns = 60) => {
    terminal = new FakeTerminal(columns, 12)
    const {stdin, stdout} = terminal
    return new Opening({version: '1.2.3', cwd: '/some/where', env: {NO_COLOR: '1'}, stdin, stdout})
  }
  const lines = (opening: Opening, text: string) => ({
    text,
    screen: () => ({rows: [text, 'status'], cursor: {x: text.length, y: 0}}),
    type(typed: string) {
      this.text += typed
    },
    subscribe: () => () => opening,
  })

  /** What is still in the input. */
  function left(): string {
    let text = ''
    for (let chunk = terminal.stdin.read(); chunk !== null; chunk = terminal.stdin.read()) text += chunk
    return text
  }

  it('shows header, composer and status at once', async () => {
    open()
    await terminal.waitFor('starting…')
    expect(terminal.screen()).to.match(/^hermes 1\.2\.3 · \/some\/where\n\/help .*\n─+\n› Ask anything.*\n.*starting…/)
    expect(terminal.stdin.isRaw).to.equal(true)
  })

  it('shows letters that are typed, and hands them to the chat', async () => {
    const opening = open()
    terminal.type('grüß')
    await terminal.waitFor('› grüß')
    const chat = lines(opening, 'draft ')
    opening.attach(chat)
    expect(chat.text).to.equal('draft grüß')
    terminal.type(' dich')
    await new Promise(setImmediate)
    expect(chat.text).to.equal('draft grüß dich')
  })

  it('leaves the first other key in the input, and all that follows', async () => {
    const opening = open()
    terminal.type('one')
    await terminal.waitFor('› one')
    terminal.type('two\r')
    await new Promise(setImmediate)
    terminal.type('three')
    await new Promise(setImmediate)
    opening.handOver({printsFirst: false})
    expect(left()).to.equal('two\rthree')
    expect(terminal.screen()).to.include('› one').and.not.include('two')
  })

  it('hears the background wherever its answer is cut, and keeps what is typed around it', async () => {
    const answers = ['\x1b]11;rgb:ffff/ffff/ffff\x1b\\', '\x1b]11;rgb:ff/ff/ff\x07']
    let tried = 0
    for (const answer of answers) {
      for (let cut = 1; cut < answer.length; cut++) {
        tried++
        terminal = new FakeTerminal(60, 12)
        const {stdin, stdout} = terminal
        const env = {TERM: 'xterm-256color'}
        const opening = new Opening({version: '1.2.3', cwd: '/some/where', env, stdin, stdout})
        expect(opening.look.palette).to.equal('sixteen')
        terminal.type(`a${answer.slice(0, cut)}`)
        await new Promise(setImmediate)
        terminal.type(`${answer.slice(cut)}b`)
        await new Promise(setImmediate)
        terminal.type('c')
        await terminal.waitFor('› abc')
        expect(opening.look.palette, `cut at ${cut}`).to.equal('light')
        await opening.answered()
        opening.handOver({printsFirst: false})
        expect(left()).to.equal('')
      }
    }
    tellTried(tried, 'cuts of an answer')
  })

  it('leaves a key that looks like the beginning of the answer', async () => {
    for (const key of ['\x1b', '\x1b]', '\x1b]1', '\x1b]11;rgb:00', '\x1bb', '\x1b[A']) {
      terminal = new FakeTerminal(60, 12)
      const {stdin, stdout} = terminal
      const env = {TERM: 'xterm-256color'}
      const opening = new Opening({version: '1.2.3', cwd: '/some/where', env, stdin, stdout})
      terminal.type(key)
      await new Promise(setImmediate)
      opening.handOver({printsFirst: false})
      expect(left()).to.equal(key)
    }
  })

  it('does not ask a terminal without colours', () => {
    const asked: string[] = []
    for (const env of [{NO_COLOR: '1'}, {TERM: 'dumb'}, {TERM: 'linux'}, {TERM: 'xterm-256color'}]) {
      terminal = new FakeTerminal(60, 12)
      const {stdin, stdout} = terminal
      const write = stdout.write.bind(stdout)
      stdout.write = ((data: string) => {
        if (data.includes('\x1b]11;?')) asked.push(env.TERM ?? '')
        return write(data)
      }) as typeof stdout.write
      new Opening({version: '1.2.3', cwd: '/some/where', env, stdin, stdout})
    }
    expect(asked).to.deep.equal(['xterm-256color'])
  })

  it('takes what was typed before it was there with its Enter', async () => {
    const opening = open()
    terminal.type('early\nlater')
    await new Promise(setImmediate)
    terminal.type('\n')
    await new Promise(setImmediate)
    opening.handOver({printsFirst: false})
    expect(left(), 'a line feed in raw mode is Ctrl+J').to.equal('early\rlater\n')
  })

  it('takes a line feed as such that is the first to be typed', async () => {
    const opening = open()
    for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate)
    terminal.type('pasted\nraw')
    await new Promise(setImmediate)
    opening.handOver({printsFirst: false})
    expect(left()).to.equal('pasted\nraw')
  })

  it('lets others write above the screen', async () => {
    const opening = open()
    opening.aside(() => terminal.stdout.write('a warning\n'))
    await terminal.waitFor(/^a warning\nhermes 1\.2\.3[\s\S]*starting…/)
    expect(terminal.screen().match(/starting/g)).to.have.length(1)
  })

  it('takes everything off again', async () => {
    const opening = open()
    await terminal.waitFor('starting…')
    opening.close({header: true})
    terminal.stdout.write('error: no')
    await terminal.waitFor('error: no')
    expect(terminal.screen().trim()).to.equal('error: no')
    expect(terminal.stdin.isRaw).to.equal(false)
    expect(modesLeft(terminal.stdout.raw)).to.deep.equal([])
  })

  it('stands where the next frame begins, with the same rows in place', async () => {
    const opening = open()
    opening.attach(lines(opening, 'hello'))
    expect(opening.handOver({printsFirst: false})).to.equal(false)
    terminal.stdout.write('HELLO\nSTATUS\n')
    await terminal.waitFor('HELLO\nSTATUS')
    expect(terminal.screen()).to.not.match(/hello|status/)
    opening.close({header: true})
    expect(terminal.screen()).to.include('HELLO')
  })

  it('says when the window has become narrower', () => {
    const opening = open()
    terminal.stdout.columns = 40
    expect(opening.handOver({printsFirst: false})).to.equal(true)
  })
})
