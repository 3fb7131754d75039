import {spawnSync} from 'node:child_process'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {ChatScreen, programPath} from '../../helpers/pty/chat.js'
import {processRow} from '../../helpers/pty/processes.js'
import {useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'

const scripted = fileURLToPath(new URL('../../fixtures/scripted-gateway.mjs', import.meta.url))

describe('the keyboard, end to end', () => {
  const suite = useChats()
  const offline = ['--model', 'offline/3@50']

  it('takes a paste whose end never comes, and hears keys after it', async () => {
    const chat = suite.start(offline)
    await chat.ready()
    chat.type('\x1b[200~one\rtwo')
    await chat.waitFor(/› one\n {2}two/)
    chat.type('!')
    await chat.waitFor('two!')
    chat.press('ctrl-c')
    await chat.waitFor('Draft cleared')
    chat.type('\x1b[200~never\rwanted\x03typed')
    await chat.waitFor('› typed')
    expect(chat.scrollback()).not.to.include('wanted')
    expect(chat.words()).to.deep.equal([])
  })

  it('makes one draft of several lines that come without brackets', async () => {
    const chat = suite.start(offline)
    await chat.ready()
    // More than a terminal hands over at once.
    const lines = Array.from({length: 300}, (_, line) => `line ${line} of a long text`)
    chat.type(lines.join('\r'))
    await chat.waitFor(' · 300 lines]')
    chat.press('enter')
    await chat.waitFor('word2')
    await chat.ready()
    expect(chat.scrollback().match(/word0/g)).to.have.length(1)
  })

  it('takes the keys of the kitty protocol from a terminal that answers late, in place of those that it took first', async () => {
    const chat = suite.start(offline)
    await chat.ready()
    await chat.waitFor(() => chat.modesLeft.includes('modifyOtherKeys on'), {what: 'modifyOtherKeys'})
    chat.type('\x1b[?0u')
    await chat.waitFor(() => chat.modesLeft.includes('kitty keyboard on'), {what: 'the protocol'})
    expect(chat.modesLeft).not.to.include('modifyOtherKeys on')
    chat.type('one\x1b[13;2utwo')
    await chat.waitFor(/› one\n {2}two/)
    chat.press('ctrl-c')
    await chat.quit()
    expect(chat.modesLeft).to.deep.equal([])
  })

  it('types nothing of what the terminal answers late', async () => {
    const chat = suite.start(offline)
    await chat.ready()
    for (const piece of [
      'be',
      '\x1b]11;rgb:0/',
      '0/0\x1b',
      '\\fo',
      '\x1bP>|foo',
      '\x1b\\',
      '\x1b[M !',
      '!re',
      '\x1b[24;8',
      '0R',
    ]) {
      chat.type(piece)
    }
    await chat.waitFor('› before')
    chat.press('ctrl-u')
    await chat.waitFor('Ask anything')
  })

  it('undoes word by word, and does it again', async () => {
    const chat = suite.start(offline)
    await chat.ready()
    await chat.submit('a prompt')
    await chat.waitFor('word2')
    await chat.ready()
    chat.type('one two three')
    await chat.waitFor('› one two three')
    chat.press('ctrl-_')
    await chat.waitFor(/› one two$/m)
    chat.press('ctrl-_', 'ctrl-_', 'ctrl-_')
    await chat.waitFor('Ask anything')
    chat.press('alt-_')
    await chat.waitFor(/› one$/m)
    chat.press('alt-_', 'alt-_', 'alt-_')
    await chat.waitFor('› one two three')
  })

  it('says nothing when it is asked for its inspector', async () => {
    const chat = suite.start(offline)
    await chat.ready()
    chat.signal('SIGUSR1')
    chat.type('still here')
    await chat.waitFor('› still here')
    chat.press('ctrl-u')
    await chat.waitFor('› Ask anything')
    await chat.quit()
    expect(chat.raw).not.to.include('Debugger')
  })

  for (const shell of someOf(['bash --norc', 'zsh -f', 'dash'], 2)) {
    describe(`under ${shell}`, () => {
      const [program = '', ...flags] = shell.split(' ')
      let screen: ChatScreen

      before(function () {
        if (spawnSync(program, ['-c', 'true']).status !== 0) this.skip()
      })

      afterEach(() => screen.dispose())

      async function start(more = ''): Promise<number> {
        const env = {PS1: '$ ', FG_STATE: path.join(suite.home.dir, 'state.json')}
        const args = [...flags, '-i']
        screen = new ChatScreen({file: program, args, cwd: suite.home.cwd, env: suite.home.env(env)})
        screen.type(`'${process.execPath}' '${programPath}' chat ${more}\r`)
        await screen.ready()
        const chat = screen.descendants().find(({command}) => command.includes('run.js'))
        if (!chat) throw new Error('no chat')
        return chat.pid
      }
      const stopped = (pid: number) => screen.waitFor(() => processRow(pid)?.state === 'T', {what: 'the stop'})
      const count = (text: string) => screen.scrollback().split(text).length - 1

      it('stops at Ctrl+Z with a draft, below what was said, and goes on with fg', async () => {
        const pid = await start('--model offline/3@50')
        await screen.submit('a prompt')
        await screen.waitFor('word2')
        await screen.ready()
        screen.type('my draft')
        await screen.waitFor('› my draft')
        screen.press('ctrl-z')
        await stopped(pid)
        await screen.waitFor(/(?:Stopped|suspended)/i)
        expect(screen.modesLeft.filter((mode) => mode !== 'bracketed paste on')).to.deep.equal([])
        screen.type('echo "from the ""shell"\r')
        await screen.waitFor('from the shell')
        screen.type('fg\r')
        await screen.waitFor('› my draft')
        await screen.ready()
        expect(count('from the shell')).to.equal(1)
        expect(count('my draft')).to.equal(1)
        expect(count('word2')).to.equal(1)
        screen.type(' goes on')
        await screen.waitFor('› my draft goes on')
        screen.press('ctrl-z')
        await stopped(pid)
        await screen.waitFor(() => count('topped') + count('uspended') === 2)
        screen.type('fg\r')
        await screen.waitFor('› my draft goes on')
        screen.press('ctrl-u', 'ctrl-d')
        await screen.waitFor(() => processRow(pid) === undefined, {what: 'the end'})
      })

      it('stops and goes on by signals of others, also while it asks', async () => {
        const pid = await start(`--gateway-command "'${process.execPath}' '${scripted}'"`)
        screen.type('#approve it\r')
        await screen.waitFor('type what to do instead')
        await screen.waitFor(() => screen.modesLeft.includes('focus reports on'))
        process.kill(pid, 'SIGTSTP')
        await stopped(pid)
        await screen.waitFor(() => !screen.modesLeft.includes('focus reports on'))
        await screen.waitFor(/(?:Stopped|suspended)/i)
        screen.type('fg\r')
        await screen.waitFor(() => screen.modesLeft.includes('focus reports on'))
        await screen.waitFor('type what to do instead')
        screen.press('escape')
        await screen.waitFor('[deny]')
      })
    })
  }
})
