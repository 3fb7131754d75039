import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import path from 'node:path'
import {promisify} from 'node:util'
import {expect} from 'chai'
import {programPath} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'
import {type ModelStep, useScriptedModel} from '../../helpers/scripted-model.js'

const command = (text: string): ModelStep => [{name: 'terminal', args: {command: text}}]

const script: Record<string, ModelStep[]> = {
  'count up': [command('seq 1 300'), 'Counted.'],
  'list it': [[{name: 'list_files', args: {path: '.'}}], 'Listed.'],
  'then ask': [command('touch asked-for'), 'Asked.'],
  'say much': [Array.from({length: 200}, (_, n) => `part${n} of it`).join('\n\n')],
}

/** Without the live part, which shows times. */
const printed = (text: string) => text.slice(0, text.lastIndexOf('› Ask anything')).trimEnd()

describe('the pager, end to end', () => {
  const suite = useChats()
  useScriptedModel(suite, script)

  async function startWith(prompt: string, until: string) {
    const chat = suite.start()
    await chat.ready()
    await chat.submit(prompt)
    await chat.waitFor(until)
    return chat
  }
  const onAlternate = (chat: {terminal: {buffer: {active: {type: string}}}}) =>
    chat.terminal.buffer.active.type === 'alternate'

  it('opens what was folded last and any other, finds a text in it, and leaves the transcript as it was', async () => {
    const chat = await startWith('count up', 'Counted.')
    await chat.ready()
    await chat.submit('list it')
    await chat.waitFor('Listed.')
    await chat.ready()
    const before = chat.scrollback()
    expect(before).to.include('● Ran seq 1 300').and.to.include('… 296 more lines · Ctrl+O')
    chat.press('ctrl-o')
    await chat.waitFor('2 of 2')
    expect(chat.screen()).to.match(/^ Listed \./)
    chat.press('left')
    await chat.waitFor(/^ Ran seq 1 300/)
    chat.press('end')
    await chat.waitFor(/^300$/m)
    chat.press('home')
    await chat.waitFor(/^1$/m)
    chat.type('/155')
    await chat.waitFor('/155_')
    chat.press('enter')
    await chat.waitFor('155: 1 of 1')
    expect(chat.screen()).to.match(/^155$/m)
    chat.press('ctrl-o')
    await chat.waitFor(() => !onAlternate(chat), {what: 'the chat'})
    await chat.ready()
    expect(chat.scrollback()).to.equal(before)
    chat.type('typed after')
    await chat.waitFor('› typed after')
    chat.press('ctrl-u')
    expect((await chat.quit()).code).to.equal(0)
    expect(chat.modesLeft).to.deep.equal([])
  })

  it('announces a question that comes meanwhile, which no key of the pager answers, and shows it when it is closed', async () => {
    const chat = await startWith('count up', 'Counted.')
    await chat.ready()
    chat.type('then ask\r\x0f')
    await chat.waitFor(/\? waits for you · q shows it · Run a shell command: touch asked-for/)
    for (const key of ['1', '2', 'j', '\r', ' ']) chat.type(key)
    await chat.waitFor(/^ Ran /)
    chat.type('q')
    await chat.waitFor('Run a shell command')
    await chat.waitFor(/type what to do instead/)
    expect(existsSync(path.join(suite.home.cwd, 'asked-for'))).to.equal(false)
    chat.press('escape')
    await chat.waitFor('Asked.')
    expect(existsSync(path.join(suite.home.cwd, 'asked-for'))).to.equal(false)
  })

  it('has the chat go on behind it: what is said and the death of a gateway are printed once when it is closed', async () => {
    const chat = await startWith('count up', 'Counted.')
    await chat.ready()
    chat.type('say much\r\x0f')
    await chat.waitFor('✔ the reply is finished')
    expect(onAlternate(chat)).to.equal(true)
    const first = await chat.killGateway()
    await chat.gateway(first)
    await chat.waitFor(/the gateway died meanwhile, and the session is back/)
    chat.resize(40, 15)
    await chat.waitFor(/^1–12 of 300/m)
    chat.press('escape')
    await chat.waitFor(/session recovered/)
    await chat.ready()
    const parts = [...chat.scrollback().matchAll(/^part(\d+) of it/gm)].map(([, digits]) => Number(digits))
    expect(parts).to.deep.equal(Array.from({length: 200}, (_, n) => n))
    expect(chat.scrollback().match(/session recovered/g)).to.have.lengthOf(1)
  })

  it('gives the terminal back when it is ended from outside', async () => {
    const chat = await startWith('count up', 'Counted.')
    await chat.ready()
    chat.press('ctrl-o')
    await chat.waitFor(/^ Ran seq 1 300/)
    chat.signal('SIGTERM')
    expect((await chat.waitForExit()).code).to.equal(143)
    expect(chat.modesLeft).to.deep.equal([])
    expect(onAlternate(chat)).to.equal(false)
    expect(chat.scrollback()).to.include('Counted.').and.to.include('hermes chat --resume')
  })
})

describe('the pager in tmux', () => {
  const suite = useChats()
  const run = promisify(execFile)
  let socket = ''
  let servers = 0
  const tmux = async (...args: string[]) => (await run('tmux', ['-L', socket, '-f', '/dev/null', ...args])).stdout
  const pane = (...args: string[]) => tmux('capture-pane', '-p', '-t', 'chat', ...args)

  before(async function () {
    if (
      !(await run('tmux', ['-V']).then(
        () => true,
        () => false,
      ))
    )
      this.skip()
  })
  useScriptedModel(suite, script)
  beforeEach(() => {
    // One that is ending takes its name with it.
    socket = `hermes-pager-${process.pid}-${servers++}`
  })
  afterEach(() => tmux('kill-server').catch(() => {}))

  async function seen(pattern: RegExp): Promise<void> {
    const until = Date.now() + 15_000
    let screen = ''
    while (Date.now() < until) {
      screen = await pane()
      if (pattern.test(screen)) return
    }
    expect.fail(`not seen: ${pattern}\n${screen}`)
  }

  const sizes = [
    [40, 15],
    [80, 24],
    [160, 50],
  ] as const
  for (const [columns, rows] of someOf(sizes, 1)) {
    it(`leaves scrollback and screen as they were, ${columns}x${rows}`, async function () {
      this.timeout(60_000)
      const env = Object.entries({...suite.home.env(), TERM: 'screen-256color'}).map(
        ([name, value]) => `${name}=${value}`,
      )
      const program = ['env', '-i', ...env, process.execPath, programPath, 'chat']
      await tmux(
        'new-session',
        '-d',
        '-s',
        'chat',
        '-x',
        `${columns}`,
        '-y',
        `${rows}`,
        '-c',
        suite.home.cwd,
        ...program,
      )
      await seen(/^● ready/m)
      await tmux('send-keys', '-t', 'chat', 'count up', 'Enter')
      await seen(/Counted\./)
      await seen(/^● ready/m)
      const before = printed(await pane('-S', '-'))
      await tmux('send-keys', '-t', 'chat', 'C-o')
      await seen(/^ Ran seq 1 300/)
      await tmux('send-keys', '-t', 'chat', 'G')
      await seen(/^300$/m)
      await tmux('send-keys', '-t', 'chat', '/', '277', 'Enter')
      await seen(/277: 1 of 1/)
      await tmux('send-keys', '-t', 'chat', 'q')
      await seen(/^● ready/m)
      expect(printed(await pane('-S', '-'))).to.equal(before)
      expect((await tmux('display-message', '-p', '-t', 'chat', '#{alternate_on}')).trim()).to.equal('0')
    })
  }
})
