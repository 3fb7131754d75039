import {expect} from 'chai'
import {toInterruptedTurn, toWireMessages} from '../../../src/gateway/session/wire-messages.js'
import type {MessageRow, TurnRow} from '../../../src/gateway/store/types.js'
import {MAX_FRAME_BYTES} from '../../../src/protocol/frames.js'
import type {ToolState} from '../../../src/protocol/methods.js'

function row(members: Partial<MessageRow> & Pick<MessageRow, 'role'>): MessageRow {
  return {
    id: 1,
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

function tool(
  id: string,
  result: unknown,
  state: ToolState = result === undefined ? 'unknown' : 'complete',
): MessageRow {
  return row({role: 'tool', tool: {id, name: 'look', context: 'there', args: {}, state, result, durationS: 1}})
}

const turn: TurnRow = {
  id: 1,
  sessionKey: 'k',
  promptId: 'p1',
  prompt: 'do it',
  status: 'interrupted',
  error: null,
  deaths: 2,
  startedAt: 0,
  endedAt: 1,
}

describe('messages on the wire', () => {
  it('leave out what has nothing to show', () => {
    const rows = [row({role: 'user', text: 'hi'}), row({role: 'assistant'}), row({role: 'assistant', reasoning: 'hm'})]
    expect(toWireMessages(rows).map(({role, text}) => [role, text])).to.deep.equal([
      ['user', 'hi'],
      ['assistant', ''],
    ])
  })

  it('tell a known result of a tool from an unknown one', () => {
    expect(toWireMessages([tool('a', {ok: 1}), tool('b', null), tool('c', undefined)])).to.deep.equal([
      {role: 'tool', name: 'look', context: 'there', tool_id: 'a', result: {ok: 1}},
      {role: 'tool', name: 'look', context: 'there', tool_id: 'b', result: null},
      {role: 'tool', name: 'look', context: 'there', tool_id: 'c', status: 'unknown'},
    ])
  })

  it('show a huge result by its beginning', () => {
    const [message] = toWireMessages([tool('a', {output: 'x'.repeat(1_000_000)})])
    expect(message?.result).to.include({truncated: true, chars: 1_000_013})
    expect(JSON.stringify(message).length).to.be.below(5000)
  })

  it('fit into a frame that a client takes, the newest ones, and say how many are left out', () => {
    const rows = Array.from({length: 10}, (_, index) => row({role: 'user', text: `${index}${'漢'.repeat(1_500_000)}`}))
    const messages = toWireMessages(rows)
    expect(Buffer.byteLength(JSON.stringify(messages))).to.be.below(MAX_FRAME_BYTES)
    expect(messages[0]).to.deep.equal({
      role: 'system',
      text: '7 earlier messages are stored but too large to show here.',
    })
    expect(messages.slice(1).map(({text}) => text?.[0])).to.deep.equal(['7', '8', '9'])
  })

  it('tell what was in flight as it was shown', () => {
    const rows = [
      row({role: 'user', text: 'earlier', turnId: 0}),
      row({role: 'user', text: 'do it'}),
      row({role: 'assistant', text: 'Looking.', reasoning: 'hm'}),
      tool('a', {ok: 1}),
      tool('b', undefined),
      row({role: 'assistant', text: 'Fou', status: 'interrupted'}),
    ]
    expect(toInterruptedTurn(rows, turn)).to.deep.equal({
      prompt_id: 'p1',
      user: 'do it',
      assistant: 'Looking.\n\nFou',
      reasoning: 'hm',
      tools: [
        {tool_id: 'a', name: 'look', context: 'there', result: {ok: 1}, status: 'complete'},
        {tool_id: 'b', name: 'look', context: 'there', status: 'unknown'},
      ],
      deaths: 2,
    })
  })
})
