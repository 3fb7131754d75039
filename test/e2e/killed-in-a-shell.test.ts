import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {AutumnFiles, autumnGateway} from '../helpers/autumn.js'
import {programPath} from '../helpers/pty/chat.js'
import {descendantsOf, isRunning} from '../helpers/pty/processes.js'
import {PtyScreen} from '../helpers/pty/pty.js'
import {useChats} from '../helpers/pty/suite.js'
import {isThorough, someOf} from '../helpers/sample.js'
import {useScriptedModel} from '../helpers/scripted-model.js'
import {hasTmux, Tmux} from '../helpers/tmux.js'

/** What a person runs in the terminal, without his configuration. */
const shells = {
  bash: {args: ['--norc', '-i'], history: true, adopts: false},
  dash: {args: ['-i'], history: false, adopts: false},
  zsh: {args: ['-f', '-i'], history: true, adopts: true},
} as const

const isInstalled = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0

/** Where more than a kill is tried. */
const [drawn] = someOf(Object.keys(shells).filter(isInstalled), 1)

const fixture = new URL('fixtures/end-on-sigusr2.mjs', import.meta.url).href

/**
 * `raw`: nobody takes the modes back but the guard. Of other signals that are sent Ink or Node hear, of a fault of the
 * program nobody does.
 */
const ends = {
  SIGKILL: {signal: 'SIGKILL', raw: true, env: {}},
  SIGSEGV: {signal: 'SIGSEGV', raw: false, env: {}},
  SIGABRT: {signal: 'SIGABRT', raw: false, env: {}},
  SIGQUIT: {signal: 'SIGQUIT', raw: false, env: {}},
  'an abort of its own': {signal: 'SIGUSR2', raw: true, env: {FAULT: 'abort', NODE_OPTIONS: `--import ${fixture}`}},
  'an end by V8 out of memory': {
    signal: 'SIGUSR2',
    raw: true,
    env: {FAULT: 'memory', NODE_OPTIONS: `--max-old-space-size=64 --import ${fixture}`},
  },
} as const

/** Of what the guard writes, what no shell does. */
const ofTheGuard = '\x1b[?1004l'

