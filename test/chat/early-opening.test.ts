import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {startChat, TestHome} from '../helpers/pty/chat.js'
import {modesLeft} from '../helpers/pty/modes.js'

describe('the screen that the launcher draws', function () {
  this.timeout(30_000)
  let home: TestHome
  before(ensureBuilt)
  beforeEach(() => {
    home = new TestHome()
  })
  afterEach(() => home.remove())

  /** What a chat with these arguments leaves on the terminal, once it has ended, and all that it wrote. */
  async function ended(args: readonly string[]) {
    const chat = startChat({home, args})
    const {code} = await chat.exit
    return {code, screen: chat.screen().trim(), output: chat.raw}
  }

  it('is taken off for an error, which stands alone', async () => {
    for (const args of [
      ['-c', '--title', 'x'],
      ['--resume='],
      ['--resume', '--nope'],
      ['-r', 'K', '--resume'],
      ['--title', '-r'],
      ['--nope'],
      ['--model'],
      ['a', 'b'],
      ['--max-steps', 'x'],
    ]) {
      const {code, screen, output} = await ended(args)
      expect(output, String(args)).to.include('starting…')
      expect(code, String(args)).to.equal(2)
      expect(screen, String(args))
        .to.match(/^hermes: /)
        .and.not.include('/help for commands')
        .and.not.include('starting')
      expect(modesLeft(output), String(args)).to.deep.equal([])
    }
  })

  it('is there for no command at all too, and for flags of a chat', async () => {
    const chat = startChat({home, command: ''})
    await chat.ready()
    expect(chat.raw.indexOf('starting…')).to.be.within(0, chat.raw.indexOf('● ready'))
    await chat.quit()
    const again = startChat({home, command: '', args: ['--title', 'Named']})
    await again.waitFor('Named')
    await again.ready()
    await again.quit()
  })

  it('is not there for what needs none', async () => {
    for (const args of [
      ['--help'],
      ['-h'],
      ['-c', '--help'],
      ['-p', 'hi'],
      ['-phi'],
      ['--print=hi'],
      ['--title', 'x', '-p', 'hi'],
    ]) {
      const {code, output} = await ended(args)
      expect(code, String(args)).to.equal(0)
      expect(output, String(args)).not.to.include('starting…').and.not.include('\x1b[?25')
    }
  })
})
