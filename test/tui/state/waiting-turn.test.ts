import {expect} from 'chai'
import fc from 'fast-check'
import type {SessionOpened, ToolState, WireMessage} from '../../../src/protocol/methods.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import {type ChatAction, type ChatState, isBusy} from '../../../src/tui/state/state.js'
import {freshChat, killed, sessionInfo, type Told, told} from '../../helpers/chat-state.js'

const event = (value: Told) => told(value)
const toolStart = (id: string) =>
  event({type: 'tool.start', payload: {tool_id: id, name: 'terminal', context: `run ${id}`}})
const toolEnd = (id: string, status?: ToolState) =>
  event({
    type: 'tool.complete',
    payload: {tool_id: id, name: 'terminal', result: {output: id}, ...(status ? {status} : {})},
  })
const asks = (id: string) =>
  event({type: 'approval.request', payload: {command: `run ${id}`, description: 'run', request_id: `q-${id}`}})
const death = (recovers = true): ChatAction => ({type: 'death', exit: killed, recovers, now: 0})
const clarifies = event({type: 'clarify.request', payload: {question: 'Which?', choices: null, request_id: 'q-c'}})

/** A turn that said something, ran `done` and asks for `open`. */
const waiting: ChatAction[] = [
  {type: 'enqueue', prompt: {id: 'p', text: 'go', state: 'queued', shown: false}},
  {type: 'submitting', id: 'p', now: 0},
  event({type: 'message.start', payload: undefined}),
  event({type: 'message.delta', payload: {text: 'Two things.'}}),
  {type: 'acknowledged', id: 'p', settled: true, streaming: true},
  toolStart('done'),
  toolEnd('done'),
  toolStart('open'),
  asks('open'),
]
const settled: WireMessage[] = [
  {role: 'user', text: 'go', prompt_id: 'p'},
  {role: 'assistant', text: 'Two things.'},
  {role: 'tool', name: 'terminal', context: 'run done', tool_id: 'done', result: {output: 'done'}},
]
const opened = (how: 'recovered' | 'resumed', more: Partial<SessionOpened> = {}): ChatAction => ({
  type: 'opened',
  how,
  now: 0,
  opened: {
    session_id: 'abcdef02',
    session_key: 'K',
    message_count: 3,
    messages: settled,
    info: sessionInfo,
    running: true,
    status: 'waiting',
    inflight: {user: 'go', assistant: 'Two things.', streaming: true, prompt_id: 'p'},
    interrupted: null,
    ...more,
  },
})
const rest = [
  toolStart('open'),
  asks('open'),
  {type: 'answered', now: 0} as const,
  toolEnd('open'),
  event({type: 'message.delta', payload: {text: '\n\nDone.'}}),
  event({type: 'message.complete', payload: {text: 'Done.', status: 'complete', prompt_id: 'p'}}),
]

const run = (...actions: ChatAction[]): ChatState => actions.reduce(reduce, freshChat())

/** What is in the transcript, shortly; the notices of deaths left out. */
const lines = (state: ChatState): string[] =>
  state.items.flatMap((item) => {
    if (item.kind === 'notice') return []
    if (item.kind === 'tool') return [`tool ${item.tool.id} ${item.tool.status}`]
    return ['text' in item ? `${item.kind} ${item.text.trim()}` : item.kind]
  })

const whole = ['user go', 'assistant Two things.', 'tool done complete', 'tool open complete', 'assistant Done.']

describe('a turn that waits for the person', () => {
  it('asks again after the death of its gateway, with nothing broken off and nothing twice', () => {
    const dead = run(...waiting, death())
    expect(dead.questions).to.deep.equal([])
    expect(lines(dead)).to.deep.equal(whole.slice(0, 3))
    const back = run(...waiting, death(), opened('recovered'))
    expect(isBusy(back)).to.equal(true)
    expect(back.broken, 'nothing to continue or to retry').to.equal(undefined)
    const asked = run(...waiting, death(), opened('recovered'), ...rest.slice(0, 2))
    expect(asked.questions).to.have.length(1)
    expect(lines(run(...waiting, death(), opened('recovered'), ...rest))).to.deep.equal(whole)
  })

  it('is shown once in a new screen, and asks there', () => {
    const back = run(opened('resumed'))
    expect(isBusy(back)).to.equal(true)
    expect(lines(back)).to.deep.equal(whole.slice(0, 3))
    expect(lines(run(opened('resumed'), ...rest))).to.deep.equal(whole)
  })

  it('is shown once whatever of it the dead gateway had told, over any number of deaths', () => {
    fc.assert(
      fc.property(fc.integer({min: 4, max: waiting.length}), fc.integer({min: 1, max: 3}), (told, deaths) => {
        const actions: ChatAction[] = waiting.slice(0, told)
        for (let n = 0; n < deaths; n++) {
          actions.push(death(), opened('recovered'), toolStart('open'), asks('open'))
        }
        const state = run(...actions, ...rest.slice(2))
        const tools = lines(state).filter((line) => / (complete|denied)$/.test(line))
        expect(tools).to.deep.equal(['tool done complete', 'tool open complete'])
        expect(lines(state).filter((line) => line.startsWith('assistant'))).to.deep.equal([
          'assistant Two things.',
          'assistant Done.',
        ])
        expect(state.questions).to.deep.equal([])
        expect(state.broken).to.equal(undefined)
      }),
    )
  })

  it('says what became of its calls where no gateway takes it up', () => {
    const ends = ['tool open asked', 'interrupted']
    expect(lines(run(...waiting, death(false)))).to.deep.equal([...whole.slice(0, 3), ...ends])
    expect(lines(run(...waiting, death(), death(false)))).to.deep.equal([...whole.slice(0, 3), ...ends])
    // One that keeps nothing in mid-turn.
    const empty = opened('recovered', {running: false, inflight: null, messages: settled.slice(0, 1)})
    expect(lines(run(...waiting, death(), empty))).to.deep.equal([...whole.slice(0, 3), ...ends])
    // One that was told not to.
    const interrupted = {
      prompt_id: 'p',
      user: 'go',
      assistant: 'Two things.',
      reasoning: '',
      deaths: 3,
      tools: (['done complete', 'open asked', 'next not-started'] as const).map((tool) => {
        const [tool_id = '', status] = tool.split(' ') as [string, ToolState]
        return {tool_id, name: 'terminal', context: '', status, ...(status === 'complete' ? {result: {}} : {})}
      }),
    }
    const left = run(...waiting, death(), opened('recovered', {running: false, inflight: null, interrupted}))
    expect(lines(left)).to.deep.equal([...whole.slice(0, 3), 'tool open asked', 'tool next not-started', 'interrupted'])
    expect(left.broken).to.include({deaths: 3})
  })

  it('says of a tool that ran when its gateway died that its outcome is unknown, also where another one asks', () => {
    const state = run(...waiting.slice(0, -1), death(), opened('recovered', {running: false, inflight: null}))
    expect(lines(state).slice(3)).to.deep.equal(['tool open unknown', 'interrupted'])
  })

  it('shows what the gateway says of each call', () => {
    const states: ToolState[] = ['complete', 'denied', 'unknown', 'asked', 'not-started']
    const state = run(...waiting.slice(0, 5), ...states.map((status) => toolEnd(`t-${status}`, status)), clarifies)
    expect(lines(state).slice(2)).to.deep.equal(states.map((status) => `tool t-${status} ${status}`))
  })
})
