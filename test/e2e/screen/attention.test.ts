import {expect} from 'chai'
import {programPath} from '../../helpers/pty/chat.js'
import {PtyScreen} from '../../helpers/pty/pty.js'
import {useChats} from '../../helpers/pty/suite.js'

/** A terminal that is known to show progress. */
const ghostty = {TERM: 'xterm-256color', TERM_PROGRAM: 'ghostty'}
const title = (text: string) => `\x1b]2;${text}\x1b\\`
const progress = (code: string) => `\x1b]9;4;${code}\x1b\\`
const [PUSH, POP] = ['\x1b[22;2t', '\x1b[23;2t']
const count = (text: string, part: string) => text.split(part).length - 1

describe('title, progress and signs of a chat, end to end', () => {
  const suite = useChats('ui:\n  notifyAfterMs: 0\n')
  let shell: PtyScreen | undefined
  afterEach(() => {
    shell?.dispose()
    shell = undefined
  })

  it('shows what runs, tells its end to who is not there, and puts all back', async () => {
    const chat = suite.start([], {env: ghostty})
    await chat.ready()
    expect(chat.raw).to.contain(PUSH)
    await chat.submit('stream 200 tokens at 100')
    await chat.waitFor('word20')
    expect(chat.raw).to.contain(progress('3'))
    expect(chat.raw).to.contain(title('… ~/project · hermes'))
    chat.type('\x1b[O')
    await chat.waitFor('word199')
    await chat.waitFor(() => chat.raw.includes('\x1b]9;hermes: '), {what: 'the sign'})
    await chat.waitFor(() => chat.raw.lastIndexOf(progress('0')) > chat.raw.lastIndexOf(progress('3')))
    await chat.quit()
    expect([count(chat.raw, PUSH), count(chat.raw, POP)]).to.deep.equal([1, 1])
    expect(chat.modesLeft).to.deep.equal([])
  })

  it('leaves it to the guard where it is killed in mid-reply', async () => {
    const env = suite.home.env({...ghostty, NODE: process.execPath, HERMES: programPath})
    // A shell that goes on after it.
    shell = new PtyScreen({
      file: '/bin/sh',
      args: ['-c', '"$NODE" "$HERMES" chat; read never'],
      env,
      cwd: suite.home.cwd,
    })
    const screen = shell
    await screen.waitFor(/^● ready/m)
    await screen.submit('stream 5000 tokens at 100')
    await screen.waitFor('word20')
    const program = screen.descendants().find(({command}) => command.includes(`${programPath} chat`))
    process.kill(program?.pid ?? 0, 'SIGKILL')
    await screen.waitFor(
      () => screen.raw.endsWith(`${progress('0')}${POP}\x1b[0m\x1b[?25h`) || screen.raw.includes(POP),
      {
        what: 'the guard',
      },
    )
    expect(screen.raw.lastIndexOf(progress('0'))).to.be.greaterThan(screen.raw.lastIndexOf(progress('3')))
  })

  it('writes nothing of it where it is turned off', async () => {
    suite.home.configure('discoverLocal: false\nui: {windowTitle: false, notify: off, progress: false}\n')
    const chat = suite.start([], {env: ghostty})
    await chat.ready()
    await chat.submit('stream 5 tokens at 100')
    await chat.waitFor('word4')
    await chat.ready()
    await chat.quit()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences.
    expect(chat.raw).to.not.match(/\x1b\][029];|\x07|\x1b\[2[23];\d*t/)
  })
})
