import {expect} from 'chai'
import fc from 'fast-check'
import {reduce} from '../../../src/tui/state/reduce.js'
import type {ChatState} from '../../../src/tui/state/state.js'
import {statusOf} from '../../../src/tui/state/status/status.js'
import {freshChat, killed, type Told, told} from '../../helpers/chat-state.js'

const stateAfter = (...events: Told[]): ChatState =>
  events.reduce((state, event) => reduce(state, told(event, 5000)), freshChat())

const start: Told = {type: 'message.start', payload: undefined}
const retry: Told = {type: 'model.retry', payload: {attempt: 1, limit: 4, wait_ms: 12_000, reason: 'overloaded (529)'}}
const silent: Told = {type: 'model.silent', payload: {silent_ms: 20_000}}

describe('waiting for a model', () => {
  it('counts down to the next try, and says how to end it', () => {
    const state = stateAfter(start, retry)
    expect(statusOf(state, 5000).text).to.match(/^overloaded \(529\) · again in 12s \(1\/4\) · Esc ends it/)
    expect(statusOf(state, 16_500).text).to.include('again in 1s')
    expect(statusOf(state, 17_001).text).to.include('asking again (1/4)')
  })

  it('says that nothing comes, and for how long', () => {
    expect(statusOf(stateAfter(start, silent), 9000).text).to.match(/^nothing from the model for 24s/)
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
        const state = stateAfter(start, wait, sign)
        expect(state.wait).to.equal(undefined)
        expect(statusOf(state, 6000).text).not.to.match(/Esc ends it/)
      }),
    )
    const dead = reduce(stateAfter(start, retry), {type: 'death', exit: killed, recovers: true, now: 6000})
    expect(dead.wait).to.equal(undefined)
  })
})
