import {readdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {programPath} from '../helpers/pty/chat.js'
import {PtyScreen} from '../helpers/pty/pty.js'
import {upTo, useChats} from '../helpers/pty/suite.js'

describe('leaving, end to end', () => {
  const suite = useChats()
  let shell: PtyScreen | undefined

  afterEach(() => {
    shell?.dispose()
    shell = undefined
  })

  it('restores the terminal and ends with 129 on SIGHUP in mid-reply, and the reply goes on', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('stream 300 tokens at 100')
    await chat.waitFor('word20')
    const gateway = await chat.gateway()
    chat.signal('SIGHUP')
    expect(await chat.waitForExit()).to.deep.equal({code: 129, signal: undefined})
    expect(chat.modesLeft).to.deep.equal([])
    expect(await chat.outlived()).to.deep.equal([gateway])

    const again = suite.start(['-c'])
    await again.waitFor('word299')
    expect(again.words()).to.deep.equal(upTo(300))
  })

  for (const [signal, code] of [['SIGTERM', 143]] as const) {
    it(`restores the terminal and ends with ${code} on ${signal}, in mid-reply`, async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 5000 tokens at 100')
      await chat.waitFor('word20')
      await chat.gateway()
      chat.signal(signal)
      expect(await chat.waitForExit()).to.deep.equal({code, signal: undefined})
      expect(chat.modesLeft).to.deep.equal([])
      expect(await chat.outlived()).to.deep.equal([])

      const again = suite.start(['-c'])
      await again.waitFor('[interrupted]')
      await again.ready()
    })
  }

  it('is an orderly end also where its keys come again while the gateway ends, and no death is told of it', async () => {
    suite.home.configure('discoverLocal: false\ngateway: {killGraceMs: 600}\n')
    const chat = suite.start()
    await chat.ready()
    // It takes all the time that it has.
    process.kill(await chat.gateway(), 'SIGSTOP')
    chat.press('ctrl-d')
    await chat.waitFor(() => chat.modesLeft.length === 0, {what: 'the terminal given back'})
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const) chat.signal(signal)
    expect(await chat.waitForExit()).to.deep.equal({code: 0, signal: undefined})
    expect(readdirSync(path.join(suite.home.hermes, 'run'))).to.deep.equal([])
    const again = suite.start()
    await again.ready()
    await again.quit()
    expect(again.scrollback()).to.not.include('ended without a word')
  })

  it('ends a print with 130 on Ctrl-C at the terminal, and keeps what was answered', async () => {
    const print = suite.start(['-p', 'stream 5000 tokens at 100'])
    await print.waitFor('word20')
    await print.gateway()
    print.press('ctrl-c')
    expect(await print.waitForExit()).to.deep.equal({code: 130, signal: undefined})
    expect(print.modesLeft).to.deep.equal([])
    expect(await print.outlived()).to.deep.equal([])

    const chat = suite.start(['-c'])
    await chat.waitFor('[interrupted]')
    await chat.ready()
    const kept = chat.words()
    expect(kept.slice(0, print.words().length)).to.deep.equal(print.words())
  })

  async function startShell(): Promise<PtyScreen> {
    shell = new PtyScreen({
      file: 'sh',
      env: suite.home.env({PS1: 'shell> ', NODE: process.execPath, HERMES: programPath}),
      cwd: suite.home.cwd,
    })
    await shell.waitFor('shell>')
    return shell
  }

  it('leaves a shell as it found it', async () => {
    const screen = await startShell()
    screen.type('stty -a > before; clear\r')
    await screen.waitFor(() => screen.screen() === 'shell>', {what: 'a clear screen'})
    screen.type('"$NODE" "$HERMES" chat; echo "left with $?"\r')
    await screen.waitFor(/^● ready/m)
    screen.type('count to 3\r')
    await screen.waitFor('word2')
    await screen.waitFor(/^● ready/m)
    screen.press('ctrl-d')
    await screen.waitFor(/left with 0\s+shell>$/)
    expect(screen.modesLeft).to.deep.equal([])
    screen.type('stty -a > after; cmp before after && echo "same modes"\r')
    await screen.waitFor(/^same modes$/m)
  })

  it('is usable again in the foreground after a SIGSTOP that it could not see', async () => {
    const screen = await startShell()
    screen.type('"$NODE" "$HERMES" chat\r')
    await screen.waitFor(/^● ready/m)
    const chat = screen.descendants().find(({command}) => command.includes(programPath))
    process.kill(chat?.pid ?? 0, 'SIGSTOP')
    await screen.waitFor('Stopped')
    // What bash and zsh do by themselves; it reads from a terminal that may be raw.
    const before = screen.raw.length
    screen.type('stty sane; clear; fg\n')
    await screen.waitFor(() => /^● ready/m.test(screen.screen()) && !screen.screen().includes('Stopped'))
    // The screen is drawn first, then its keyboard is taken.
    await screen.waitFor(() => screen.raw.slice(before).includes('\x1b[?2004h'))
    screen.type('count to 3\r')
    await screen.waitFor('word2')
    await screen.waitFor(/^● ready/m)
    screen.press('ctrl-d')
    await screen.waitFor('Resume with')
  })
})
