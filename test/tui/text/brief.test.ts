import {expect} from 'chai'
import fc from 'fast-check'
import {briefJson, headOf, withoutEnd} from '../../../src/tui/text/brief.js'
import {tellTried} from '../../helpers/tried.js'
import {deep} from '../../helpers/wrong-values.js'

describe('briefJson', () => {
  it('is what JSON.stringify writes, where that is short', () => {
    const numRuns = 300
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void expect(briefJson(value, 100_000)).to.equal(JSON.stringify(value))),
      {numRuns},
    )
    tellTried(numRuns, 'JSON values')
  })

  it('is cut, of a value of any depth and size', () => {
    expect(briefJson(deep(500_000), 1000)).to.match(/^\[{50}…\]{50}$/)
    expect(briefJson(Array(1_000_000).fill(1), 100).length).to.be.below(120)
    expect(briefJson({a: 'x'.repeat(1_000_000)}, 100).length).to.be.below(120)
    expect(briefJson({['n'.repeat(1_000_000)]: 1}, 100).length).to.be.below(120)
  })
})

describe('headOf', () => {
  it('counts every line, shown or not', () => {
    const numRuns = 300
    fc.assert(
      fc.property(
        fc.array(fc.string({unit: fc.constantFrom('a', 'b', ' '), maxLength: 9}), {minLength: 1}),
        (lines) => {
          for (const characters of [1, 7, 1000]) {
            const head = headOf(lines.join('\n'), 3, characters)
            expect(head.lines.length + head.more).to.equal(lines.length)
          }
        },
      ),
      {numRuns},
    )
    tellTried(3 * numRuns, 'heads')
  })

  it('reads a run of blanks once', () => {
    expect(withoutEnd('a \r \r', ' \r')).to.equal('a')
    expect(withoutEnd(`${' '.repeat(1_000_000)}x`, ' ')).to.have.lengthOf(1_000_001)
    expect(withoutEnd('   ', ' ')).to.equal('')
  })
})
