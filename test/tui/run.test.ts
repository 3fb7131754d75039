import {expect} from 'chai'
import fc from 'fast-check'
import type {Supervisor} from '../../src/supervisor/types.js'
import {runChat} from '../../src/tui/run.js'
import type {ChatResult} from '../../src/tui/types.js'
import {ChatSetup} from './chat-setup.js'
import {FakeTerminal} from './fake-terminal.js'
import {answer, split} from './terminal/terminal-answers.js'

describe('runChat', () => {
  let setup: ChatSetup
  let terminal: FakeTerminal
  let supervisor: Supervisor
  let result: Promise<ChatResult> | undefined

  const start = (
    env: Record<string, string> = {},
    size: [number, number] = [80, 24],
    more: Record<string, string> = {},
  ) => {
    terminal = new FakeTerminal(...size)
    supervisor = setup.supervisor(env)
    result = runChat({
      supervisor,
      target: {kind: 'new'},
      home: `${setup.home}/hermes`,
      initialPrompt: undefined,
      showReasoning: true,
      version: '1.2.3',
      stdin: terminal.stdin,
      stdout: terminal.stdout,
      env: {TERM: 'xterm-256color', ...more},
    })
    return terminal.waitFor('ready')
  }
  const kill = () => {
    if (supervisor.view.pid) process.kill(supervisor.view.pid, 'SIGKILL')
  }

  beforeEach(() => {
    setup = new ChatSetup()
    result = undefined
  })

  afterEach(async () => {
    if (result) {
      // Closes what is open, clears the draft, leaves.
      for (let press = 0; press < 6; press++) terminal.type('\x03')
      await result
    }
    await setup.dispose()
  })

  it('shows a frame before the gateway is ready, and takes keys at once', async () => {
    const ready = start({FG_DELAY: '300'})
    await terminal.waitFor('starting…')
    expect(terminal.screen()).to.include('hermes 1.2.3')
    terminal.type('typed early')
    await terminal.waitFor('› typed early')
    expect(terminal.screen()).to.include('starting…')
    await ready
  })

  it('sends a line that arrives in one chunk with its Enter, and prints the reply', async () => {
    await start()
    terminal.type('hello there\r')
    await terminal.waitFor('word11')
    await terminal.waitFor('● ready')
    expect(terminal.screen()).to.match(/› hello there\n\nword0 word1/)
  })

  it('places the cursor behind wide characters and emoji', async () => {
    await start()
    terminal.type('日本 😀é')
    await terminal.waitFor('日本 😀é')
    await terminal.waitFor(() => terminal.cursor().x === 2 + 4 + 1 + 2 + 1)
    terminal.type('\x1b[D\x1b[D')
    await terminal.waitFor(() => terminal.cursor().x === 2 + 4 + 1)
    expect(terminal.lines()[terminal.cursor().y]).to.equal('› 日本 😀é')
  })

  it('edits like a shell and makes new lines by Alt+Enter and backslash', async () => {
    await start()
    terminal.type('one two\x17three\x1b\rnext\\\r')
    await terminal.waitFor(/› one three\n {2}next\n/)
    terminal.type('last')
    await terminal.waitFor('  last')
    expect(terminal.screen()).to.match(/› one three\n {2}next\n {2}last/)
    terminal.type('\x01\x0b\x1b[A\x05!')
    await terminal.waitFor('next!')
    terminal.type('\x1b[13;2u')
    await terminal.waitFor(/next!\n\n/)
  })

  it('keeps a paste of 200 lines to one line on screen and sends all of it', async () => {
    await start()
    const text = Array.from({length: 200}, (_, line) => `pasted line ${line}`).join('\n')
    terminal.paste(text)
    await terminal.waitFor('› [Pasted text #1 · 200 lines]')
    terminal.type('\r')
    await terminal.waitFor('word11')
    const [call] = setup.calls('prompt.submit')
    expect(call?.params.text).to.equal(text)
    expect(terminal.screen()).to.include('› [Pasted text #1 · 200 lines]')
    expect(terminal.screen()).not.to.include('pasted line')
  })

  it('types nothing of what a terminal answers, whatever of it comes when', async () => {
    await start()
    const letters = fc.string({unit: fc.constantFrom('a', 'é', '世', '1', ';'), maxLength: 4})
    const input = fc.tuple(
      fc.array(fc.oneof(answer, letters), {minLength: 1, maxLength: 3}),
      fc.array(fc.nat(), {maxLength: 3}),
    )
    const samples = fc.sample(input, 100)
    for (const [index, [parts, cuts]] of samples.entries()) {
      const text = `${parts.filter((part) => typeof part === 'string').join('')}x${index}.`
      for (const chunk of split(Buffer.concat([...parts, `x${index}.`].map((part) => Buffer.from(part))), cuts)) {
        terminal.stdin.write(chunk)
        await new Promise(setImmediate)
      }
      await terminal.waitFor(new RegExp(`› ${text}$`, 'm'))
      terminal.type('\x15')
      await terminal.waitFor('Ask anything')
    }
    console.log(`      ${samples.length} inputs`)
  })

  it('drops a paste at Ctrl+C that has not come to its end', async () => {
    await start()
    for (const chunk of ['\x1b[200~never\rwanted', '\x03', 'neither\rthis\r', '\x1b[201~after it']) {
      terminal.type(chunk)
      await new Promise(setImmediate)
    }
    await terminal.waitFor('› after it')
    expect(terminal.screen()).not.to.match(/wanted|this/)
    terminal.type('\x1b[200~one\rtwo')
    await terminal.waitFor(/› after itone\n {2}two/)
  })

  it('stays whole when the window is resized while text streams', async () => {
    await start({}, [80, 24])
    terminal.type('#words=150 #pace=8 long\r')
    await terminal.waitFor('word10 ')
    terminal.resize(40, 12)
    await terminal.waitFor(() => terminal.all().includes('word60'))
    terminal.resize(100, 30)
    await terminal.waitFor('● ready')
    expect(terminal.all()).to.include('word149')
    expect(terminal.all().match(/› #words=150/g)?.length).to.be.at.least(1)
    expect(terminal.screen().match(/Ask anything/g)).to.have.length(1)
  })

  it('never draws more than fits, in the smallest window', async () => {
    await start({}, [30, 6])
    terminal.type('#words=60 #pace=3 tiny\r')
    await terminal.waitFor('word59')
    await terminal.waitFor('● ready')
    expect(terminal.all().match(/word0 /g)).to.have.length(1)
  })

  it('tells a death, recovers, keeps draft and queue', async () => {
    await start({FG_JOURNAL: '1', FG_RESUME_DELAY: '150'})
    terminal.type('#words=3000 #pace=5 long\r')
    await terminal.waitFor('word9 ')
    terminal.type('queued prompt\r')
    await terminal.waitFor('queued › queued prompt')
    terminal.type('my draft')
    await terminal.waitFor('my draft')
    kill()
    await terminal.waitFor('recovering session… (1/3)')
    const screen = terminal.screen()
    expect(screen).to.include('[interrupted]')
    expect(screen).to.include('gateway killed by SIGKILL — recovering this session')
    expect(screen).to.include('queued › queued prompt')
    expect(screen).to.include('› my draft')
    terminal.type(' goes on')
    await terminal.waitFor('› my draft goes on')
    await terminal.waitFor('session recovered after')
    await terminal.waitFor(/› queued prompt\n\nword0 word1/)
    await terminal.waitFor('● ready')
    expect(terminal.screen()).to.include('› my draft goes on')
  })

  it('says what is left to do when the budget is spent, and comes back by Ctrl+R', async () => {
    const ready = start({FG_EXIT: '1@ready', FG_ONCE: `${setup.home}/once`, FG_TIMES: '4', FG_STDERR: 'no luck'})
    await terminal.waitFor('kept dying')
    const screen = terminal.screen()
    expect(screen).to.include('tui_gateway_crash.log')
    expect(screen).to.match(/cause .*exited with code 1/)
    expect(screen).to.include('Ctrl+R or /recover')
    terminal.type('still typing')
    await terminal.waitFor('› still typing')
    terminal.type('\x12')
    await ready
    expect(terminal.screen()).to.include('› still typing')
  })

  it('asks before a command runs: digits, arrows, Esc', async () => {
    await start()
    terminal.type('#approve one\r')
    await terminal.waitFor('1 Allow once')
    expect(terminal.screen()).to.include('4 Deny')
    await terminal.waitFor('or type what to do instead')
    terminal.type('2')
    await terminal.waitFor('● ready')
    terminal.type('#approve two\r')
    await terminal.waitFor('? delete files: rm -rf build')
    terminal.type('\x1b')
    await terminal.waitFor('● ready')
    const choices = setup.calls('approval.respond').map((call) => call.params.choice)
    expect(choices).to.deep.equal(['session', 'deny'])
  })

  it('does not let a model drive the terminal', async () => {
    await start()
    terminal.type('\x1b[200~evil \x1b]0;owned\x07 \x1b[2J text\x1b[201~\r')
    await terminal.waitFor('● ready')
    expect(terminal.stdout.raw).not.to.include('\x1b]0;owned')
  })

  it('completes commands and lists them while they are typed', async () => {
    await start()
    terminal.type('/re')
    await terminal.waitFor('/recover')
    expect(terminal.screen()).to.include('/retry')
    terminal.type('t\t')
    await terminal.waitFor('› /retry')
  })

  it('finds earlier prompts by Up and by Ctrl+R', async () => {
    await start()
    terminal.type('first prompt\r')
    await terminal.waitFor('word11')
    await terminal.waitFor('● ready')
    terminal.type('\x1b[A')
    await terminal.waitFor(() => terminal.lines().filter((line) => line === '› first prompt').length === 2)
    terminal.type('\x03\x12irst')
    await terminal.waitFor('search, older: irst')
    terminal.type('\x1b')
    await terminal.waitFor('Ask anything')
  })

  it('draws about as many frames as batches, however many deltas and lines come', async () => {
    await start()
    const before = terminal.stdout.writes
    terminal.type('#words=3000 #pace=0 flood\r')
    await terminal.waitFor('word2999', 20_000)
    // 3000 deltas. Each frame is at most four writes (synchronised output, erase, static part, live part).
    expect(terminal.stdout.writes - before).to.be.below(1500)
  })

  it('restores the terminal and says how to come back', async () => {
    await start({}, [80, 24])
    terminal.type('hello\r')
    await terminal.waitFor('word11')
    await terminal.waitFor('● ready')
    terminal.type('\x04')
    const {exitCode, farewell} = (await result) ?? {}
    result = undefined
    expect(exitCode).to.equal(0)
    expect(farewell).to.match(/^Resume with: hermes chat --resume \d{8}_\d{6}_[0-9a-f]{6}$/)
    expect(terminal.stdin.isRaw).to.equal(false)
    expect(terminal.stdout.raw.lastIndexOf('\x1b[?2004l')).to.be.above(terminal.stdout.raw.lastIndexOf('\x1b[?2004h'))
    expect(terminal.stdout.raw.lastIndexOf('\x1b[?25h')).to.be.above(terminal.stdout.raw.lastIndexOf('\x1b[?25l'))
    expect(terminal.screen()).not.to.include('Ask anything')
  })

  it('uses no colours with NO_COLOR, but weights', async () => {
    await start({}, [80, 24], {NO_COLOR: '1'})
    terminal.type('hello\r')
    await terminal.waitFor('word11')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC.
    const codes = new Set([...terminal.stdout.raw.matchAll(/\x1b\[([0-9;]*)m/g)].map(([, code]) => code))
    expect([...codes].sort()).to.deep.equal(['1', '2', '22'])
  })
})
