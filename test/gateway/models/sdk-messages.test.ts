import {expect} from 'chai'
import fc from 'fast-check'
import {mayReason, toSdkMessages, unknownOutcome} from '../../../src/gateway/models/sdk-messages.js'
import type {ModelMessage} from '../../../src/gateway/models/types.js'
import {runs} from '../../helpers/sample.js'

const reader = {kind: 'openai-compatible', id: 'test/m'} as const

describe('conversation for the AI SDK', () => {
  it('fills in results that are missing and leaves out those that belong to no call', () => {
    const messages: ModelMessage[] = [
      {role: 'tool', toolCallId: 'lost', name: 'x', result: 1},
      {role: 'user', text: 'go'},
      {
        role: 'assistant',
        text: '',
        toolCalls: [
          {id: 'a', name: 'one', args: {n: 1}},
          {id: 'b', name: 'two', args: 'no json'},
        ],
      },
      {role: 'tool', toolCallId: 'b', name: 'two', result: {ok: true}},
      {role: 'user', text: 'next'},
    ]
    expect(toSdkMessages(messages, reader)).to.deep.equal([
      {role: 'user', content: 'go'},
      {
        role: 'assistant',
        content: [
          {type: 'tool-call', toolCallId: 'a', toolName: 'one', input: {n: 1}},
          {type: 'tool-call', toolCallId: 'b', toolName: 'two', input: {unparsed_arguments: 'no json'}},
        ],
      },
      {
        role: 'tool',
        content: [
          {type: 'tool-result', toolCallId: 'a', toolName: 'one', output: {type: 'error-text', value: unknownOutcome}},
          {type: 'tool-result', toolCallId: 'b', toolName: 'two', output: {type: 'json', value: {ok: true}}},
        ],
      },
      {role: 'user', content: 'next'},
    ])
  })

  it('takes what is said to a turn at work for no beginning of a turn', () => {
    const anthropic = {kind: 'anthropic', id: 'anthropic/m'} as const
    const signed = {origin: 'anthropic/m', parts: [], reasons: true}
    const step = (index: number, isSigned: boolean): ModelMessage[] => [
      {
        role: 'assistant',
        text: '',
        reasoning: `thought ${index}`,
        toolCalls: [{id: `c${index}`, name: 'x', args: {}}],
        ...(isSigned ? {signed} : {}),
      },
      {role: 'tool', toolCallId: `c${index}`, name: 'x', result: {}},
    ]
    const turns = fc.array(fc.tuple(fc.boolean(), fc.boolean()), {minLength: 1, maxLength: 5})
    fc.assert(
      fc.property(turns, (steps) => {
        const before: ModelMessage[] = [{role: 'user', text: 'go'}]
        const told = steps.flatMap(([isSigned, steers], index): ModelMessage[] => [
          ...step(index, isSigned),
          ...(steers ? [{role: 'user' as const, text: `steer ${index}`}] : []),
        ])
        const alone = told.filter(({role}) => role !== 'user')
        expect(mayReason([...before, ...told], anthropic)).to.equal(mayReason([...before, ...alone], anthropic))
        const sent = toSdkMessages([...before, ...told], reader).filter(({role}) => role !== 'user')
        expect(sent).to.deep.equal(toSdkMessages([...before, ...alone], reader).slice(1))
      }),
    )
  })

  it('gives every call exactly one result, right after it, whatever was interrupted', () => {
    const message = fc.oneof(
      fc.record({role: fc.constant('user' as const), text: fc.string()}),
      fc.record({
        role: fc.constant('assistant' as const),
        text: fc.string(),
        toolCalls: fc.uniqueArray(
          fc.record({id: fc.constantFrom('a', 'b', 'c'), name: fc.constant('t'), args: fc.jsonValue()}),
          {selector: ({id}) => id, maxLength: 3},
        ),
      }),
      fc.record({
        role: fc.constant('tool' as const),
        toolCallId: fc.constantFrom('a', 'b', 'c', 'd'),
        name: fc.constant('t'),
        result: fc.oneof(fc.jsonValue(), fc.constant(undefined)),
      }),
    )
    fc.assert(
      fc.property(fc.array(message, {maxLength: 12}), (messages) => {
        const converted = toSdkMessages(messages, reader)
        for (const [index, one] of converted.entries()) {
          expect(one.content).not.to.have.length(0)
          const calls = one.role === 'assistant' ? idsOf(one.content, 'tool-call') : []
          const next = converted[index + 1]
          const results = next?.role === 'tool' ? idsOf(next.content, 'tool-result') : []
          if (one.role === 'assistant') expect(results).to.deep.equal(calls)
          if (one.role === 'tool') expect(converted[index - 1]?.role).to.equal('assistant')
        }
      }),
      {numRuns: runs(300, 60)},
    )
  })
})

function idsOf(content: unknown, type: string): string[] {
  const parts = content as {type: string; toolCallId?: string}[]
  return parts.filter((part) => part.type === type).map((part) => part.toolCallId ?? '')
}
