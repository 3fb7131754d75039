import {expect} from 'chai'
import {refusedRequests} from '../../src/protocol/requests.js'
import type {Chat} from '../../src/tui/chat.js'
import {AutumnFiles, autumnGateway} from '../helpers/autumn.js'
import {asked, ChatSetup, idle, ready, said, transcript, until} from './chat-setup.js'

describe('the wire of autumn 2026', () => {
  let setup: ChatSetup
  let files: AutumnFiles

  beforeEach(() => {
    setup = new ChatSetup([process.execPath, autumnGateway])
    files = new AutumnFiles(setup.home)
  })

  afterEach(async function () {
    await setup.dispose()
    if (this.currentTest?.state === 'passed') expect(files.wrong()).to.deep.equal([])
  })

  async function start(env: Record<string, string> = {}): Promise<Chat> {
    const chat = setup.start({...files.env, ...env})
    await until(chat, ready(chat))
    return chat
  }

  /** Sends a prompt, and waits until the gateway asks. */
  async function asking(prompt: string, env: Record<string, string> = {}): Promise<Chat> {
    const chat = await start(env)
    chat.submit(prompt)
    await until(chat, () => chat.state.questions.length > 0)
    return chat
  }

  /** As if a frame had been drawn with the question in it. */
  function show(chat: Chat): void {
    const [question] = chat.state.questions
    if (!question) throw new Error('nothing is asked')
    chat.asking.drawn({id: question.id, shows: 'all', top: 0, page: 1, total: 1, selected: undefined})
  }

  const title = (chat: Chat) => chat.state.questions[0]?.title
  const over = (chat: Chat) => until(chat, idle(chat))

  it('asks for an approval, whose time begins when it is on the screen, and is answered under its id', async () => {
    const chat = await asking('do #approve')
    const [question] = chat.state.questions
    expect(question?.choices.map(({value}) => value)).to.deep.equal(['once', 'session', 'always', 'deny'])
    expect(question?.subject?.command).to.equal('rm -rf build')
    show(chat)
    show(chat)
    await until(chat, () => files.heard('approval.received').length > 0)
    chat.answer('session')
    chat.answer('once')
    await over(chat)
    expect(files.heard('approval.received')).to.have.length(1)
    expect(files.answers('approval')).to.deep.equal([{choice: 'session'}])
    expect(said(chat)).to.include('[approval: {"choice":"session"}]')
  })

  it('takes a no with words: they stay in the draft, as no model would hear them', async () => {
    const chat = await asking('do #approve')
    show(chat)
    chat.answer('deny', {reason: 'use make clean'})
    await over(chat)
    expect(files.answers('approval')).to.deep.equal([{choice: 'deny'}])
    expect(chat.state.editor.text).to.equal('use make clean')
  })

  it('asks several questions in a row, and is answered once', async () => {
    const chat = await asking('do #clarify=3')
    expect(title(chat)).to.equal('1/3: Question 1?')
    chat.answer('red')
    expect(title(chat)).to.equal('2/3: Question 2?')
    chat.answer(undefined)
    expect(title(chat)).to.equal('3/3: Question 3?')
    chat.answer('my own')
    await over(chat)
    expect(files.answers('clarify')).to.deep.equal([{answers: {q1: 'red', q2: null, q3: 'my own'}}])
    expect(files.heard('clarify.lock').map(({params}) => params?.answer)).to.deep.equal(['red'])
  })

  it('hears that none of its questions is wanted, and takes several choices by their numbers', async () => {
    const chat = await asking('do #clarify=2')
    chat.answer(undefined)
    chat.answer(undefined)
    await over(chat)
    expect(files.answers('clarify')).to.deep.equal([{}])
    chat.submit('again #clarify #many')
    await until(chat, () => chat.state.questions.length > 0)
    expect(chat.state.questions[0]).to.deep.include({several: true})
    chat.answer('3, 1')
    await over(chat)
    expect(files.answers('clarify')[1]).to.deep.equal({answers: {q1: 'blue, red'}})
  })

  it('asks for a password, a secret, a vault, a login, a code and a choice, each answered as it has to be', async () => {
    const chat = await start()
    const rounds: [string, (string | undefined)[], string, Record<string, unknown>][] = [
      ['#sudo', ['pw'], 'sudo', {value: 'pw'}],
      ['#sudo', [undefined], 'sudo', {value: ''}],
      ['#secret', ['sk-1'], 'secret', {value: 'sk-1'}],
      ['#unlock', ['master'], 'vault.unlock_prompt', {value: 'master'}],
      ['#login', ['me', 'pw'], 'vault.save_login', {value: '{"identifier":"me","password":"pw"}'}],
      ['#login', [undefined], 'vault.save_login', {value: ''}],
      ['#code', ['123456'], 'vault.code', {value: '123456'}],
      ['#choose', ['light'], 'setup_choose', {picked: 'light'}],
      ['#choose', [undefined], 'setup_choose', {picked: null}],
      ['#choose #many', ['1,2'], 'setup_choose', {picked: ['dark', 'light']}],
    ]
    for (const [prompt, answers, method, result] of rounds) {
      chat.submit(`do ${prompt}`)
      for (const answer of answers) {
        await until(chat, () => chat.state.questions.length > 0)
        chat.answer(answer)
      }
      await over(chat)
      expect(files.answers(method).at(-1), prompt).to.deep.equal(result)
    }
    expect(transcript(chat).join('\n')).to.not.include('too late')
  })

  it('shows what a password is for, where a secret is to be had, and hides both', async () => {
    const chat = await asking('do #sudo')
    expect(chat.state.questions[0]).to.deep.include({
      kind: 'sudo',
      masked: true,
      title: 'Password for sudo\napt update',
    })
    chat.answer(undefined)
    await over(chat)
    chat.submit('do #secret')
    await until(chat, () => chat.state.questions.length > 0)
    const secret = {kind: 'secret', masked: true, title: 'The key of the service (API_KEY)\nGet it at example.com'}
    expect(chat.state.questions[0]).to.deep.include(secret)
    chat.answer('x')
    await over(chat)
  })

  it('is refused at once what only a window can answer, and what nobody knows', async () => {
    const chat = await start()
    chat.submit('look #window')
    await over(chat)
    const refused = files
      .heard()
      .flatMap(({asked: method, answer}) => (answer?.error ? [[method, answer.error.code]] : []))
    expect(refused.map(([method]) => method).sort()).to.deep.equal(
      [...Object.keys(refusedRequests), 'future.ask'].sort(),
    )
    expect(new Set(refused.map(([, code]) => code))).to.deep.equal(new Set([-32601]))
    expect(chat.state.questions).to.deep.equal([])
  })

  it('takes a question back: only its card goes, it is told, and what was typed of an answer is kept', async () => {
    const chat = await asking('do #clarify #withdraw=150')
    chat.store.dispatch({type: 'question', action: {type: 'write'}})
    chat.store.dispatch({type: 'question', action: {type: 'edit', action: {type: 'insert', text: 'half an answer'}}})
    await until(chat, () => chat.state.questions.length === 0)
    await over(chat)
    expect(transcript(chat)).to.include('notice: the gateway took its question back: nobody answered in time')
    expect(chat.state.editor.text).to.equal('half an answer')
    expect(files.answers('clarify')).to.deep.equal([])
  })

  it('takes its question back when the person interrupts', async () => {
    const chat = await asking('do #clarify #words=400')
    chat.interrupt()
    await until(chat, () => chat.state.turn === undefined)
    expect(chat.state.questions).to.deep.equal([])
    expect(transcript(chat)).to.include('notice: the gateway took its question back: the turn was interrupted')
  })

  it('shows what is new, and ignores what nobody knows', async () => {
    const chat = await start()
    const prompt = '#interim #notify #sticky #todo #risk #background #btw #sub #moa #news #title=Tea #usage #review'
    chat.submit(prompt)
    await over(chat)
    const text = transcript(chat).join('\n')
    for (const shown of [
      'assistant: First I look around.',
      'notice: credits are low',
      'output:   ▶ step 1\n  ☐ step 2',
      'looks risky (high): tells the model what to do',
      'notice: the task in the background is done (bg_1)\nassistant: the background is done',
      'notice: answered beside the turn: how much?\nassistant: by the way: 42',
      'notice: sub-agent 1/2 begins: read the docs',
      'tool subagent complete',
      'notice: a memory was written',
    ]) {
      expect(text).to.include(shown)
    }
    expect(text.match(/First I look around/g)).to.have.length(1)
    expect(text.match(/word0/g)).to.have.length(1)
    expect(chat.state.sticky).to.deep.equal([{key: 'quota', tone: 'error', text: 'quota is used up'}])
    expect(chat.state.todos.map(({status}) => status)).to.deep.equal(['completed', 'in_progress'])
    expect(chat.state.session.title).to.equal('Tea')
    chat.submit('#clear')
    await over(chat)
    expect(chat.state.sticky).to.deep.equal([])
  })

  it('gets no parameter that it would refuse, and one that it has not yet is left out', async () => {
    const chat = await start({AG_UNKNOWN: 'client_turn_id,queued'})
    chat.submit('first')
    await over(chat)
    expect(said(chat)).to.include('word7')
    expect(files.turns()).to.deep.equal([{text: 'first', status: 'complete'}])
  })

  it('gets no parameter that it would refuse from a command either', async () => {
    const chat = await start()
    chat.submit('first')
    await over(chat)
    const commands = ['/sessions', '/history', '/usage', '/title Tea', '/undo']
    for (const command of commands) chat.submit(command)
    const methods = ['session.list', 'session.history', 'session.usage', 'session.title', 'command.dispatch']
    await until(chat, () => methods.every((name) => files.heard(name).length > 0))
    chat.open({kind: 'stored', key: chat.state.session.key ?? ''})
    await until(chat, () => files.heard('session.resume').length > 0)
  })

  for (const form of ['map', 'september', 'june']) {
    it(`is taken for what arrives: the form of ${form}`, async () => {
      const chat = await start({AG_READY: form})
      chat.submit('hello')
      await over(chat)
      chat.submit('do #sudo')
      await until(chat, () => chat.state.questions.length > 0)
      chat.answer('pw')
      await over(chat)
      const sent = files.heard('prompt.submit').map(({params}) => params ?? {})
      expect(sent[0]?.queued).to.equal(form === 'june' ? undefined : true)
      expect(typeof sent[0]?.client_turn_id).to.equal(form === 'map' ? 'string' : 'undefined')
      expect(files.answers('sudo')).to.deep.equal([{value: 'pw'}])
    })
  }

  it('never corrects a turn that it began by itself with what was queued, and says what it does with it', async () => {
    const chat = await start()
    chat.submit('first #own')
    await until(chat, () => said(chat).includes('word7'))
    // What the person sees of the other turn does not matter: the gateway decides.
    chat.store.dispatch({type: 'turn-failed'})
    chat.submit('second')
    await until(chat, () =>
      transcript(chat).includes('notice: queued by the gateway: it goes after the turn that runs'),
    )
    await until(chat, () => files.turns().some(({text, status}) => text === 'second' && status === 'complete'))
    await over(chat)
    expect(files.turns().map(({text}) => text)).to.deep.equal(['first #own', 'second'])
    expect(asked(chat)).to.deep.equal(['first #own', 'second'])
  })

  it('opens a session again that it had put aside, for the next prompt', async () => {
    const chat = await start()
    chat.submit('first #reclaim')
    await until(chat, () => transcript(chat).some((line) => line.includes('put this session aside: it made room')))
    chat.submit('second')
    await until(chat, () => files.turns().some(({text, status}) => text === 'second' && status === 'complete'))
    await over(chat)
    expect(files.turns()).to.deep.equal([
      {text: 'first #reclaim', status: 'complete'},
      {text: 'second', status: 'complete'},
    ])
  })
})
