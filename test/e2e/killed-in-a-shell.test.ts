import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import {programPath} from '../helpers/pty/chat.js'
import {isRunning} from '../helpers/pty/processes.js'
import {PtyScreen} from '../helpers/pty/pty.js'
import {useChats} from '../helpers/pty/suite.js'

/** What a person runs in the terminal, without his configuration. */
const shells = {
  bash: {args: ['--norc', '-i'], history: true, adopts: false},
  dash: {args: ['-i'], history: false, adopts: false},
  zsh: {args: ['-f', '-i'], history: true, adopts: true},
} as const

const signals = ['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGQUIT'] as const

describe('the terminal of a program that was killed', () => {
  const suite = useChats()
  let shell: PtyScreen | undefined
  afterEach(() => {
    shell?.dispose()
    shell = undefined
  })

  function start(file: string, args: readonly string[]): PtyScreen {
    const env = suite.home.env({PS1: 'shell> ', NODE: process.execPath, HERMES: programPath, HISTFILE: '/dev/null'})
    shell = new PtyScreen({file, args, env, cwd: suite.home.cwd})
    return shell
  }

  /** Text of the row in which the cursor stands, up to the cursor. */
  function typed({terminal}: PtyScreen): string {
    const {active} = terminal.buffer
    const line = active.getLine(active.baseY + active.cursorY)
    return line?.translateToString(false, 0, active.cursorX) ?? ''
  }

  /** Opens a chat by `command` and returns the program and its guard. */
  async function openChat(screen: PtyScreen, command = '"$NODE" "$HERMES" chat') {
    await screen.waitFor('shell>')
    screen.type(`${command}\r`)
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
    await screen.waitFor(() => !isRunning(program) && !isRunning(guard), {what: 'the end of both'})
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
    if (adopts) {
      screen.type('stty sane\r')
      await screen.waitFor(() => typed(screen) === 'shell> ' && screen.scrollback().includes('stty sane'))
    }
    screen.type('clear; stty -a\r')
    await screen.waitFor(/iexten[\s\S]*shell> $|shell>$/)
    for (const flag of ['icrnl', 'ixon', 'isig', 'icanon', 'iexten', 'echo', 'opost']) {
      expect(screen.screen()).to.match(new RegExp(`(?<![-\\w])${flag}\\b`))
    }
    screen.type('exit\r')
    await screen.waitForExit()
    expect(screen.modesLeft).to.deep.equal([])
  }

  for (const [name, {args, ...kind}] of Object.entries(shells)) {
    describe(`in ${name}`, () => {
      before(function () {
        if (spawnSync(name, ['-c', 'exit 0']).status !== 0) this.skip()
      })

      for (const signal of signals) {
        it(`is usable after ${signal}`, async () => {
          const screen = start(name, args)
          await kill(screen, await openChat(screen), signal)
          await usable(screen, kind)
        })
      }
    })
  }
})
