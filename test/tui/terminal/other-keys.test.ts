import {expect} from 'chai'
import fc from 'fast-check'
import {HeldTerminal} from '../../../src/tui/terminal/held-terminal.js'
import {OtherKeys} from '../../../src/tui/terminal/other-keys.js'
import {runs} from '../../helpers/sample.js'

const ON = '\x1b[>4;2m'
const OFF = '\x1b[>4m'

function asked(env: NodeJS.ProcessEnv) {
  const stdout = {
    writable: true,
    raw: '',
    write(text: string) {
      stdout.raw += text
    },
  }
  const held = new HeldTerminal(1)
  const keys = new OtherKeys({stdout: stdout as never, env, onChange: (on) => held.set(on), answerMs: 1})
  return {stdout, held, keys}
}

/** When the time for an answer has gone by. */
const answerTime = () => new Promise((resolve) => setTimeout(resolve, 2))

describe('modifyOtherKeys', () => {
  it('is asked for where a terminal does not know the kitty protocol, and never of one that cannot have it', async () => {
    const wanted = [{TERM: 'xterm-256color'}, {TERM: 'tmux-256color'}, {TERM: 'foot'}]
    const refused = [{TERM: 'dumb'}, {TERM: 'linux'}, {}, {TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal'}]
    for (const env of [...wanted, ...refused]) {
      const {stdout, held, keys} = asked(env)
      keys.begin()
      await answerTime()
      expect(stdout.raw, JSON.stringify(env)).to.equal(wanted.includes(env as never) ? ON : '')
      expect(held.undo?.atOnce.includes(OFF)).to.equal(stdout.raw !== '')
      keys.stop()
      expect(stdout.raw.endsWith(ON)).to.equal(false)
      expect(held.undo?.atOnce.includes(OFF)).to.equal(false)
    }
  })

  it('is on only while the chat has the terminal and kitty is not, and who takes it back knows', async () => {
    const step = fc.constantFrom('pause', 'resume', 'kitty')
    await fc.assert(
      fc.asyncProperty(fc.array(step, {maxLength: 8}), async (steps) => {
        const {stdout, held, keys} = asked({TERM: 'xterm'})
        keys.begin()
        await answerTime()
        let resume: (() => void) | undefined
        let kitty = false
        for (const each of steps) {
          if (each === 'pause') resume ??= keys.pause()
          if (each === 'resume') {
            resume?.()
            resume = undefined
          }
          if (each === 'kitty') {
            kitty = true
            keys.kitty()
          }
          const on = !kitty && resume === undefined
          expect(stdout.raw.endsWith(ON), steps.join()).to.equal(on)
          expect(held.undo?.atOnce.includes(OFF), steps.join()).to.equal(on)
        }
        keys.stop()
        resume?.()
        expect(stdout.raw.endsWith(ON)).to.equal(false)
      }),
      {numRuns: runs(50, 15)},
    )
  })

  it('makes place for the kitty protocol where the terminal answers late, over a slow line', async () => {
    const [pushed, popped] = ['\x1b[>1u', '\x1b[<u']
    const {stdout, held, keys} = asked({TERM: 'xterm'})
    keys.begin()
    await answerTime()
    keys.known()
    expect(stdout.raw).to.equal(ON + OFF + pushed)
    expect(held.undo?.atOnce).to.include(popped).and.not.include(OFF)
    const resume = keys.pause()
    expect(stdout.raw.endsWith(popped)).to.equal(true)
    expect(held.undo?.atOnce).to.not.include(popped)
    resume()
    expect(stdout.raw.endsWith(pushed)).to.equal(true)
    keys.stop()
    keys.known()
    expect(stdout.raw.endsWith(popped)).to.equal(true)
    expect(held.undo?.atOnce).to.not.include(popped)
  })

  it('leaves the kitty protocol to Ink where that has heard of it', () => {
    const {stdout, keys} = asked({TERM: 'xterm'})
    keys.begin()
    keys.kitty()
    keys.known()
    keys.stop()
    expect(stdout.raw).to.equal('')
  })
})
