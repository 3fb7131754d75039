import {expect} from 'chai'
import fc from 'fast-check'
import {headOf, withoutEnd} from '../../../src/tui/text/brief.js'
import {tellTried} from '../../helpers/tried.js'

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
