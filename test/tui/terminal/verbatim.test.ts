import {expect} from 'chai'
import type {TerminalOutput} from '../../../src/tui/terminal/streams.js'
import {Verbatim} from '../../../src/tui/terminal/verbatim.js'
import {FakeTerminal} from '../fake-terminal.js'

describe('Verbatim', () => {
  it('puts rows in the place of their mark, once, and leaves everything else as it is', () => {
    const {stdout} = new FakeTerminal(40, 10)
    const verbatim = new Verbatim(stdout as unknown as TerminalOutput)
    const mark = verbatim.markOf(0, 'one\ntwo $& $1')
    verbatim.stdout.write(`before\n${mark}\nbehind`)
    expect(stdout.raw).to.equal('before\none\ntwo $& $1\nbehind')
    verbatim.stdout.write(mark)
    expect(stdout.raw).to.not.include(mark)
  })

  it('is the terminal in all else', () => {
    const {stdout} = new FakeTerminal(40, 10)
    const verbatim = new Verbatim(stdout as unknown as TerminalOutput)
    expect(verbatim.stdout).to.include({columns: 40, rows: 10, isTTY: true})
    let resized = 0
    verbatim.stdout.on('resize', () => resized++)
    stdout.columns = 20
    stdout.emit('resize')
    expect([resized, verbatim.stdout.columns]).to.deep.equal([1, 20])
  })

  it('gives marks that a text from outside cannot have', () => {
    const {stdout} = new FakeTerminal()
    const [one, other] = [0, 1].map(() => new Verbatim(stdout as unknown as TerminalOutput).markOf(0, 'x'))
    expect(one).to.match(/^[0-9a-f]{16}:0;$/)
    expect(other).to.not.equal(one)
  })
})
