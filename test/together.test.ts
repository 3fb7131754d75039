import {expect} from 'chai'
import fc from 'fast-check'
import {untilMultiple} from '../src/together.js'

describe('timers that fire together', () => {
  it('wait for the next multiple, never longer than they would', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 10_000}), fc.double({min: 0, max: 1e9, noNaN: true}), (ms, now) => {
        const wait = untilMultiple(ms, now)
        expect(wait).to.be.above(0).and.at.most(ms)
        const due = (now + wait) / ms
        expect(Math.abs(due - Math.round(due))).to.be.below(1e-6)
      }),
    )
  })
})
