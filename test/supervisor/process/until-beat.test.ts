import {expect} from 'chai'
import fc from 'fast-check'
import {untilBeat} from '../../../src/supervisor/process/heartbeat.js'

describe('beats that come together with other timers', () => {
  it('are at a multiple of the interval after two at most, never much sooner than an interval, nor late', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1000, max: 60_000}),
        fc.double({min: 0, max: 1e7, noNaN: true}),
        (interval, start) => {
          let now = start
          for (let beat = 0; beat < 4; beat++) {
            const wait = untilBeat(interval, now)
            expect(wait)
              .to.be.at.least(0.95 * interval)
              .and.below(1.5 * interval)
            now += wait
          }
          const at = now / interval
          expect(Math.abs(at - Math.round(at))).to.be.below(1e-6)
        },
      ),
    )
    expect(untilBeat(5, 12.3), 'a short interval is left alone').to.equal(5)
  })
})
