import {expect} from 'chai'
import {type LostTurn, recovered} from '../../../src/acp/agent/recovered.js'
import {emptyAnswer} from '../../../src/chat/print/answer.js'
import type {SessionOpened, WireMessage} from '../../../src/protocol/methods.js'

const info = {model: 'm', cwd: '/', branch: '', tools: {}, skills: {}, desktop_contract: 1, profile_name: 'default'}
const can = {continues: true, knowsPrompts: true}
const cannot = {continues: false, knowsPrompts: false}

function turn(shown = '', more: Partial<LostTurn> = {}): LostTurn {
  return {promptId: 'p1', text: 'hi', answer: {...emptyAnswer(), text: shown}, toolRan: false, deaths: 1, ...more}
}

function opened(more: Partial<SessionOpened>): SessionOpened {
  return {session_id: 'abcdef01', message_count: 0, messages: [], info, ...more}
}

const interrupted = (assistant: string, deaths = 1) => ({
  interrupted: {prompt_id: 'p1', user: 'hi', assistant, reasoning: '', tools: [], deaths},
})

const said = (text: string): WireMessage[] => [
  {role: 'user', text: 'hi', prompt_id: 'p1'},
  {role: 'assistant', text},
]

describe('a turn of an editor whose gateway died', () => {
  it('goes on, with what was stored and not shown', () => {
    expect(recovered(turn('one '), opened(interrupted('one two')), can)).to.deep.equal({kind: 'continue', show: 'two'})
  })

  it('is followed where it runs already', () => {
    const inflight = {user: 'hi', assistant: 'one two', streaming: true, prompt_id: 'p1'}
    expect(recovered(turn('one '), opened({running: true, inflight}), can)).to.deep.equal({kind: 'runs', show: 'two'})
  })

  it('is over where its reply is stored whole', () => {
    const next = recovered(turn('one '), opened({messages: said('one two')}), can)
    expect(next).to.include({kind: 'over', show: 'two', failed: false})
  })

  it('tells why a stored reply is not whole', () => {
    const ended = {prompt_id: 'p1', stop_reason: 'length' as const, warning: 'too long'}
    const next = recovered(turn('one'), opened({ended, messages: said('one')}), can)
    expect(next).to.include({kind: 'over', stopReason: 'length', warning: 'too long'})
  })

  it('is sent again where the gateway never knew of it', () => {
    expect(recovered(turn(), opened({}), can)).to.deep.equal({kind: 'submit', show: '', stored: false})
  })

  it('is sent again where nothing of it is stored and nothing was done, never after a tool', () => {
    const unanswered = opened({messages: said('').slice(0, 1)})
    expect(recovered(turn('one'), unanswered, cannot)).to.deep.equal({kind: 'submit', show: '', stored: true})
    expect(recovered(turn('one', {toolRan: true}), unanswered, cannot)).to.include({kind: 'lost'})
  })

  it('is not tried again when it has killed two gateways', () => {
    expect(recovered(turn('one', {deaths: 2}), opened(interrupted('one')), can)).to.include({kind: 'lost'})
    expect(recovered(turn('one'), opened(interrupted('one', 2)), can)).to.include({kind: 'lost'})
  })
})
