import {expect} from 'chai'
import fc from 'fast-check'
import {LiveRows} from '../../../src/tui/terminal/live-rows.js'
import {runs} from '../../helpers/sample.js'

describe('LiveRows', () => {
  it('has one sign for a row as long as it is drawn, another for another row, and knows the rows of older frames', () => {
    const row = fc.oneof(fc.constantFrom('', ' ', '> ', '\x1b[2mstatus\x1b[22m'), fc.string({maxLength: 6}))
    fc.assert(
      fc.property(fc.array(fc.array(row, {maxLength: 60}), {minLength: 1, maxLength: 400}), (frames) => {
        const live = new LiveRows()
        const drawn: {rows: string[]; signs: string[]}[] = []
        for (const rows of frames) {
          const signs = live.frame(rows)
          const before = drawn.at(-1)
          drawn.push({rows, signs})
          for (const [index, sign] of signs.entries()) {
            expect(sign).to.have.length(1)
            for (const [other, text] of (before?.rows ?? []).entries())
              expect(before?.signs[other] === sign).to.equal(text === rows[index])
          }
          for (const old of drawn.slice(-64)) expect(old.signs.map((sign) => live.rowOf(sign))).to.deep.equal(old.rows)
        }
      }),
      {numRuns: runs(100, 20)},
    )
  })

  it('uses signs again without taking that of a row that stays', () => {
    const live = new LiveRows()
    const [stays] = live.frame(['stays'])
    for (let frame = 0; frame < 4000; frame++) {
      const rows = ['stays', ...Array.from({length: 5}, (_, row) => `row ${row} of frame ${frame}`)]
      const signs = live.frame(rows)
      expect(signs[0]).to.equal(stays)
      expect(new Set(signs).size).to.equal(rows.length)
      expect(signs.map((sign) => live.rowOf(sign))).to.deep.equal(rows)
    }
  })
})
