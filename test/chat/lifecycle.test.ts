import {expect} from 'chai'
import {createLifecycle} from '../../src/chat/lifecycle.js'
import type {LifecycleDetails, LifecycleEvent} from '../../src/lifecycle/events.js'

const signal: LifecycleDetails = {type: 'signal', signal: 'SIGTERM', generation: 1, pid: 7, sessionKey: undefined}

describe('chat lifecycle', () => {
  it('hands each event on, stamped, before it returns', () => {
    const seen: LifecycleEvent[] = []
    const lifecycle = createLifecycle({
      clock: {now: () => 5, monotonic: () => 6},
      instance: 'abcd0123',
      onEvent: (event) => seen.push(event),
    })
    lifecycle.record(signal)
    expect(seen).to.deep.equal([{...signal, time: 5, monotonic: 6, instance: 'abcd0123'}])
  })

  it('keeps the last 200 events, also when a listener throws', () => {
    const lifecycle = createLifecycle({
      onEvent: () => {
        throw new Error('disk full')
      },
    })
    for (let generation = 0; generation < 250; generation++) lifecycle.record({...signal, generation})
    const recent = lifecycle.recent()
    expect(recent).to.have.length(200)
    expect(recent[0]?.generation).to.equal(50)
    expect(recent.at(-1)?.generation).to.equal(249)
  })
})
