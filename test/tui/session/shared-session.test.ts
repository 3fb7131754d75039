import {expect} from 'chai'
import {builtinGateway} from '../../../src/chat/builtin-gateway.js'
import type {Chat} from '../../../src/tui/chat.js'
import {statusOf} from '../../../src/tui/state/status/status.js'
import {asked, ChatSetup, idle, ready, said, transcript, until} from '../chat-setup.js'

const root = new URL('../../..', import.meta.url).pathname
const entry = new URL('../../../src/chat/builtin-gateway.ts', import.meta.url).href

describe('a session that is open in two chats', () => {
  let setup: ChatSetup
  let env: Record<string, string>

  beforeEach(() => {
    setup = new ChatSetup([process.execPath, ...builtinGateway(root, entry)])
    env = {HOME: setup.home, HERMES_HOME: setup.home, HERMES_MODEL: 'offline/4'}
  })

  afterEach(() => setup.dispose())

  const labels = (chat: Chat) => chat.state.picker?.choices.map(({value}) => value)
  const choose = (chat: Chat, value: string) => {
    const choice = chat.state.picker?.choices.find((each) => each.value === value)
    if (!choice) throw new Error(`no choice ${value}`)
    chat.pick(choice)
  }
  const type = (chat: Chat, text: string) => chat.store.dispatch({type: 'edit', action: {type: 'set', text}})

  /** A chat in which something was said, and a second one that wants its session. */
  async function two(
    options: Parameters<ChatSetup['start']>[1] = {},
  ): Promise<{first: Chat; second: Chat; key: string}> {
    const first = setup.start(env)
    first.submit('hello')
    await until(first, () => said(first) !== '' && idle(first)())
    const key = first.state.session.key ?? ''
    const second = setup.start(env, {target: {kind: 'stored', key}, ...options})
    return {first, second, key}
  }

  const offered = (chat: Chat) => until(chat, () => chat.state.picker?.kind === 'elsewhere')

  it('says who has it and leaves the choice to the person; nothing is sent meanwhile', async () => {
    const {first, second, key} = await two({initialPrompt: 'from the shell'})
    await offered(second)
    expect(transcript(second).at(-1)).to.include(`${key} is open in another hermes (pid ${first.state.view.pid}, since`)
    expect(labels(second)).to.deep.equal(['take-over', 'read', 'branch', 'new'])
    second.store.dispatch({type: 'pick', picker: undefined})
    expect(statusOf(second.state).text).to.include('read only')
    type(second, 'half a thought')
    second.submit('half a thought')
    expect(labels(second)).to.include('take-over')
    expect(second.state.editor.text).to.equal('half a thought')
    expect(second.state.prompts.map(({text}) => text)).to.deep.equal(['from the shell'])
  })

  it('is read without being touched, and shown once when it is taken over after that', async () => {
    const {first, second} = await two()
    await offered(second)
    choose(second, 'read')
    await until(second, () => transcript(second).at(-1)?.includes('read only, as it is now') === true)
    expect(asked(second)).to.deep.equal(['hello'])
    first.submit('more')
    await until(first, () => asked(first).length === 2 && idle(first)())
    second.submit('')
    choose(second, 'read')
    await until(second, () => asked(second).includes('more'))
    second.submit('')
    choose(second, 'take-over')
    await until(second, ready(second))
    expect(asked(second).filter((text) => text === 'more')).to.have.length(1)
    expect(transcript(second).at(-1)).to.include('took over')
    expect(second.state.elsewhere).to.equal(undefined)
  })

  it('is taken over from a chat that keeps what was typed there, and takes it back', async () => {
    const {first, second, key} = await two()
    await offered(second)
    choose(second, 'take-over')
    await until(second, ready(second))
    second.submit('meanwhile')
    await until(second, () => asked(second).includes('meanwhile') && idle(second)())

    type(first, 'my draft')
    first.store.dispatch({type: 'enqueue', prompt: {id: 'q', text: 'mine too', state: 'queued', shown: false}})
    first.delivery.pump()
    await until(first, () => first.state.elsewhere?.taken === true)
    // Nothing comes up under the hands of who is typing.
    expect(first.state.picker).to.equal(undefined)
    first.submit('')
    expect(transcript(first).join('\n')).to.include('this session was taken over by another hermes (pid')
    expect(labels(first)).to.deep.equal(['take-over', 'read', 'branch', 'new'])
    expect(first.state.picker?.choices[0]?.label).to.equal('Take it back')
    expect(first.state.editor.text).to.equal('my draft')
    expect(first.state.prompts.map(({text, state}) => [text, state])).to.deep.equal([['mine too', 'queued']])
    expect(second.state.editor.text).to.equal('')

    choose(first, 'take-over')
    await until(first, () => idle(first)() && transcript(first).some((line) => line.includes('took back')))
    expect(first.state.session.key).to.equal(key)
    expect(first.state.editor.text).to.equal('my draft')
    expect(asked(first)).to.include('meanwhile')
    expect(asked(first).filter((text) => text === 'mine too')).to.have.length(1)
    // Now the other one hears of it.
    second.submit('and now?')
    await until(second, () => second.state.elsewhere?.taken === true)
    expect(second.state.prompts.map(({text}) => text)).to.deep.equal(['and now?'])
  })

  it('tells a chat at once whose reply it breaks off', async () => {
    env.HERMES_MODEL = 'offline/5000@100'
    const first = setup.start(env)
    first.submit('a long one')
    await until(first, () => (first.state.turn?.text.length ?? 0) > 20)
    const key = first.state.session.key ?? ''
    const second = setup.start(env, {target: {kind: 'stored', key}, takeOver: true})
    await until(second, ready(second))
    await until(first, () => first.state.elsewhere?.taken === true)
    // Nothing comes up under the hands of who is typing.
    expect(first.state.picker).to.equal(undefined)
    expect(transcript(first).join('\n')).to.include('was taken over by another hermes')
    expect(first.state.turn).to.equal(undefined)
    expect(asked(second)).to.deep.equal(['a long one'])
    expect(transcript(second).join('\n')).to.include('word5').and.to.include('interrupted')
  })

  it('is left alone by a branch, which has its past and takes draft and queue along', async () => {
    const {first, second, key} = await two({initialPrompt: 'go on here'})
    await offered(second)
    type(second, 'a draft')
    choose(second, 'branch')
    await until(second, () => asked(second).includes('go on here') && idle(second)())
    expect(second.state.session.key).to.not.equal(key)
    expect(asked(second)).to.deep.equal(['hello', 'go on here'])
    expect(second.state.editor.text).to.equal('a draft')
    expect(transcript(second).some((line) => line.includes('branched off:'))).to.equal(true)
    first.submit('still mine')
    await until(first, () => asked(first).includes('still mine') && idle(first)())
    second.submit('/branch Third')
    await until(second, () => second.state.session.title === 'Third')
  })

  it('may be left for a new one, where what was queued waits for Enter', async () => {
    const {second, key} = await two({initialPrompt: 'what now?'})
    await offered(second)
    choose(second, 'new')
    await until(second, ready(second))
    expect(second.state.session.key).to.not.equal(key)
    expect(second.state.held).to.equal(true)
    expect(asked(second)).to.deep.equal([])
    second.submit('')
    await until(second, () => asked(second).includes('what now?') && idle(second)())
  })

  it('is offered from within another session, which goes on when it is left alone', async () => {
    const {second, key} = await two({target: {kind: 'new'}})
    second.submit('my own')
    await until(second, () => said(second) !== '' && idle(second)())
    const own = second.state.session.key
    second.submit(`/resume ${key}`)
    await offered(second)
    expect(labels(second)).to.deep.equal(['take-over', 'read', 'branch'])
    second.store.dispatch({type: 'pick', picker: undefined})
    await until(second, idle(second))
    expect(second.state.session.key).to.equal(own)
    second.submit('goes on')
    await until(second, () => asked(second).includes('goes on') && idle(second)())
  })
})
