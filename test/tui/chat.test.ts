import {expect} from 'chai'
import type {Chat} from '../../src/tui/chat.js'
import {statusOf} from '../../src/tui/state/status/status.js'
import {asked, ChatSetup, idle, ready, said, transcript, until} from './chat-setup.js'

describe('Chat', () => {
  let setup: ChatSetup

  beforeEach(() => {
    setup = new ChatSetup()
  })

  afterEach(() => setup.dispose())

  const prompts = () => setup.calls('prompt.submit').map((call) => call.params.text)
  const killGateway = (chat: Chat) => {
    const {pid} = chat.state.view
    if (pid) process.kill(pid, 'SIGKILL')
  }

  it('sends what was typed before the gateway was ready, and shows the reply', async () => {
    const chat = setup.start({FG_DELAY: '50'})
    chat.submit('hello')
    expect(chat.state.prompts).to.have.length(1)
    await until(chat, () => said(chat) !== '' && idle(chat)())
    expect(asked(chat)).to.deep.equal(['hello'])
    expect(said(chat)).to.match(/^word0 .*word11\s*$/)
    expect(statusOf(chat.state).text).to.equal('ready')
    expect(chat.farewell()).to.equal(`Resume with: hermes chat --resume ${chat.state.session.key}`)
  })

  it('sends the first prompt of the command line', async () => {
    const chat = setup.start({}, {initialPrompt: 'from the shell'})
    await until(chat, () => said(chat) !== '' && idle(chat)())
    expect(asked(chat)).to.deep.equal(['from the shell'])
  })

  it('queues while a turn runs and sends in order, each once', async () => {
    const chat = setup.start()
    chat.submit('#words=40 one')
    await until(chat, () => chat.state.turn?.started === true)
    chat.submit('two')
    chat.submit('three')
    await until(chat, () => asked(chat).length === 3 && idle(chat)())
    expect(prompts()).to.deep.equal(['#words=40 one', 'two', 'three'])
    const ids = setup.calls('prompt.submit').map((call) => call.params.prompt_id)
    expect(new Set(ids).size).to.equal(3)
  })

  it('interrupts a running turn', async () => {
    const chat = setup.start()
    chat.submit('#words=5000 #pace=5 long')
    await until(chat, () => (chat.state.turn?.text.length ?? 0) > 0)
    expect(chat.inFlight()?.replyChars).to.be.above(0)
    expect(chat.interrupt()).to.equal(true)
    await until(chat, idle(chat))
    expect(transcript(chat)).to.include('interrupted')
    expect(chat.interrupt()).to.equal(false)
    expect(chat.inFlight()).to.equal(undefined)
  })

  it('answers an approval and a question', async () => {
    const chat = setup.start()
    chat.submit('#approve first')
    await until(chat, () => chat.state.questions[0]?.kind === 'approval')
    expect(statusOf(chat.state).text).to.equal('waiting for your answer')
    chat.answer('once')
    await until(chat, idle(chat))
    expect(setup.calls('approval.respond')[0]?.params.choice).to.equal('once')
    chat.submit('#clarify second')
    await until(chat, () => chat.state.questions[0]?.kind === 'clarify')
    chat.answer('blue')
    await until(chat, idle(chat))
    expect(setup.calls('clarify.respond')[0]?.params.answer).to.equal('blue')
  })

  it('replaces the gateway after a changed configuration, between two turns, and sends the queue to the next', async () => {
    const chat = setup.start()
    chat.submit('#words=200 one')
    await until(chat, () => chat.state.turn?.started === true)
    chat.submit('two')
    const {pid} = chat.state.view
    chat.configure({showReasoning: false, inflight: 'keep', replaceGateway: true})
    expect(chat.state).to.include({showReasoning: false})
    expect(chat.state.view).to.include({phase: 'live', pid})
    await until(chat, () => asked(chat).length === 2 && idle(chat)())
    expect(chat.state.view.pid).to.not.equal(pid)
    expect(prompts()).to.deep.equal(['#words=200 one', 'two'])
    expect(transcript(chat).join('\n')).to.not.match(/interrupted|recovered|killed/)
    expect(setup.calls('session.resume')).to.have.length(1)
  })

  it('sends what is queued to the next gateway where the configuration was changed while the session was opened', async () => {
    const chat = setup.start({FG_RESUME_DELAY: '100'})
    await until(chat, ready(chat))
    chat.submit('#words=3 one')
    await until(chat, idle(chat))
    killGateway(chat)
    await until(chat, () => chat.state.view.phase === 'resuming')
    chat.submit('two')
    chat.configure({showReasoning: true, inflight: 'keep', replaceGateway: true})
    await until(chat, () => chat.state.view.generation === 3 && idle(chat)() && asked(chat).length === 2)
    expect(prompts()).to.deep.equal(['#words=3 one', 'two'])
    expect(transcript(chat).join('\n')).to.not.include('interrupted')
  })

  describe('when the gateway is killed', () => {
    const journal = {FG_JOURNAL: '1'}

    it('keeps the streamed text, recovers the same session and sends the queue once, in order', async () => {
      const chat = setup.start(journal)
      chat.submit('#words=2000 #pace=5 long')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      const {key} = chat.state.session
      chat.submit('two')
      chat.submit('three')
      chat.store.dispatch({type: 'edit', action: {type: 'insert', text: 'half a th'}})
      const seen: string[] = []
      const stop = chat.store.subscribe(() => {
        seen.push(statusOf(chat.state).text)
      })
      killGateway(chat)
      await until(chat, () => asked(chat).length === 3 && idle(chat)())
      stop()
      expect(seen).to.include('recovering session… (1/3)')
      expect(chat.state.session.key).to.equal(key)
      expect(chat.state.editor.text).to.equal('half a th')
      expect(prompts()).to.deep.equal(['#words=2000 #pace=5 long', 'two', 'three'])
      const lines = transcript(chat)
      const broken = lines.indexOf('interrupted')
      expect(lines[broken + 1]).to.equal('notice: gateway killed by SIGKILL — recovering this session')
      expect(lines.slice(0, broken).join('\n')).to.include('word0 word1')
      const back = lines.filter((line) => line.startsWith('notice: session recovered'))
      expect(back).to.have.length(1)
      expect(back[0]).to.match(/after \d+ ms · cause: external-sigkill, likely · \/doctor explains it$/)
    })

    it('says once that a reply broke off, not again when an idle gateway dies', async () => {
      const chat = setup.start(journal, {inflight: 'continue'})
      chat.submit('#words=2000 #pace=5 long')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      chat.interrupt()
      await until(chat, idle(chat))
      const {broken} = chat.state
      for (const generation of [2, 3]) {
        killGateway(chat)
        await until(chat, () => chat.state.view.generation === generation && ready(chat)())
        await until(chat, () => transcript(chat).at(-1)?.includes('session recovered') === true)
      }
      expect(broken?.deaths).to.equal(0)
      expect(transcript(chat).filter((line) => line.includes('the reply was interrupted'))).to.deep.equal([])
      // What the person stopped is not gone on with by itself.
      expect(setup.calls('prompt.continue')).to.deep.equal([])
      chat.submit('/continue')
      await until(chat, () => setup.calls('prompt.continue').length === 1)
    })

    it('goes on with the reply by /continue', async () => {
      const chat = setup.start(journal)
      chat.submit('#words=60 #pace=10 long')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      killGateway(chat)
      await until(chat, () => transcript(chat).some((line) => line.includes('/continue')))
      const before = said(chat)
      chat.submit('/continue')
      await until(chat, () => idle(chat)() && said(chat).length > before.length)
      expect(setup.calls('prompt.continue')).to.have.length(1)
      expect(prompts()).to.have.length(1)
      expect(said(chat)).to.match(/word59\s*$/)
    })

    it('asks again by /retry, under a new id', async () => {
      const chat = setup.start(journal)
      chat.submit('#words=60 #pace=10 long')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      killGateway(chat)
      await until(chat, () => transcript(chat).some((line) => line.includes('/retry')))
      chat.submit('/retry')
      await until(chat, () => idle(chat)() && asked(chat).length === 2)
      const ids = setup.calls('prompt.submit').map((call) => call.params.prompt_id)
      expect(new Set(ids).size).to.equal(2)
    })

    it('continues by itself with the policy "continue"', async () => {
      const chat = setup.start(journal, {inflight: 'continue'})
      chat.submit('#words=60 #pace=10 long')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      killGateway(chat)
      await until(chat, () => setup.calls('prompt.continue').length === 1 && idle(chat)())
      expect(said(chat)).to.match(/word59\s*$/)
      expect(asked(chat)).to.have.length(1)
    })

    it('retries by itself with the policy "retry", but not a turn whose tools ran', async () => {
      const chat = setup.start(journal, {inflight: 'retry'})
      chat.submit('#words=60 #pace=10 plain')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      killGateway(chat)
      await until(chat, () => asked(chat).length === 2 && idle(chat)())
      chat.submit('#tool #words=200 #pace=10 tools')
      await until(chat, () => (chat.state.turn?.finishedTools.size ?? 0) > 0)
      killGateway(chat)
      await until(chat, () => transcript(chat).some((line) => line.includes('/retry asks again')) && idle(chat)())
      expect(asked(chat)).to.have.length(3)
    })

    it('does not try a turn a third time that killed two gateways', async () => {
      const chat = setup.start(journal, {inflight: 'retry'})
      chat.submit('#fault:signal=KILL@streaming poison')
      await until(chat, () => transcript(chat).some((line) => line.includes('2 gateways died')))
      await until(chat, idle(chat))
      expect(prompts()).to.have.length(2)
    })

    it('sends a prompt again whose acknowledgement was lost, and it has one turn', async () => {
      const once = `${setup.home}/once`
      const chat = setup.start({...journal, FG_ONCE: once})
      chat.submit('#fault:signal=KILL@committed lost')
      await until(chat, () => idle(chat)() && transcript(chat).some((line) => line.includes('recovered')))
      const ids = setup.calls('prompt.submit').map((call) => call.params.prompt_id)
      expect(new Set(ids).size).to.equal(1)
      expect(asked(chat)).to.have.length(1)
    })

    it('sends a prompt again that never arrived', async () => {
      const chat = setup.start({FG_ONCE: `${setup.home}/once`})
      chat.submit('#fault:signal=KILL@accepted early')
      await until(chat, () => said(chat).includes('word11') && idle(chat)())
      expect(asked(chat)).to.have.length(1)
      expect(setup.calls('prompt.submit')).to.have.length(2)
    })

    it('opens no other session before this one is back, which has a queue', async () => {
      const chat = setup.start({...journal, FG_RESUME_DELAY: '100'})
      chat.submit('#words=2000 #pace=5 long')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      const {key} = chat.state.session
      chat.submit('next')
      killGateway(chat)
      await until(chat, () => chat.state.view.recovering)
      chat.submit('/new')
      expect(transcript(chat).at(-1)).to.include('this session comes back first')
      await until(chat, () => asked(chat).length === 2 && idle(chat)())
      expect(chat.state.session.key).to.equal(key)
      expect(setup.calls('session.create')).to.have.length(1)
    })

    it('says so when the budget is spent, stays usable, and comes back by /recover', async () => {
      const once = `${setup.home}/once`
      const chat = setup.start({FG_EXIT: '1@ready', FG_ONCE: once, FG_TIMES: '4', FG_STDERR: 'out of luck'})
      await until(chat, () => chat.state.view.phase === 'exhausted')
      expect(statusOf(chat.state).text).to.include('/recover')
      expect(transcript(chat).at(-1)).to.include('tui_gateway_crash.log')
      // The last death promises nothing.
      const deaths = transcript(chat).filter((line) => line.includes('gateway exited'))
      expect(deaths.map((line) => line.includes('starting it again'))).to.deep.equal([true, true, true, false])
      chat.submit('typed meanwhile')
      expect(chat.state.prompts).to.have.length(1)
      chat.submit('/logs')
      expect(transcript(chat).at(-1)).to.include('out of luck')
      // The one that comes is started by it: there is nothing to replace.
      chat.configure({showReasoning: true, inflight: 'keep', replaceGateway: true})
      chat.submit('/recover')
      await until(chat, () => said(chat).includes('word11') && idle(chat)())
      expect(asked(chat)).to.deep.equal(['typed meanwhile'])
      expect(chat.state.view.generation).to.equal(5)
    })
  })

  describe('with the reference gateway', () => {
    const reference = {FG_REFERENCE: '1'}

    it("chats and keeps the screen's copy of an interrupted reply", async () => {
      const chat = setup.start(reference)
      chat.submit('first')
      await until(chat, () => said(chat).includes('word11') && idle(chat)())
      expect(said(chat).match(/word0/g)).to.have.length(1)
      chat.submit('#words=400 #pace=5 second')
      await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
      killGateway(chat)
      await until(chat, () => transcript(chat).some((line) => line.includes('recovered')))
      await until(chat, idle(chat))
      expect(asked(chat)).to.deep.equal(['first', '#words=400 #pace=5 second'])
      expect(said(chat).match(/word0/g)).to.have.length(2)
      chat.submit('/continue')
      expect(transcript(chat).at(-1)).to.include('lacks the capability "continue"')
      expect(setup.calls('prompt.submit').some((call) => 'prompt_id' in call.params)).to.equal(false)
    })
  })

  describe('after a kill -9 of the program itself', () => {
    it('has draft and queue again, and sends nothing twice', async () => {
      const first = setup.start({FG_JOURNAL: '1'})
      first.submit('#words=3000 #pace=5 running')
      await until(first, () => (first.state.turn?.text.length ?? 0) > 20)
      first.submit('queued')
      first.store.dispatch({type: 'edit', action: {type: 'insert', text: 'a draft'}})
      const {key} = first.state.session
      if (!key) throw new Error('no key')
      await setup.vanish(first)
      const second = setup.start({FG_JOURNAL: '1'}, {target: {kind: 'stored', key}})
      await until(second, ready(second))
      await until(second, () => second.state.held)
      expect(second.state.editor.text).to.equal('a draft')
      expect(second.state.prompts.map(({text, state}) => [text, state])).to.deep.equal([['queued', 'queued']])
      expect(transcript(second).join('\n')).to.include('word0 word1').and.to.include('interrupted')
      second.store.dispatch({type: 'edit', action: {type: 'set', text: ''}})
      second.submit('')
      await until(second, idle(second))
      expect(prompts().filter((text) => text === 'queued')).to.have.length(1)
      expect(prompts().filter((text) => String(text).includes('running'))).to.have.length(1)
    })

    it('takes over what was typed before there was a session', async () => {
      const {Outbox} = await import('../../src/tui/outbox/files.js')
      const {homeFiles} = await import('../../src/platform.js')
      const folder = homeFiles(`${setup.home}/hermes`).outbox
      const {mkdirSync, writeFileSync} = await import('node:fs')
      mkdirSync(folder, {recursive: true})
      const prompts = [{id: 'x', text: 'early', state: 'queued', shown: false}]
      // No process has this pid: it is above the limit of the system.
      writeFileSync(`${folder}/new-0a0a0a0a.json`, JSON.stringify({version: 1, pid: 2 ** 30, draft: '', prompts}))
      const chat = setup.start()
      expect(chat.state.prompts.map(({text}) => text)).to.deep.equal(['early'])
      expect(chat.state.held).to.equal(true)
      expect(new Outbox(folder, '/here').orphans()).to.deep.equal([])
      await until(chat, ready(chat))
    })
  })

  it('leaves draft and queue with their session when another is opened', async () => {
    const chat = setup.start()
    chat.submit('one')
    await until(chat, () => said(chat) !== '' && idle(chat)())
    const {key} = chat.state.session
    chat.store.dispatch({type: 'enqueue', prompt: {id: 'later', text: 'later', state: 'queued', shown: false}})
    chat.submit('/new')
    await until(chat, () => chat.state.session.key !== key && ready(chat)())
    expect(chat.state.prompts).to.deep.equal([])
    chat.submit(`/resume ${key}`)
    await until(chat, () => chat.state.session.key === key && chat.state.prompts.length === 1)
    expect(chat.state.held).to.equal(true)
  })

  for (const kind of ['a new', 'a stored']) {
    it(`takes along what is entered while ${kind} session opens`, async () => {
      const chat = setup.start({FG_RESUME_DELAY: '50'})
      const sent = () => setup.calls('prompt.submit').map(({params}) => params.text)
      const say = async (text: string) => {
        chat.submit(text)
        await until(chat, () => sent().at(-1) === text && idle(chat)())
      }
      await say('one')
      const first = chat.state.session.key
      chat.submit('/new')
      await until(chat, () => chat.state.session.key !== first && ready(chat)())
      await say('two')
      const {key} = chat.state.session
      chat.store.dispatch({type: 'enqueue', prompt: {id: 'later', text: 'later', state: 'queued', shown: false}})
      chat.submit(kind === 'a new' ? '/new' : `/resume ${first}`)
      await say('there')
      expect(chat.state.session.key).not.to.equal(key)
      expect(chat.state.prompts).to.deep.equal([])
      // The other one has its own, and no more.
      chat.submit(`/resume ${key}`)
      await until(chat, () => chat.state.session.key === key && ready(chat)())
      expect(chat.state.prompts.map(({text}) => text)).to.deep.equal(['later'])
      expect(sent()).to.deep.equal(['one', 'two', 'there'])
    })
  }

  it('does not send what was entered for a session that could not be opened to the one that stays', async () => {
    const chat = setup.start()
    await until(chat, ready(chat))
    chat.submit('/resume 20200101_000000_ffffff')
    chat.submit('there')
    await until(chat, () => transcript(chat).some((line) => line.includes('not found')) && ready(chat)())
    expect(chat.state.prompts.map(({text}) => text)).to.deep.equal(['there'])
    expect(chat.state.held).to.equal(true)
    expect(setup.calls('prompt.submit')).to.deep.equal([])
    chat.submit('')
    await until(chat, () => asked(chat).length === 1 && idle(chat)())
  })

  it('opens every new session with the model of the command line', async () => {
    const chat = setup.start({}, {target: {kind: 'new', model: 'offline/7'}})
    await until(chat, ready(chat))
    const {key} = chat.state.session
    chat.submit('/new')
    await until(chat, () => chat.state.session.key !== key && ready(chat)())
    expect(setup.calls('session.create').map(({params}) => params.model)).to.deep.equal(['offline/7', 'offline/7'])
  })

  it('says that a session is unknown and what can be done', async () => {
    const chat = setup.start({}, {target: {kind: 'stored', key: '20200101_000000_ffffff'}})
    await until(chat, () => chat.state.view.problem !== undefined)
    expect(transcript(chat).at(-1)).to.match(/no session: .*not found/)
    chat.submit('kept')
    expect(chat.state.prompts.map(({text}) => text)).to.deep.equal(['kept'])
    chat.submit('/new')
    await until(chat, () => said(chat) !== '' && idle(chat)())
    expect(asked(chat)).to.deep.equal(['kept'])
  })

  it('restarts on request without a word of a crash', async () => {
    const chat = setup.start()
    chat.submit('one')
    await until(chat, () => said(chat) !== '' && idle(chat)())
    const {pid, generation} = chat.state.view
    chat.submit('/restart')
    await until(chat, () => chat.state.view.generation > generation && ready(chat)())
    expect(chat.state.view.pid).not.to.equal(pid)
    chat.submit('two')
    await until(chat, () => asked(chat).length === 2 && idle(chat)())
    expect(asked(chat)).to.deep.equal(['one', 'two'])
    expect(transcript(chat).join('\n')).not.to.match(/killed|died|exited/)
  })

  it('shows what the doctor says, of everything or of one death', async () => {
    const doctor = async (death: string | undefined) => {
      if (death === 'nope') throw new Error('there is no such death')
      return [`report of ${death ?? 'all'}`, '  second row']
    }
    const chat = setup.start({}, {doctor})
    await until(chat, ready(chat))
    chat.submit('/doctor')
    await until(chat, () => transcript(chat).at(-1) === 'output: report of all\n  second row')
    chat.submit('/doctor last')
    await until(chat, () => transcript(chat).at(-1)?.startsWith('output: report of last') ?? false)
    chat.submit('/doctor nope')
    await until(chat, () => transcript(chat).at(-1) === 'notice: /doctor: there is no such death')
    expect(asked(chat)).to.deep.equal([])
  })

  it('echoes each command above what it says, however many are typed at once', async () => {
    const chat = setup.start()
    await until(chat, ready(chat))
    const says: Record<string, RegExp> = {
      '/title Looks': /^notice: title: Looks/,
      '/usage': /^output: input/,
      '/status': /^output: session/,
      '/titel': /^notice: no command/,
      '/queue': /^notice: the queue is empty/,
      '/theme x': /^notice: nothing is painted here/,
    }
    const typed = [...Object.keys(says), ...Object.keys(says).reverse()]
    for (const text of typed) chat.submit(text)
    const echoed = () => transcript(chat).filter((line) => line.startsWith('command: '))
    await until(chat, () => echoed().length === typed.length)
    const lines = transcript(chat)
    for (const [text, answer] of Object.entries(says)) {
      const at = lines.flatMap((line, index) => (line === `command: ${text}` ? [index] : []))
      expect(at, text).to.have.length(2)
      for (const index of at) expect(lines[index + 1]).to.match(answer)
    }
  })

  it('says nothing in the middle of a reply that is written, and all of it below', async () => {
    const chat = setup.start()
    await until(chat, ready(chat))
    chat.submit('#words=400 #pace=2 long')
    await until(chat, () => said(chat).length + (chat.state.turn?.segment.length ?? 0) > 200)
    chat.submit('/status')
    chat.submit('/usage')
    await until(chat, () => chat.state.later.some((item) => item.kind === 'output' && item.text.startsWith('input')))
    await until(chat, idle(chat))
    const kinds = chat.state.items.map(({kind}) => kind)
    expect(kinds.indexOf('command')).to.be.above(kinds.lastIndexOf('assistant'))
    expect(kinds.filter((kind) => kind === 'output')).to.have.length(2)
  })

  it('knows a mistyped command and sends // as text', async () => {
    const chat = setup.start()
    await until(chat, ready(chat))
    chat.submit('/titel')
    await until(chat, () => transcript(chat).at(-1)?.includes('did you mean /title') === true)
    chat.submit('//etc/hosts')
    await until(chat, () => asked(chat).length === 1 && idle(chat)())
    expect(prompts()).to.deep.equal(['/etc/hosts'])
  })
})
