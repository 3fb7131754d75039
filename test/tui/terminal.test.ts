import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {readProcessFacts} from '../../src/supervisor/process/process-facts.js'
import {compiled} from '../helpers/compiled.js'
import {PtyScreen} from '../helpers/pty/pty.js'
import {someOf} from '../helpers/sample.js'

const gateway = fileURLToPath(new URL('../fixtures/scripted-gateway.mjs', import.meta.url))

describe('the chat in a real terminal', () => {
  let home: string
  let host: string
  const screens: PtyScreen[] = []

  const start = (env: Record<string, string> = {}) => {
    const screen = new PtyScreen({
      file: process.execPath,
      args: [host, gateway],
      cwd: home,
      cols: 90,
      rows: 28,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        HERMES_HOME: path.join(home, 'hermes'),
        TERM: 'xterm-256color',
        FG_STATE: path.join(home, 'state.json'),
        FG_JOURNAL: '1',
        FG_PACE: '2',
        ...env,
      },
    })
    screens.push(screen)
    return screen
  }

  before(() => {
    host = compiled(new URL('chat-host.ts', import.meta.url))
  })

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-terminal-'))
  })

  afterEach(() => {
    for (const screen of screens.splice(0)) screen.dispose()
    rmSync(home, {recursive: true, force: true, maxRetries: 5, retryDelay: 50})
  })

  const signals = [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
  ] as const
  for (const [signal, code] of someOf(signals, 2)) {
    it(`is restored after ${signal} in the middle of a reply, and nothing is left running`, async () => {
      const screen = start()
      await screen.waitFor('ready')
      await screen.submit('#words=5000 #pace=5 long')
      await screen.waitFor('word9')
      screen.signal(signal)
      const exit = await screen.waitForExit()
      expect(exit.code).to.equal(code)
      expect(screen.modesLeft).to.deep.equal([])
      expect(screen.scrollback()).to.include('Resume with: hermes chat --resume')
      expect(await screen.outlived()).to.deep.equal([])
    })
  }

  it('gives the terminal back while it is stopped, and takes it again', async () => {
    const screen = start()
    await screen.waitFor('ready')
    screen.type('a draft')
    await screen.waitFor('› a draft')
    screen.signal('SIGTSTP')
    // A SIGCONT that came before the stop would be lost.
    const stopped = () => ['T', undefined].includes(readProcessFacts(screen.pid)?.state)
    await screen.waitFor(() => screen.modesLeft.length === 0 && stopped())
    screen.signal('SIGCONT')
    await screen.waitFor(() => screen.modesLeft.includes('bracketed paste on'))
    screen.type(' goes on')
    await screen.waitFor('› a draft goes on')
    screen.press('ctrl-c', 'ctrl-c', 'ctrl-c')
    expect((await screen.waitForExit()).code).to.equal(0)
    expect(screen.modesLeft).to.deep.equal([])
  })

  it('takes back what the kitty protocol has changed while it is stopped by its own key', async () => {
    const screen = start()
    await screen.waitFor(() => screen.raw.includes('\x1b[?u'), {what: 'the question for the protocol'})
    // Later than Ink waits for: over a slow line.
    await screen.waitFor(() => screen.modesLeft.includes('modifyOtherKeys on'))
    screen.type('\x1b[?0u')
    await screen.waitFor(() => screen.modesLeft.includes('kitty keyboard on'))
    expect(screen.modesLeft).to.not.include('modifyOtherKeys on')
    screen.type('a draft')
    await screen.waitFor('› a draft')
    screen.type('\x1b[122;5u')
    const stopped = () => ['T', undefined].includes(readProcessFacts(screen.pid)?.state)
    await screen.waitFor(() => screen.modesLeft.length === 0 && stopped())
    // The frame is gone, and the cursor stands below what stays.
    await screen.waitFor(() => !screen.screen().includes('a draft'), {what: 'the end of the frame'})
    expect(screen.terminal.buffer.active.cursorX).to.equal(0)
    screen.signal('SIGCONT')
    await screen.waitFor(() => screen.modesLeft.includes('kitty keyboard on'))
    await screen.waitFor('› a draft')
    expect(screen.scrollback().match(/a draft/g)).to.have.length(1)
    screen.press('ctrl-u', 'ctrl-d')
    await screen.waitForExit()
    expect(screen.modesLeft).to.deep.equal([])
  })

  it('is restored by a crash while a question is open', async () => {
    const screen = start()
    await screen.waitFor('ready')
    await screen.submit('#approve it')
    await screen.waitFor(() => screen.modesLeft.includes('focus reports on'))
    screen.signal('SIGABRT')
    await screen.waitForExit()
    expect(screen.modesLeft).to.deep.equal([])
  })

  it('has session, draft and queue again after a kill -9 of the program', async () => {
    const first = start()
    await first.waitFor('ready')
    await first.submit('/status')
    await first.waitFor(/^report +session \S/m)
    const key = /^report +session (\S+)/m.exec(first.screen())?.[1] ?? ''
    await first.submit('#words=5000 #pace=5 long')
    await first.waitFor('word9 ')
    await first.submit('queued prompt')
    await first.waitFor('queued › queued prompt')
    first.type('half a draft')
    await first.waitFor('› half a draft')
    first.signal('SIGKILL')
    await first.waitForExit()
    await first.waitFor(() => first.left().length === 0, {what: 'the end of the gateway'})

    const second = start({HOST_RESUME: key})
    await second.waitFor('queued, held')
    await second.waitFor('● ready')
    expect(second.screen()).to.include('› half a draft')
    expect(second.scrollback()).to.include('word0 word1').and.to.include('[interrupted]')
    second.press('ctrl-u')
    await second.waitFor('Enter sends the queue')
    second.press('enter')
    await second.waitFor(/› queued prompt\n\nword0/)
  })
})
