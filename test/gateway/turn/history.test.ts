import {expect} from 'chai'
import fc from 'fast-check'
import type {MessageRow} from '../../../src/gateway/store/types.js'
import {joinContinued, outcomes, toModelMessages} from '../../../src/gateway/turn/history.js'
import type {ToolState} from '../../../src/protocol/methods.js'

let nextId = 1

function row(members: Partial<MessageRow> & Pick<MessageRow, 'role'>): MessageRow {
  return {
    id: nextId++,
    turnId: 1,
    promptId: 'p1',
    createdAt: 0,
    text: '',
    reasoning: '',
    status: 'complete',
    toolCalls: [],
    signed: null,
    attached: null,
    tool: null,
    ...members,
  }
}

function toolRow(
  id: string,
  result: unknown,
  state: ToolState = result === undefined ? 'unknown' : 'complete',
): MessageRow {
  const tool = {id, name: 'look', context: '', args: {}, state, result, durationS: null}
  return row({role: 'tool', tool, status: result === undefined ? 'interrupted' : 'complete'})
}

const user = (text: string, turnId = 1) => row({role: 'user', text, turnId})
const calls = (...ids: string[]) => row({role: 'assistant', toolCalls: ids.map((id) => ({id, name: 'look', args: {}}))})

describe('what a model is told of a session', () => {
  it('says of a reply that broke off that it did, before the next prompt', () => {
    const rows = [user('one'), row({role: 'assistant', text: 'half', status: 'interrupted'}), user('two', 2)]
    expect(toModelMessages(rows)).to.deep.equal([
      {role: 'user', text: 'one'},
      {role: 'assistant', text: 'half\n\n(This reply was interrupted here.)'},
      {role: 'user', text: 'two'},
    ])
    // At the end it stands as it is: the model is to go on with it.
    expect(toModelMessages(rows.slice(0, 2)).at(-1)).to.deep.equal({role: 'assistant', text: 'half'})
  })

  it('does not merge a prompt without a reply into the next one', () => {
    expect(toModelMessages([user('one'), user('two', 2)])).to.deep.equal([
      {role: 'user', text: 'one'},
      {role: 'assistant', text: '(No reply: this turn was interrupted.)'},
      {role: 'user', text: 'two'},
    ])
  })

  it('says of a tool without a result that its outcome is unknown, and of one that was not run that it was not', () => {
    const messages = toModelMessages([
      user('one'),
      calls('a', 'b', 'c'),
      toolRow('a', {ok: true}),
      toolRow('b', undefined),
    ])
    expect(messages.slice(2)).to.deep.equal([
      {role: 'tool', toolCallId: 'a', name: 'look', result: {ok: true}},
      {role: 'tool', toolCallId: 'b', name: 'look', result: outcomes.unknown},
      {role: 'tool', toolCallId: 'c', name: 'look', result: {error: 'not run: the turn ended before it'}},
    ])
  })

  it('joins the pieces of a reply that was continued', () => {
    const rows = [
      user('one'),
      row({role: 'assistant', text: 'half', reasoning: 'r1', status: 'interrupted'}),
      row({role: 'assistant', text: ' done', reasoning: 'r2'}),
    ]
    const joined = joinContinued(rows)
    expect(joined).to.have.length(2)
    expect(joined[1]).to.include({text: 'half done', reasoning: 'r1r2', status: 'complete'})
    expect(rows[1]?.text, 'what was given stays').to.equal('half')
  })

  it('is a conversation that every provider takes, whatever was stored', () => {
    const anyRow = fc.oneof(
      fc.constant('user' as const),
      fc.constant('assistant' as const),
      fc.constant('broken' as const),
      fc.constant('calls' as const),
      fc.constant('result' as const),
      fc.constant('lost' as const),
    )
    fc.assert(
      fc.property(fc.array(anyRow, {maxLength: 20}), (kinds) => {
        let turnId = 0
        let call = 0
        const rows = kinds.map((kind) => {
          if (kind === 'user') return user('prompt', ++turnId)
          if (kind === 'assistant') return row({role: 'assistant', text: 'reply', turnId})
          if (kind === 'broken') return row({role: 'assistant', text: 'half', status: 'interrupted', turnId})
          if (kind === 'calls') return {...calls(`c${++call}`), turnId}
          return {...toolRow(`c${call}`, kind === 'lost' ? undefined : {ok: 1}), turnId}
        })
        const messages = toModelMessages(rows)
        for (const [index, message] of messages.entries()) {
          const before = messages[index - 1]
          if (message.role === 'user') expect(before?.role).to.not.be.oneOf(['user', 'tool'])
          if (message.role !== 'assistant' || !message.toolCalls) continue
          const answers = messages.slice(index + 1, index + 1 + message.toolCalls.length)
          expect(answers.map((one) => (one.role === 'tool' ? one.toolCallId : one.role))).to.have.members(
            message.toolCalls.map(({id}) => id),
          )
        }
      }),
    )
  })
})
