import {expect} from 'chai'
import {Clock} from '../../../src/tui/terminal/clock.js'

describe('Clock', () => {
  it('ticks while it is needed, ends by itself, and goes on when it is needed again', async () => {
    let needed = false
    let ticks = 0
    const clock = new Clock({
      everyMs: 1,
      isNeeded: () => needed,
      tick() {
        if (++ticks % 3 === 0) needed = false
      },
    })
    clock.look()
    expect(clock.runs).to.equal(false)
    for (const wanted of [3, 6]) {
      needed = true
      clock.look()
      clock.look()
      while (clock.runs) await new Promise(setImmediate)
      expect(ticks).to.equal(wanted)
    }
  })
})