describe('the terminal of a program that was killed', () => {
  const suite = useChats()
  useScriptedModel(suite, {'list it': [[{name: 'list_files', args: {path: '.'}}], 'Listed.']})
  let shell: PtyScreen | undefined
  afterEach(() => {
    shell?.dispose()
    shell = undefined
  })

  function start(file: string, args: readonly string[], more: Record<string, string> = {}): PtyScreen {
    const here = {PS1: 'shell> ', NODE: process.execPath, HERMES: programPath, HISTFILE: '/dev/null'}
    shell = new PtyScreen({file, args, env: suite.home.env({...here, ...more}), cwd: suite.home.cwd})
    return shell
  }

  /** Text of the row in which the cursor stands, up to the cursor. */
  function typed({terminal}: PtyScreen): string {
    const {active} = terminal.buffer
    const line = active.getLine(active.baseY + active.cursorY)
    return line?.translateToString(false, 0, active.cursorX) ?? ''
  }

  /** Opens a chat by `command` and returns the program and its guard. */
  async function openChat(screen: PtyScreen, {command = '"$NODE" "$HERMES" chat', answers = ''} = {}) {
    await screen.waitFor('shell>')
    screen.type('stty -a > before; clear\r')
    await screen.waitFor(() => screen.screen() === 'shell>', {what: 'a clear screen'})
    screen.type(`${command}\r`)
    if (answers !== '') {
      await screen.waitFor(() => screen.raw.includes('\x1b[?u'), {what: 'the question'})
      screen.type(answers)
    }
    await screen.waitFor(/^● ready/m)
    const family = screen.descendants()
    const program = family.find((row) => row.command.includes(`${programPath} chat`))?.pid ?? 0
    const guard = family.find((row) => row.command.includes('while read'))?.pid ?? 0
    expect(isRunning(program)).to.equal(true)
    expect(isRunning(guard)).to.equal(true)
    return {program, guard}
  }

  async function kill(screen: PtyScreen, {program, guard}: {program: number; guard: number}, signal: NodeJS.Signals) {
    process.kill(program, signal)
    await screen.waitFor(() => !isRunning(program) && !isRunning(guard), {what: 'the end of both', timeout: 40_000})
  }

  /** What a shell is typed into shows up once, and what it runs has a terminal as it should be. */
  async function usable(screen: PtyScreen, {history, adopts}: {history: boolean; adopts: boolean}): Promise<void> {
    await screen.waitFor(() => typed(screen) === 'shell> ', {what: 'the prompt and nothing behind it'})
    screen.type('echo $((40 + 2))x')
    await screen.waitFor(() => typed(screen) === 'shell> echo $((40 + 2))x', {what: 'each letter once'})
    screen.press('backspace')
    await screen.waitFor(() => typed(screen) === 'shell> echo $((40 + 2))', {what: 'a letter less'})
    screen.press('enter')
    await screen.waitFor(/^42\s*$/m)
    await screen.waitFor(() => typed(screen) === 'shell> ', {what: 'the next prompt'})
    if (history) {
      screen.press('up')
      await screen.waitFor(() => typed(screen) === 'shell> echo $((40 + 2))', {what: 'the last line'})
      screen.press('ctrl-u')
      await screen.waitFor(() => typed(screen) === 'shell> ', {what: 'an empty line'})
    }
    screen.type('stty -a > all; mv all after\r')
    await screen.waitFor(() => typed(screen) === 'shell> ' && existsSync(path.join(suite.home.cwd, 'after')))
    // Node turns it off, and nobody can tell whether it was on; it is about a serial line.
    const modes = (name: string) => readFileSync(path.join(suite.home.cwd, name), 'utf8').replace('-brkint', 'brkint')
    if (adopts) {
      expect(modes('after')).to.include('-isig')
      screen.type('stty sane iutf8; stty -a > all; mv all sane\r')
      await screen.waitFor(() => typed(screen) === 'shell> ' && existsSync(path.join(suite.home.cwd, 'sane')))
      expect(modes('sane')).to.match(/ icrnl .*isig icanon iexten echo /s)
    } else expect(modes('after')).to.equal(modes('before'))
    screen.type('exit\r')
    await screen.waitForExit()
    expect(screen.modesLeft).to.deep.equal([])
  }

  for (const [name, {args, ...kind}] of Object.entries(shells)) {
    describe(`in ${name}`, () => {
      before(function () {
        if (!isInstalled(name)) this.skip()
      })

      const others = Object.entries(ends).filter(([end]) => end !== 'SIGKILL')
      const all = isThorough || name === drawn
      for (const [end, {signal, raw, env}] of [['SIGKILL', ends.SIGKILL] as const, ...(all ? someOf(others, 1) : [])]) {
        it(`is usable after ${end}`, async () => {
          const screen = start(name, args, env)
          await kill(screen, await openChat(screen), signal)
          await usable(screen, {...kind, adopts: kind.adopts && raw})
        }).timeout(60_000)
      }
      if (!all) return

      it('shows again what is typed when it was killed while a password was', async () => {
        const files = new AutumnFiles(suite.home.dir)
        const screen = start(name, args, {...files.env, GATEWAY: `'${process.execPath}' '${autumnGateway}'`})
        await screen.waitFor('shell>')
        screen.type('stty -a > before; clear\r')
        await screen.waitFor(() => screen.screen() === 'shell>', {what: 'a clear screen'})
        screen.type('"$NODE" "$HERMES" chat --screen-reader --gateway-command "$GATEWAY"\r')
        await screen.waitFor(/^> *$/m)
        screen.type('do #sudo\r')
        await screen.waitFor(/^Password: *$/m)
        const family = screen.descendants()
        const pidOf = (part: string) => family.find((row) => row.command.includes(part))?.pid ?? 0
        const before = screen.raw.length
        await kill(screen, {program: pidOf(`${programPath} chat`), guard: pidOf('while read')}, 'SIGKILL')
        expect(screen.raw.slice(before)).not.to.include(ofTheGuard)
        await usable(screen, {...kind, history: false})
      }).timeout(60_000)

      it('has its screen, its cursor and its keys again when the pager was open', async () => {
        const screen = start(name, args)
        const chat = await openChat(screen)
        screen.type('list it')
        await screen.waitFor('› list it')
        screen.press('enter')
        await screen.waitFor('Listed.')
        await screen.waitFor(/^● ready/m)
        screen.press('ctrl-o')
        await screen.waitFor(() => screen.modesLeft.includes('alternate screen on'), {what: 'the pager'})
        await kill(screen, chat, 'SIGKILL')
        // The prompt may have been on the screen that is gone.
        const prompts = () => screen.raw.split('shell> ').length
        const before = prompts()
        screen.press('enter')
        await screen.waitFor(() => prompts() > before, {what: 'another prompt'})
        await usable(screen, kind)
      })

      it('has its keyboard again when the terminal knows the kitty protocol', async () => {
        const screen = start(name, args)
        const chat = await openChat(screen, {answers: '\x1b[?0u'})
        await screen.waitFor(() => screen.modesLeft.includes('kitty keyboard on'), {what: 'the protocol'})
        await kill(screen, chat, 'SIGKILL')
        await usable(screen, kind)
      })

      it('has its keyboard again when the terminal was asked to tell more keys apart', async () => {
        const screen = start(name, args)
        const chat = await openChat(screen)
        await screen.waitFor(() => screen.modesLeft.includes('modifyOtherKeys on'), {what: 'modifyOtherKeys'})
        await kill(screen, chat, 'SIGKILL')
        await usable(screen, kind)
      })

      it('is not written to when the program was stopped by Ctrl+Z, then killed', async () => {
        const screen = start(name, args)
        const chat = await openChat(screen)
        screen.press('ctrl-z')
        await screen.waitFor(() => typed(screen) === 'shell> ', {what: 'the prompt'})
        const before = screen.raw
        await kill(screen, chat, 'SIGKILL')
        expect(screen.raw.slice(before.length)).not.to.include(ofTheGuard)
        await usable(screen, {...kind, adopts: false})
      })

      it('is not written to while another program has it, with modes of its own', async () => {
        const screen = start(name, args)
        const chat = await openChat(screen)
        process.kill(chat.program, 'SIGSTOP')
        await screen.waitFor(/stopped|suspended/i)
        // The terminal of a shell that does nothing is raw: a line feed is its Enter.
        screen.type('stty sane\nstty raw -echo -icrnl; printf "full%s" " screen"; sleep 100\n')
        await screen.waitFor('full screen')
        const before = screen.raw
        await kill(screen, chat, 'SIGKILL')
        expect(screen.raw.slice(before.length)).not.to.include(ofTheGuard)
      })
    })
  }

  describe('in zsh, which adopts the modes', () => {
    before(function () {
      if (!isInstalled('zsh')) this.skip()
    })

    it('is told by the doctor what is wrong with it', async () => {
      const screen = start('zsh', shells.zsh.args)
      await kill(screen, await openChat(screen), 'SIGKILL')
      screen.type('clear; "$NODE" "$HERMES" doctor\r')
      const told = () => /left it with -isig .*: stty sane iutf8/s.test(screen.scrollback())
      await screen.waitFor(told, {timeout: 30_000, what: 'what is wrong'})
      await screen.waitFor(() => typed(screen) === 'shell> ')
    }).timeout(40_000)
  })

  describe('in a script', () => {
    before(function () {
      if (!isInstalled('dash')) this.skip()
    })

    it('is left to the next hermes, whose modes are the same', async () => {
      const screen = start('dash', ['-i'])
      const chat = '"$NODE" "$HERMES" chat'
      const {program, guard} = await openChat(screen, {command: `sh -c '${chat}; clear; ${chat} -c'`})
      await kill(screen, {program, guard}, 'SIGKILL')
      await screen.waitFor(/^● ready/m)
      screen.type('list it')
      await screen.waitFor('› list it')
      screen.press('enter')
      await screen.waitFor('Listed.')
      await screen.waitFor(/^● ready/m)
      screen.press('ctrl-d')
      await screen.waitFor('Resume with')
    })
  })

  it('has all sequences at once where the program was the first of its session, as over ssh', async () => {
    const chat = suite.start()
    await chat.ready()
    process.kill(chat.pid, 'SIGKILL')
    await chat.waitForExit()
    expect(chat.modesLeft).to.deep.equal([])
  })

  it('is not written to by a print', async () => {
    const print = suite.start(['-p', 'list it'])
    await print.waitForExit()
    expect(print.raw).not.to.include('\x1b[?')
  })

  describe('in tmux', () => {
    before(function () {
      if (!hasTmux) this.skip()
    })
    let tmux: Tmux | undefined
    afterEach(() => {
      tmux?.close()
      tmux = undefined
    })

    it('is usable again', async () => {
      const env = suite.home.env({NODE: process.execPath, HERMES: programPath})
      const pane = new Tmux({env, cwd: suite.home.cwd, columns: 100, rows: 30})
      tmux = pane
      await pane.waitFor(/\$/)
      pane.type('"$NODE" "$HERMES" chat')
      pane.press('Enter')
      await pane.waitFor(/^● ready/m)
      const shellPid = Number(pane.run('display-message', '-p', '-t', 't', '#{pane_pid}'))
      const family = descendantsOf(shellPid)
      const program = family.find(({command}) => command.includes(`${programPath} chat`))?.pid ?? 0
      const guard = family.find(({command}) => command.includes('while read'))?.pid ?? 0
      process.kill(program, 'SIGKILL')
      await pane.waitFor(() => !isRunning(program) && !isRunning(guard), 'the end of both')
      pane.type('echo $((40 + 2))x')
      pane.press('BSpace', 'Enter')
      await pane.waitFor(/^42$/m)
      expect(pane.screen()).to.match(/^\$ echo \$\(\(40 \+ 2\)\)/m)
      expect(
        pane.run('display-message', '-p', '-t', 't', '#{cursor_flag} #{alternate_on} #{mouse_any_flag}').trim(),
      ).to.equal('1 0 0')
    })
  })
})
