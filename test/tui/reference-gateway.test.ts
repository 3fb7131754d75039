import {expect} from 'chai'
import fc from 'fast-check'
import type {Chat} from '../../src/tui/chat.js'
import {statusOf} from '../../src/tui/state/status/status.js'
import {runs} from '../helpers/sample.js'
import {tellTried} from '../helpers/tried.js'
import {ChatSetup, idle, ready, said, transcript, until} from './chat-setup.js'

const reference = {FG_REFERENCE: '1'}
const long = '#words=4000 #pace=5'

describe('Chat with a gateway that stores whole replies alone', function () {
  this.timeout(60_000)
  let setup: ChatSetup

  beforeEach(() => {
    setup = new ChatSetup()
  })

  afterEach(() => setup.dispose())

  const asked = () => setup.calls('model').map((call) => call.params.text)
  const notices = (chat: Chat) => transcript(chat).filter((line) => line.startsWith('notice'))

  async function ask(chat: Chat, text: string): Promise<void> {
    const before = asked().length
    chat.submit(text)
    await until(chat, () => asked().length > before && idle(chat)())
  }

  async function die(chat: Chat): Promise<void> {
    const {generation, pid} = chat.state.view
    if (pid) process.kill(pid, 'SIGKILL')
    await until(chat, () => chat.state.view.generation > generation && ready(chat)())
  }

  /** Ends the gateway in the middle of the reply to `text`. */
  async function dieWithin(chat: Chat, text: string): Promise<void> {
    chat.submit(`${long} ${text}`)
    await until(chat, () => (chat.state.turn?.text.length ?? 0) > 20)
    await die(chat)
  }

  it('takes an exchange back for good', async () => {
    const chat = setup.start(reference)
    await ask(chat, 'apple')
    await ask(chat, 'banana')
    chat.submit('/undo')
    await until(chat, () => transcript(chat).includes('undone: banana'))
    await die(chat)
    await ask(chat, 'cherry')
    expect(setup.calls('session.resume')).to.have.length(1)
    const history = chat.state.items.filter((item) => item.kind === 'user').length
    expect(history).to.equal(3)
    const again = setup.start(reference, {target: {kind: 'stored', key: chat.state.session.key ?? ''}})
    await until(again, ready(again))
    expect(transcript(again).filter((line) => line.startsWith('user'))).to.deep.equal(['user: apple', 'user: cherry'])
  })

  it('says that there is nothing to take back', async () => {
    const chat = setup.start(reference)
    await until(chat, ready(chat))
    chat.submit('/undo')
    await until(chat, () => notices(chat).includes('notice: nothing to take back'))
  })

  it('shows the title of a session from the start, and after a death', async () => {
    const first = setup.start(reference)
    await ask(first, 'apple')
    first.submit('/title Tea pot')
    await until(first, () => notices(first).includes('notice: title: Tea pot'))
    await die(first)
    await until(first, () => first.state.session.title === 'Tea pot')
    const second = setup.start(reference, {target: {kind: 'stored', key: first.state.session.key ?? ''}})
    await until(second, () => second.state.session.title === 'Tea pot')
    expect(setup.calls('prompt.submit')).to.have.length(1)
  })

  it('opens a new session in place of one without a prompt, says so, and keeps draft and queue', async () => {
    const chat = setup.start(reference)
    await until(chat, ready(chat))
    const {key} = chat.state.session
    chat.store.dispatch({type: 'edit', action: {type: 'insert', text: 'a draft'}})
    await die(chat)
    expect(chat.state.session.key).to.not.equal(key)
    expect(notices(chat).at(-1)).to.include('in place of the one that was lost')
    expect(chat.state.editor.text).to.equal('a draft')
    await ask(chat, 'now')
  })

  it('is told as silent in the status line', async () => {
    const chat = setup.start(reference)
    await until(chat, ready(chat))
    const told = (stopped: boolean) => {
      const view = {...chat.state.view, silence: {since: 1000, stopped}}
      return statusOf({...chat.state, view}, 13_500)
    }
    expect(told(false)).to.deep.equal({
      tone: 'warn',
      text: 'nothing from the gateway for 12s · /restart begins another',
    })
    expect(told(true).text).to.include(`kill -CONT ${chat.state.view.pid}`).and.to.include('12s')
  })

  it('tells of a prompt without a reply when its session is opened again', async () => {
    const first = setup.start(reference)
    await ask(first, 'apple')
    first.submit(`${long} lost`)
    await until(first, () => (first.state.turn?.text.length ?? 0) > 20)
    const {key} = first.state.session
    if (first.state.view.pid) process.kill(first.state.view.pid, 'SIGKILL')
    await setup.vanish(first)
    const second = setup.start(reference, {target: {kind: 'stored', key: key ?? ''}})
    await until(second, () => notices(second).some((line) => line.includes('the last prompt has no reply')))
    expect(transcript(second)).to.include('interrupted')
    second.submit('/undo')
    await until(second, () => transcript(second).includes(`undone: ${long} lost`))
    expect(second.state.editor.text).to.equal(`${long} lost`)
    await ask(second, 'next')
    expect(asked().at(-1)).to.equal('next')
  })

  it('asks no prompt twice at once and nothing that was taken back, and tells what it asks along', async () => {
    const step = fc.constantFrom('ask', 'die', 'retry', 'undo')
    let tried = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, {minLength: 2, maxLength: 5}), async (steps) => {
        tried += 1
        const own = new ChatSetup()
        try {
          setup = own
          const chat = own.start(reference)
          await until(chat, ready(chat))
          /** As the gateway has them. */
          const stored: {text: string; answered: boolean}[] = []
          /** Those at the end that have no reply: they are asked along. */
          const open = () => stored.slice(stored.findLastIndex(({answered}) => answered) + 1).map((one) => one.text)
          const toldOf = new Set<string>()
          let last: string | undefined
          /** Each once: what an undo lays open again was told of before. The person knows which one he stopped. */
          const expectTold = (along: string) => {
            const untold = open().filter((one) => !toldOf.has(one))
            if (untold.length > 1 || !stopped) for (const one of untold) expect(along).to.include(one)
            for (const one of open()) toldOf.add(one)
          }
          let deaths = 0
          /** The last of them was stopped by the person. */
          let stopped = false
          for (const [index, each] of steps.entries()) {
            const text = `p${index}`
            if (each === 'ask') {
              const told = notices(chat).length
              await ask(chat, text)
              expect(asked().at(-1)).to.equal([...open(), text].join('\n\n'))
              const along = notices(chat).slice(told).join('\n')
              expectTold(along)
              stored.push({text, answered: true})
              last = text
            } else if (each === 'die' && deaths < 2) {
              deaths += 1
              const told = notices(chat).length
              await dieWithin(chat, text)
              const along = notices(chat).slice(told).join('\n')
              expectTold(along)
              stored.push({text: `${long} ${text}`, answered: false})
              stopped = false
              last = `${long} ${text}`
            } else if (each === 'retry' && last !== undefined) {
              const before = asked().length
              chat.submit('/retry')
              await until(chat, () => asked().length > before)
              // One without a reply is taken back before it is sent again.
              if (stored.at(-1)?.answered === false) stored.pop()
              expect(asked().at(-1)).to.equal([...open(), last].join('\n\n'))
              if (last.includes(long)) chat.interrupt()
              await until(chat, idle(chat))
              // What was stopped is stored without a reply.
              stored.push({text: last, answered: !last.includes(long)})
              stopped = true
            } else if (each === 'undo') {
              const told = () =>
                transcript(chat).filter((line) => /^(?:undone|notice: nothing to take)/.test(line)).length
              const before = told()
              chat.submit('/undo')
              await until(chat, () => told() > before && idle(chat)())
              stored.pop()
              last = undefined
            }
          }
          expect(said(chat)).to.be.a('string')
        } finally {
          await own.dispose()
        }
      }),
      {
        numRuns: runs(10, 4),
        examples: [
          [['die', 'die', 'undo', 'ask']],
          [['ask', 'undo', 'ask', 'retry', 'ask']],
          [['die', 'ask', 'undo', 'ask', 'ask']],
        ],
      },
    )
    tellTried(tried, 'prompts, deaths, retries and undos')
  })
})
