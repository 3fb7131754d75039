import path from 'node:path'
import {expect} from 'chai'
import type {Chat} from '../../src/tui/chat.js'
import {queued} from '../../src/tui/state/prompts.js'
import {AutumnFiles, autumnGateway} from '../helpers/autumn.js'
import {isRunning} from '../helpers/pty/processes.js'
import {asked, ChatSetup, idle, ready, said, transcript, until} from './chat-setup.js'

describe('deaths on the wire of autumn 2026', () => {
  let setup: ChatSetup
  let files: AutumnFiles
  const pids = new Set<number>()

  beforeEach(() => {
    setup = new ChatSetup([process.execPath, autumnGateway])
    files = new AutumnFiles(setup.home)
    pids.clear()
  })

  afterEach(async function () {
    await setup.dispose()
    for (const {pid} of files.heard()) pids.add(pid)
    // Gateways that outlive their pipe end by themselves; none is left for the next test.
    for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    if (this.currentTest?.state === 'passed') expect(files.wrong()).to.deep.equal([])
  })

  async function start(
    env: Record<string, string> = {},
    options: Parameters<ChatSetup['start']>[1] = {},
  ): Promise<Chat> {
    const chat = setup.start({...files.env, AG_BUILD: '150', ...env}, options)
    await until(chat, ready(chat))
    return chat
  }

  async function saying(text: string, word: string, env: Record<string, string> = {}): Promise<Chat> {
    const chat = await start(env)
    chat.submit(text)
    await until(chat, () => said(chat).includes(word) || (chat.state.turn?.text.includes(word) ?? false))
    return chat
  }

  async function kill(chat: Chat): Promise<void> {
    const {pid, generation} = chat.state.view
    if (pid === undefined) throw new Error('there is no gateway')
    process.kill(pid, 'SIGKILL')
    await until(chat, () => chat.state.view.generation > generation)
    await until(chat, () => chat.state.view.phase === 'live' || chat.state.view.phase === 'exhausted')
  }

  const over = (chat: Chat) => until(chat, idle(chat))
  const told = (chat: Chat, text: string) => transcript(chat).some((line) => line.includes(text))
  const numbers = (text: string, word: string) =>
    [...text.matchAll(new RegExp(`${word}(\\d+)`, 'g'))].map((m) => Number(m[1]))

  it('the gateway goes on by itself: told, waited for, and asked by nobody else', async () => {
    const chat = await saying('first #words=200 #pace=10', 'word5', {AG_BUILD: '500'})
    chat.submit('second #words=3')
    await kill(chat)
    await until(chat, () => told(chat, 'the gateway goes on with the reply by itself (try 1)'))
    expect(told(chat, 'the queue waits for it')).to.equal(true)
    expect(chat.state.turn).to.deep.include({attempt: 1, started: false})
    chat.submit('/retry')
    expect(told(chat, 'a turn runs already')).to.equal(true)
    await until(chat, () => said(chat).includes('again199'), 20_000)
    await until(chat, () => files.turns().some(({text, status}) => text.startsWith('second') && status === 'complete'))
    await over(chat)
    expect(files.turns().map(({text}) => text)).to.deep.equal(['first #words=200 #pace=10', 'second #words=3'])
    expect(asked(chat)).to.deep.equal(['first #words=200 #pace=10', 'second #words=3'])
    expect(files.heard('prompt.submit')).to.have.length(2)
    expect(told(chat, '/retry asks again')).to.equal(false)
  }).timeout(40_000)

  for (const inflight of ['keep', 'continue', 'retry'] as const) {
    it(`is not overtaken by what is configured for a reply that broke off: ${inflight}`, async () => {
      const chat = await start({}, {inflight})
      chat.submit('first #words=60 #pace=10')
      await until(chat, () => chat.state.turn?.text.includes('word5') ?? false)
      await kill(chat)
      await until(chat, () => said(chat).includes('again59'))
      await over(chat)
      expect(files.heard('prompt.submit')).to.have.length(1)
    })
  }

  it('is told after kill -9 of the program too, and what came back in the queue waits for it', async () => {
    const chat = await saying('first #words=400 #pace=10', 'word5')
    const key = chat.state.session.key ?? ''
    await setup.vanish(chat)
    const again = await start({AG_BUILD: '300'}, {target: {kind: 'stored', key}, initialPrompt: 'then this #words=2'})
    await until(again, () => told(again, 'the gateway goes on with the reply by itself (try 1)'))
    again.interrupt()
    await until(again, () => told(again, 'the gateway does not go on with the reply'))
    await until(again, () => files.turns().some(({text, status}) => text.startsWith('then') && status === 'complete'))
  })

  it('is waited for so long and no longer, where it said that it goes on and does not', async () => {
    const chat = await start({AG_BUILD: '600000'}, {awaitedMs: 300})
    chat.submit('first #words=200 #pace=10')
    await until(chat, () => chat.state.turn?.text.includes('word5') ?? false)
    await kill(chat)
    await until(chat, () => told(chat, 'the gateway did not go on with the reply, as it had said · /retry asks again'))
    expect(chat.state.turn).to.equal(undefined)
    chat.submit('second #words=2')
    await until(chat, () => files.turns().some(({text, status}) => text.startsWith('second') && status === 'complete'))
  })

  it('sends again what the gateway held in its memory behind another turn when it died', async () => {
    const chat = await start({AG_AUTO: '0'})
    chat.submit('first #own')
    await until(chat, () => said(chat).includes('word7'))
    chat.store.dispatch({type: 'turn-failed'})
    chat.submit('second #words=2')
    await until(chat, () => told(chat, 'queued by the gateway'))
    expect(chat.state.prompts.map(({state}) => state)).to.deep.equal(['kept'])
    await kill(chat)
    await until(chat, () => files.turns().some(({text, status}) => text.startsWith('second') && status === 'complete'))
    await over(chat)
    const ids = files.heard('prompt.submit').flatMap(({params}) => (params?.text === 'second #words=2' ? [params] : []))
    expect(new Set(ids.map((params) => params.client_turn_id))).to.have.property('size', 1)
    expect(files.turns().map(({text}) => text)).to.deep.equal(['first #own', 'second #words=2'])
    expect(asked(chat)).to.deep.equal(['first #own', 'second #words=2'])
  })

  it('loses nothing that was shown where the gateway does not go on, and says how to go on', async () => {
    const chat = await saying('first #words=200 #pace=10', 'word5', {AG_AUTO: '0'})
    await kill(chat)
    await until(chat, () => told(chat, 'the reply was interrupted. /retry asks again'))
    expect(numbers(said(chat), 'word').slice(0, 6)).to.deep.equal([0, 1, 2, 3, 4, 5])
    expect(chat.state.turn).to.equal(undefined)
  })

  it('sends a prompt again that may not have arrived, under the same id, and it has one turn', async () => {
    const chat = await start({AG_DIE: 'taken'})
    chat.submit('only once')
    await until(chat, () => files.turns().some(({status}) => status === 'complete'))
    await over(chat)
    const ids = files.heard('prompt.submit').map(({params}) => params?.client_turn_id)
    expect(ids).to.have.length(2)
    expect(new Set(ids)).to.have.property('size', 1)
    expect(files.turns()).to.deep.equal([{text: 'only once', status: 'complete'}])
    expect(asked(chat)).to.deep.equal(['only once'])
  })

  it('does not ask twice for a prompt that was stored and not acknowledged', async () => {
    const chat = await start({AG_DIE: 'stored'})
    chat.submit('only once')
    await until(chat, () => said(chat).includes('again7'))
    await over(chat)
    expect(files.turns()).to.deep.equal([{text: 'only once', status: 'complete'}])
    expect(files.heard('prompt.submit')).to.have.length(1)
  })

  it('says that the reply is lost to a prompt that was stored and not acknowledged, where nobody goes on with it', async () => {
    const chat = await start({AG_DIE: 'stored', AG_AUTO: '0'})
    chat.submit('only once')
    await until(chat, () => chat.state.view.generation > 1 && chat.state.view.phase === 'live')
    await over(chat)
    expect(files.turns()).to.deep.equal([{text: 'only once', status: 'interrupted'}])
    expect(told(chat, 'the reply was interrupted. /retry asks again')).to.equal(true)
  })

  it('asks again after kill -9 at an approval, and is answered once', async () => {
    const chat = await start()
    chat.submit('do #approve')
    await until(chat, () => chat.state.questions.length > 0)
    await kill(chat)
    await until(chat, () => chat.state.questions.length > 0)
    expect(chat.state.questions).to.have.length(1)
    const [question] = chat.state.questions
    chat.asking.drawn({id: question?.id ?? 0, shows: 'all', top: 0, page: 1, total: 1, selected: undefined})
    await until(chat, () => files.heard('approval.received').length > 0)
    chat.answer('once')
    await over(chat)
    expect(files.answers('approval')).to.deep.equal([{choice: 'once'}])
    expect(said(chat)).to.include('[approval: {"choice":"once"}]')
  })

  it('withdraws a question that dies with its gateway, and an answer to it goes nowhere', async () => {
    const chat = await start({AG_AUTO: '0'})
    chat.submit('do #clarify')
    await until(chat, () => chat.state.questions.length > 0)
    const id = chat.state.questions[0]?.asked?.id ?? ''
    await kill(chat)
    expect(chat.state.questions).to.deep.equal([])
    chat.answer('red')
    await until(chat, () => told(chat, 'the reply was interrupted'))
    expect(files.answers('clarify')).to.deep.equal([])
    expect(id).to.match(/^srq-/)
  })

  it('gets its session back where another process seems to have it, with what was queued', async () => {
    const chat = await saying('first #words=200 #pace=10', 'word5', {AG_AUTO: '0', AG_OWNER: 'session.resume:1'})
    chat.submit('second')
    await kill(chat)
    await until(chat, () => chat.state.view.problem !== undefined)
    expect(told(chat, 'no session: Session')).to.equal(true)
    expect(queued(chat.state.prompts).map(({text}) => text)).to.deep.equal(['second'])
    chat.recover()
    await until(chat, () => files.turns().some(({text, status}) => text === 'second' && status === 'complete'))
    await over(chat)
    expect(asked(chat)).to.deep.equal(['first #words=200 #pace=10', 'second'])
  })

  it('is no dead end where another process has the session: the prompt stays, and goes when it is sent again', async () => {
    const chat = await start({AG_OWNER: 'prompt.submit:1'})
    chat.submit('a thought')
    await until(chat, () => told(chat, 'the prompt was not taken: Session'))
    expect(chat.state.editor.text).to.equal('a thought')
    expect(chat.state.turn).to.equal(undefined)
    chat.submit('a thought')
    await until(chat, () => files.turns()[0]?.status === 'complete')
    await over(chat)
    expect(files.turns()).to.have.length(1)
  })

  describe('of the pipe alone', () => {
    const core = () => ({AG_CORE: path.join(setup.home, 'core.sock'), AG_LINGER: '2000'})

    it('takes up the reply where the screen is, word for word', async () => {
      const chat = await saying('first #words=120 #pace=15', 'word8', core())
      await kill(chat)
      await until(chat, () => said(chat).includes('word119'), 15_000)
      await over(chat)
      expect(numbers(said(chat), 'word')).to.deep.equal(Array.from({length: 120}, (_, index) => index))
      const [missed] = files.heard('session.events.since')
      expect(missed?.params?.last_seen).to.be.above(5)
      expect(files.turns()).to.deep.equal([{text: 'first #words=120 #pace=15', status: 'complete'}])
      expect(told(chat, 'the reply was interrupted')).to.equal(false)
    })

    it('learns that the turn ended meanwhile', async () => {
      const chat = await saying('first #words=30 #pace=20', 'word8', core())
      chat.submit('second #words=2')
      const {pid = 0} = chat.state.view
      process.kill(pid, 'SIGSTOP')
      await until(chat, () => files.turns()[0]?.status === 'complete')
      await kill(chat)
      await until(chat, () => files.turns().length === 2 && files.turns()[1]?.status === 'complete')
      await over(chat)
      expect(numbers(said(chat), 'word').slice(0, 30)).to.deep.equal(Array.from({length: 30}, (_, index) => index))
      expect(files.turns()).to.have.length(2)
    })

    it('asks again what is open, and takes the answer by its method as the frame never came here', async () => {
      const chat = await start(core())
      chat.submit('do #clarify')
      await until(chat, () => chat.state.questions.length > 0)
      const before = chat.state.questions[0]?.asked?.id
      await kill(chat)
      await until(chat, () => chat.state.questions.length > 0)
      expect(chat.state.questions.map(({asked}) => asked?.id)).to.deep.equal([before])
      chat.answer('green')
      await over(chat)
      expect(files.heard('request.answer')).to.have.length(1)
      expect(files.answers('clarify')).to.deep.equal([{answers: {q1: 'green'}}])
    })

    it('goes by what resume tells where more was missed than is kept', async () => {
      const chat = await saying('first #words=900 #pace=5', 'word8', core())
      const {pid = 0} = chat.state.view
      process.kill(pid, 'SIGSTOP')
      await until(chat, () => files.turns()[0]?.status === 'complete', 20_000)
      await kill(chat)
      await until(chat, () => said(chat).includes('word899'), 15_000)
      await over(chat)
      expect(numbers(said(chat), 'word')).to.deep.equal(Array.from({length: 900}, (_, index) => index))
      expect(told(chat, 'the reply was interrupted')).to.equal(false)
    }).timeout(40_000)
  })
})
