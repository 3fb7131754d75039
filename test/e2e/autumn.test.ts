import path from 'node:path'
import {expect} from 'chai'
import {AutumnFiles, autumnGateway} from '../helpers/autumn.js'
import type {ChatScreen} from '../helpers/pty/chat.js'
import {isRunning} from '../helpers/pty/processes.js'
import {upTo, useChats} from '../helpers/pty/suite.js'

/** Keys count now. */
const ARMED = /type what to do instead/

describe('hermes chat on the wire of autumn 2026, end to end', () => {
  const suite = useChats()
  let files: AutumnFiles

  beforeEach(() => {
    files = new AutumnFiles(suite.home.dir)
  })

  afterEach(async function () {
    for (const {pid} of files.heard()) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    if (this.currentTest?.state === 'passed') expect(files.wrong()).to.deep.equal([])
  })

  async function open(env: Record<string, string> = {}): Promise<ChatScreen> {
    const chat = suite.start(['--gateway-command', `'${process.execPath}' '${autumnGateway}'`], {
      env: {...files.env, AG_BUILD: '300', ...env},
    })
    await chat.ready()
    return chat
  }

  const done = (chat: ChatScreen, text: string) =>
    chat.waitFor(() => files.turns().some((turn) => turn.text.startsWith(text) && turn.status === 'complete'), {
      what: `the end of the turn of ${text}`,
      timeout: 20_000,
    })

  it('puts an approval on the screen, and the answer under its id', async () => {
    const chat = await open()
    await chat.submit('do #approve')
    await chat.waitFor(ARMED)
    expect(chat.screen())
      .to.include('rm -rf build')
      .and.to.match(/1.*Allow once[\s\S]*4.*Deny/)
    chat.type('1')
    await chat.waitFor('[approval: {"choice":"once"}]')
    await chat.ready()
    expect(files.answers('approval')).to.deep.equal([{choice: 'once'}])
    await chat.quit()
    expect(await chat.outlived()).to.deep.equal([])
  })

  it('asks three questions one after the other, and a password that nobody sees', async () => {
    const chat = await open()
    await chat.submit('do #clarify=3')
    await chat.waitFor('1/3: Question 1?')
    await chat.waitFor('choose or write')
    chat.type('a')
    await chat.waitFor('› a')
    chat.type('n answer')
    await chat.waitFor('› an answer')
    chat.press('enter')
    await chat.waitFor('2/3: Question 2?')
    chat.press('escape')
    await chat.waitFor('3/3: Question 3?')
    chat.press('escape')
    await chat.waitFor('[clarify:')
    expect(files.answers('clarify')).to.deep.equal([{answers: {q1: 'an answer', q2: null, q3: null}}])
    await chat.ready()
    await chat.submit('do #sudo')
    await chat.waitFor('apt update')
    await chat.waitFor('write your answer')
    chat.type('p')
    await chat.waitFor('› •')
    chat.type('w')
    await chat.waitFor('› ••')
    chat.press('enter')
    await chat.waitFor('[sudo:')
    expect(files.answers('sudo')).to.deep.equal([{value: 'pw'}])
  })

  it('goes on after kill -9 at an approval: it is asked again, and answered once', async () => {
    const chat = await open()
    await chat.submit('do #approve')
    await chat.waitFor(ARMED)
    const killed = await chat.killGateway()
    await chat.waitFor('the gateway goes on with the reply by itself (try 1)')
    await chat.gateway(killed)
    await chat.waitFor(ARMED)
    chat.type('1')
    await done(chat, 'do #approve')
    await chat.ready()
    expect(files.answers('approval')).to.deep.equal([{choice: 'once'}])
    expect(files.heard('prompt.submit')).to.have.length(1)
  })

  it('keeps what was shown when the gateway is killed in mid-reply, lets it go on, and then sends the queue', async () => {
    const chat = await open()
    await chat.submit('first #words=120 #pace=10')
    await chat.waitFor('word9')
    await chat.submit('second #words=2')
    await chat.killGateway()
    await chat.waitFor('the gateway goes on with the reply by itself (try 1) · the queue waits for it')
    await done(chat, 'second')
    await chat.ready()
    expect(files.turns().map(({text}) => text)).to.deep.equal(['first #words=120 #pace=10', 'second #words=2'])
    expect(chat.scrollback()).to.include('[interrupted]').and.to.include('again119')
    expect(files.heard('prompt.submit')).to.have.length(2)
  })

  it('loses not a word when only the pipe to the gateway breaks', async () => {
    const chat = await open({AG_CORE: path.join(suite.home.dir, 'core.sock'), AG_LINGER: '2000'})
    await chat.submit('first #words=150 #pace=15')
    await chat.waitFor('word12')
    await chat.killGateway()
    await done(chat, 'first')
    await chat.ready()
    expect(chat.words()).to.deep.equal(upTo(150))
    expect(files.heard('session.events.since')).to.have.length(1)
  })

  describe('holds out where others are known to give up', () => {
    it('a spent budget is no end: the person tries once more, and the queue goes out', async () => {
      const chat = await open({AG_AUTO: '0'})
      await chat.submit('first')
      await done(chat, 'first')
      let gateway: number | undefined
      for (let death = 0; death < 4; death++) {
        gateway = await chat.gateway(gateway)
        process.kill(gateway, 'SIGKILL')
      }
      await chat.waitFor('/recover tries once more')
      await chat.submit('second')
      await chat.waitFor('1 queued')
      await chat.submit('/recover')
      await done(chat, 'second')
      await chat.ready()
      // And once more: the budget is a new one.
      await chat.killGateway()
      await chat.ready()
      await chat.submit('third')
      await done(chat, 'third')
    })

    it('an owner that is none any more: the session is asked for again, and comes back with its queue', async () => {
      const chat = await open({AG_AUTO: '0', AG_OWNER: 'session.resume:1'})
      await chat.submit('first #words=300 #pace=10')
      await chat.waitFor('word9')
      await chat.submit('second')
      await chat.killGateway()
      await chat.waitFor('No session is open.')
      expect(chat.screen()).to.include('already has a live owner').and.to.include('Ctrl+R or /recover tries again')
      chat.press('ctrl-r')
      await done(chat, 'second')
      await chat.ready()
    })

    it('an owner that lives: who types here is heard, keeps the text, and can go on elsewhere', async () => {
      const chat = await open({AG_OWNER: 'prompt.submit:1'})
      await chat.submit('a thought')
      await chat.waitFor('the prompt was not taken: Session')
      await chat.waitFor('› a thought')
      chat.press('ctrl-u')
      await chat.submit('/new')
      await chat.ready()
      await chat.submit('elsewhere')
      await done(chat, 'elsewhere')
    })

    it('a reply in flight: nobody has to ask again, and nothing of what was shown is taken back', async () => {
      const chat = await open({AG_AUTO: '0'})
      await chat.submit('first #words=300 #pace=10')
      await chat.waitFor('word9')
      const shown = chat.words().length
      await chat.killGateway()
      await chat.waitFor('the reply was interrupted. /retry asks again')
      expect(chat.words().length).to.be.at.least(shown)
      expect(chat.scrollback()).to.include('› first #words=300')
    })

    it('many deaths and many sessions: one gateway at a time, and none at the end', async () => {
      const chat = await open({AG_AUTO: '0'})
      const ours = new Set<number>()
      for (let round = 0; round < 3; round++) {
        ours.add(await chat.gateway())
        await chat.submit('/new')
        await chat.waitFor(() => files.heard('session.close').length > round, {what: 'the end of the session before'})
        const opened = files.heard('session.create').length
        const killed = await chat.killGateway()
        await chat.waitFor(() => files.heard('session.create').length > opened, {what: 'a session in the next gateway'})
        await chat.ready()
        ours.add(killed).add(await chat.gateway(killed))
        const running = chat.descendants().filter(({command}) => command.includes(autumnGateway))
        expect(running.map(({pid}) => pid))
          .to.deep.equal([...ours].filter(isRunning))
          .and.to.have.length(1)
      }
      await chat.quit()
      expect(await chat.outlived()).to.deep.equal([])
      expect([...ours].filter(isRunning)).to.deep.equal([])
    })
  })
})
