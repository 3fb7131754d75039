import {expect} from 'chai'
import fc from 'fast-check'
import type {GatewayEvent} from '../../../src/protocol/events.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import {type ChatAction, type ChatState, initialState, isWriting} from '../../../src/tui/state/state.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

const view = {
  phase: 'live',
  recovering: false,
  attempt: 0,
  limit: 3,
  generation: 1,
  pid: 1,
  session: {liveId: 's', key: 'k'},
  capabilities: new Set<string>(),
  lastExit: undefined,
  problem: undefined,
} as const

const start = initialState({view, showReasoning: true, cwd: '/'})
const event = (type: string, payload: object): ChatAction => {
  return {type: 'event', event: {type, sessionId: undefined, payload} as unknown as GatewayEvent, now: 0}
}
const text = (text: string): ChatAction => ({type: 'deltas', reasoning: '', text, now: 0})
const command = (text: string): ChatAction => ({type: 'aside', items: [{kind: 'command', text}]})

describe('what commands say', () => {
  const parts = fc.constantFrom(
    'word ',
    'end.\n\n',
    '- a\n',
    '- b\n\n',
    '```ts\nlet a = 1\n',
    '```\n\n',
    '# Head\n',
    '| a |\n|---|\n',
  )
  const step = fc.oneof(
    {weight: 6, arbitrary: parts.map(text)},
    {weight: 3, arbitrary: fc.nat(1000).map((n) => command(`/c${n}`))},
    {weight: 1, arbitrary: fc.constant<ChatAction>({type: 'deltas', reasoning: 'why', text: '', now: 0})},
    {weight: 1, arbitrary: fc.nat(9).map((id) => event('tool.start', {tool_id: `t${id}`, name: 'terminal'}))},
    {weight: 1, arbitrary: fc.nat(9).map((id) => event('tool.complete', {tool_id: `t${id}`, name: 'terminal'}))},
    {weight: 1, arbitrary: fc.constant(event('message.complete', {status: 'complete', text: ''}))},
  )

  it('never stands in the middle of a reply, in order, and none of it is lost', () => {
    let tried = 0
    fc.assert(
      fc.property(fc.array(step, {minLength: 1, maxLength: 40}), (steps) => {
        let state: ChatState = start
        const typed: string[] = []
        for (const action of steps) {
          tried++
          if (action.type === 'aside')
            typed.push(...action.items.flatMap((item) => ('text' in item ? [item.text] : [])))
          state = reduce(state, action)
          if (!isWriting(state)) expect(state.later).to.deep.equal([])
        }
        state = reduce(state, event('message.complete', {status: 'complete', text: ''}))
        expect(state.items.flatMap((item) => (item.kind === 'command' ? [item.text] : []))).to.deep.equal(typed)
        for (const [index, item] of state.items.entries()) {
          if (item.kind === 'assistant' && !item.first) expect(state.items[index - 1]?.kind).not.to.equal('command')
        }
      }),
      {numRuns: runs(400, 80)},
    )
    tellTried(tried, 'steps')
  })

  it('is printed at once where no reply is written, and when the gateway dies', () => {
    expect(reduce(start, command('/a')).items.map(({kind}) => kind)).to.deep.equal(['command'])
    const waiting = reduce(reduce(start, event('message.start', {})), command('/a'))
    expect(waiting.items.map(({kind}) => kind)).to.deep.equal(['command'])
    const writing = [text('a word '), command('/a')].reduce(reduce, start)
    expect(writing.items).to.deep.equal([])
    const exit = {cause: 'x', summary: 'died', confidence: 'certain', expected: false} as never
    const dead = reduce(writing, {type: 'death', exit, recovers: true, now: 0})
    expect(dead.items.map(({kind}) => kind).indexOf('command')).to.be.above(0)
    expect(reduce(writing, {type: 'closing'}).items.map(({kind}) => kind)).to.deep.equal(['command'])
  })
})
