import {expect} from 'chai'
import type {TerminalOutput} from '../../../src/tui/terminal/streams.js'
import {Verbatim} from '../../../src/tui/terminal/verbatim.js'
import {stripSgr} from '../../../src/tui/text/wrap.js'
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

  it('puts the rows of the live part in the place of their signs, cut where the terminal has become narrower', async () => {
    const {stdout} = new FakeTerminal(40, 10)
    const verbatim = new Verbatim(stdout as unknown as TerminalOutput)
    const [first, second] = verbatim.frame(['\x1b[2ma row of twenty-two $&\x1b[22m', 'b\x1b[2J\x07']).split('\n')
    const written = (text: string) => new Promise((resolve) => verbatim.stdout.write(text, resolve))
    await written(`\x1b[2G${second}|${first}`)
    expect(stdout.raw).to.equal('\x1b[2Gb\\x07|\x1b[2ma row of twenty-two $&\x1b[22m')
    stdout.columns = 10
    stdout.raw = ''
    await written(`${first}`)
    expect(stripSgr(stdout.raw)).to.equal('a row of t')
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
