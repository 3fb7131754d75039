import {performance} from 'node:perf_hooks'
import {expect} from 'chai'
import {paced, pause} from '../../../../src/gateway/models/offline/pace.js'

describe('pace', () => {
  it('never lets an item through before it is due, and catches up after a busy spell', async () => {
    const start = performance.now()
    let count = 0
    let stalled = false
    let largest = 0
    for await (const due of paced(60, 200, new AbortController().signal)) {
      count += due
      largest = Math.max(largest, due)
      expect(count).to.be.at.most(Math.floor((performance.now() - start) / 5) + 1)
      if (!stalled && count > 5) {
        stalled = true
        const until = performance.now() + 60
        while (performance.now() < until);
      }
    }
    expect(count).to.equal(60)
    expect(largest, 'items due during the stall came together').to.be.at.least(10)
  })

  it('throws the reason at once when it is aborted', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const reading = (async () => {
      for await (const _ of paced(1000, 0.01, stop.signal)) stop.abort(reason)
    })()
    expect(await reading.catch((error: unknown) => error)).to.equal(reason)
    expect(await pause(60_000, stop.signal).catch((error: unknown) => error)).to.equal(reason)
  })

  it('lets other work run however fast it is', async () => {
    let ran = false
    setTimeout(() => {
      ran = true
    }, 0)
    for await (const _ of paced(50_000, 1_000_000, new AbortController().signal));
    expect(ran).to.equal(true)
  })
})
