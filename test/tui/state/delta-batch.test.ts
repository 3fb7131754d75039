import {mock} from 'node:test'
import {expect} from 'chai'
import fc from 'fast-check'
import type {GatewayEvent} from '../../../src/protocol/events.js'
import {FRAME_MS} from '../../../src/tui/chat.js'
import {DeltaBatch, type Held} from '../../../src/tui/state/delta-batch.js'
import {Store} from '../../../src/tui/state/store.js'
import {freshChat} from '../../helpers/chat-state.js'
import {tellTried} from '../../helpers/tried.js'

const activity = (text: string): GatewayEvent => ({type: 'thinking.delta', sessionId: 's', payload: {text}})
const progress = (id: string, preview: string): GatewayEvent => {
  return {type: 'tool.progress', sessionId: 's', payload: {tool_id: id, name: 'terminal', preview}}
}

describe('DeltaBatch', () => {
  beforeEach(() => mock.timers.enable({apis: ['setTimeout']}))
  afterEach(() => mock.timers.reset())

  it('makes one change of many deltas', () => {
    const changes: Held[][] = []
    const batch = new DeltaBatch(5, (held) => changes.push(held))
    for (let index = 0; index < 1000; index++) batch.text(`${index} `)
    mock.timers.tick(4)
    expect(changes).to.deep.equal([])
    mock.timers.tick(1)
    const text = Array.from({length: 1000}, (_, index) => `${index} `).join('')
    expect(changes).to.deep.equal([[{type: 'deltas', reasoning: '', text}]])
  })

  it('keeps the order of reasoning, text and what passes by, of which the newest is told', () => {
    const changes: Held[][] = []
    const batch = new DeltaBatch(1000, (held) => changes.push(held))
    batch.reasoning('a')
    batch.text('b')
    batch.passing('activity', activity('one'))
    batch.reasoning('c')
    batch.passing('activity', activity('two'))
    batch.passing('progress x', progress('x', '1'))
    batch.text('d')
    batch.passing('progress x', progress('x', '2'))
    batch.flush()
    batch.flush()
    expect(changes).to.deep.equal([
      [
        {type: 'deltas', reasoning: 'a', text: 'b'},
        {type: 'deltas', reasoning: 'c', text: ''},
        {type: 'event', event: activity('two')},
        {type: 'deltas', reasoning: '', text: 'd'},
        {type: 'event', event: progress('x', '2')},
      ],
    ])
  })

  it('leads to at most 60 changes of the screen in a second, whatever streams, and lets each key through at once', () => {
    const source = fc.constantFrom('text', 'reasoning', 'alternating', 'activity', 'progress', 'all')
    const numRuns = 100
    fc.assert(
      fc.property(
        source,
        fc.integer({min: 1, max: 2000}),
        fc.array(fc.integer({min: 0, max: 999})),
        (kind, rate, keys) => {
          const store = new Store(freshChat())
          let frames = 0
          store.subscribe(() => frames++)
          const batch = new DeltaBatch(FRAME_MS, (held) => store.dispatch(...held.map((each) => ({...each, now: 0}))))
          let sent = 0
          let typed = 0
          for (let ms = 0; ms < 1000; ms++) {
            for (; sent < (rate * (ms + 1)) / 1000; sent++) {
              if (kind === 'text' || (kind === 'alternating' && sent % 2 === 0) || kind === 'all')
                batch.text(`w${sent} `)
              if (kind === 'reasoning' || (kind === 'alternating' && sent % 2 === 1) || kind === 'all')
                batch.reasoning('r ')
              if (kind === 'activity' || kind === 'all') batch.passing('activity', activity(`${sent}`))
              if (kind === 'progress' || kind === 'all')
                batch.passing(`p${sent % 3}`, progress(`t${sent % 3}`, `${sent}`))
            }
            for (const _ of keys.filter((at) => at === ms)) {
              const before = frames
              store.dispatch({type: 'edit', action: {type: 'insert', text: 'k'}})
              expect(frames, 'a key is drawn in the same step').to.equal(before + 1)
              typed++
            }
            mock.timers.tick(1)
          }
          batch.flush()
          expect(frames - typed, `${kind} at ${rate}`).to.be.at.most(60)
          expect(store.state.editor.text).to.have.length(typed)
        },
      ),
      {numRuns},
    )
    tellTried(numRuns, 'streams × rates × keys, a second each')
  })
})
