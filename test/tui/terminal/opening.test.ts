import {expect} from 'chai'
import {Opening} from '../../../src/tui/terminal/opening.js'
import {modesLeft} from '../../helpers/pty/modes.js'
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
