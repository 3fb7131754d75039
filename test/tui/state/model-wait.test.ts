import {expect} from 'chai'
import fc from 'fast-check'
import type {GatewayEvent} from '../../../src/protocol/events.js'
import type {SupervisorView} from '../../../src/supervisor/types.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import {type ChatState, initialState} from '../../../src/tui/state/state.js'
import {statusOf} from '../../../src/tui/state/status.js'

const view: SupervisorView = {
  phase: 'live',
  recovering: false,
  attempt: 0,
  limit: 3,
  generation: 1,
  pid: 7,
  session: {liveId: 'abcdef01', key: 'K'},
  capabilities: new Set(['prompt_id', 'journal', 'continue']),
  lastExit: undefined,
  problem: undefined,
}

type Told = Omit<GatewayEvent, 'sessionId'>
const told = (...events: Told[]): ChatState =>
  events.reduce<ChatState>(
    (state, event) =>
      reduce(state, {type: 'event', event: {...event, sessionId: 'abcdef01'} as GatewayEvent, now: 5000}),
    initialState({view, showReasoning: true, cwd: '/w'}),
  )

const start: Told = {type: 'message.start', payload: undefined}
const retry: Told = {type: 'model.retry', payload: {attempt: 1, limit: 4, wait_ms: 12_000, reason: 'overloaded (529)'}}
const silent: Told = {type: 'model.silent', payload: {silent_ms: 20_000}}

describe('waiting for a model', () => {
  it('counts down to the next try, and says how to end it', () => {
    const state = told(start, retry)
    expect(statusOf(state, 5000).text).to.match(/^overloaded \(529\) · again in 12s \(1\/4\) · Esc ends it/)
    expect(statusOf(state, 16_500).text).to.include('again in 1s')
    expect(statusOf(state, 17_001).text).to.include('asking again (1/4)')
  })

  it('says that nothing comes, and for how long', () => {
    expect(statusOf(told(start, silent), 9000).text).to.match(/^nothing from the model for 24s/)
  })

  it('is over with whatever else comes of the turn', () => {
    const signs: Told[] = [
      {type: 'message.delta', payload: {text: 'word'}},
      {type: 'reasoning.delta', payload: {text: 'hm'}},
      {type: 'tool.generating', payload: {name: 'terminal'}},
      {type: 'tool.start', payload: {tool_id: 't', name: 'terminal', context: ''}},
      {type: 'message.complete', payload: {text: null, status: 'interrupted'}},
      {type: 'error', payload: {message: 'it broke'}},
    ]
    fc.assert(
      fc.property(fc.constantFrom(retry, silent), fc.constantFrom(...signs), (wait, sign) => {
        const state = told(start, wait, sign)
        expect(state.wait).to.equal(undefined)
        expect(statusOf(state, 6000).text).not.to.match(/Esc ends it/)
      }),
    )
    const death = {type: 'death', recovers: true, now: 6000} as const
    const exit = {generation: 1, pid: 7, code: null, signal: 'SIGKILL', expected: false} as const
    const report = {cause: 'x', summary: 'killed', retriable: true, remedy: undefined} as const
    const dead = reduce(told(start, retry), {
      ...death,
      exit: {...exit, ...report, confidence: 'likely', stderrTail: []},
    })
    expect(dead.wait).to.equal(undefined)
  })
})
