import {expect} from 'chai'
import {modesLeft} from './modes.js'
import {isRunning} from './processes.js'
import {PtyScreen} from './pty.js'

const env = {PATH: process.env.PATH ?? '', TERM: 'xterm-256color', PS1: '$ '}

describe('pty helper', () => {
  let screen: PtyScreen | undefined
  const start = (script: string) => {
    screen = new PtyScreen({file: 'sh', args: ['-c', script], env, cwd: '/', cols: 20, rows: 5})
    return screen
  }

  afterEach(() => screen?.dispose())

  it('shows what a person would see, and keeps what scrolled away', async () => {
    const shell = start('for i in 1 2 3 4 5 6 7 8; do echo line $i; done; read x')
    await shell.waitFor('line 8')
    expect(shell.screen()).not.to.include('line 1')
    expect(shell.scrollback()).to.include('line 1')
  })

  it('joins wrapped rows of the scrollback without losing spaces', async () => {
    const shell = start('printf "%s" "0123456789 12345678 and more"; read x')
    await shell.waitFor('and more')
    expect(shell.scrollback()).to.equal('0123456789 12345678 and more')
  })

  it('tells exit code and signal', async () => {
    expect(await start('exit 3').waitForExit()).to.deep.equal({code: 3, signal: undefined})
    screen?.dispose()
    expect((await start('kill -9 $$').waitForExit()).signal).to.equal('SIGKILL')
  })

  it('rejects with the screen when the program ends without showing the text', async () => {
    const failure = await start('echo something else').waitFor('never').catch(String)
    expect(failure).to.include('something else')
  })

  it('looks at whole frames only, but does not wait for the rest of one that never comes', async () => {
    const cleared = '\\033[2J\\033[H'
    const begun = `\\033[?2026h${cleared}`
    const shell = start(
      `printf 'a list'; read x; printf '${begun}'; sleep 0.2; printf 'a list\\033[?2026l'; read x; printf '${begun}'; read x`,
    )
    await shell.waitFor('a list')
    shell.press('enter')
    const drawn = () => shell.raw.endsWith('\x1b[?2026l')
    const gone = shell.waitFor(() => !shell.screen().includes('a list'))
    const first = await Promise.race([gone.then(() => 'gone'), shell.waitFor(drawn).then(() => 'drawn')])
    expect(first).to.equal('drawn')
    shell.press('enter')
    await gone
    expect(shell.terminal.modes.synchronizedOutputMode).to.equal(true)
  })

  it('finds processes below the program and ends them', async () => {
    const shell = start('sleep 60 & sleep 60')
    await shell.waitFor(() => shell.descendants().length === 2, {what: 'two children'})
    const pids = shell.left()
    shell.dispose()
    await shell.waitFor(() => !pids.some(isRunning), {what: 'their end'})
  })

  it('names modes that were left switched', () => {
    expect(modesLeft('\x1b[?25l\x1b[?2004hx\x1b[?2004l')).to.deep.equal(['cursor off'])
    expect(modesLeft('\x1b[>1u\x1b[?1049h\x1b[?1049l')).to.deep.equal(['kitty keyboard on'])
    expect(modesLeft('\x1b[>1u\x1b[<u\x1b[?25l\x1b[?25h')).to.deep.equal([])
  })
})
