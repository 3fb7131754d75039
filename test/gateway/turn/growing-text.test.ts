import {expect} from 'chai'
import fc from 'fast-check'
import {GrowingText} from '../../../src/gateway/turn/growing-text.js'

describe('a text that grows', () => {
  it('is what was added to it, from any place on, however it was read meanwhile', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.integer({min: 1, max: 40_000}).map((length) => 'x'.repeat(length)),
    )
    fc.assert(
      fc.property(fc.string(), fc.array(fc.tuple(piece, fc.boolean(), fc.nat()), {maxLength: 12}), (first, added) => {
        const text = new GrowingText(first)
        let expected = first
        for (const [more, read, from] of added) {
          text.add(more)
          expected += more
          expect(text.length).to.equal(expected.length)
          if (read)
            expect(text.from(from % (expected.length + 1))).to.equal(expected.slice(from % (expected.length + 1)))
        }
        expect(text.from(0)).to.equal(expected)
      }),
    )
  })
})
