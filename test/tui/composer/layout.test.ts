import {expect} from 'chai'
import fc from 'fast-check'
import stringWidth from 'string-width'
import {composerRows, composerWindow, moveByRow} from '../../../src/tui/composer/layout.js'

const draft = fc.string({unit: fc.constantFrom('a', ' ', '\n', '日', '😀', '👩‍👩‍👧', 'é', '\t', '\x07'), maxLength: 60})

describe('composerRows', () => {
  it('covers the text without gaps', () => {
    fc.assert(
      fc.property(draft, fc.integer({min: 4, max: 20}), (text, width) => {
        const rows = composerRows(text, width)
        const joined = rows.map(({start, end, lineEnd}) => text.slice(start, end) + (lineEnd ? '\n' : '')).join('')
        expect(joined).to.equal(`${text}\n`)
      }),
    )
  })
})

describe('composerWindow', () => {
  it('shows at most so many rows, none wider than the width, and the cursor in them', () => {
    fc.assert(
      fc.property(
        draft,
        fc.nat(60),
        fc.integer({min: 8, max: 20}),
        fc.integer({min: 1, max: 6}),
        (text, at, width, height) => {
          const window = composerWindow(text, Math.min(at, text.length), width, height)
          expect(window.rows.length).to.be.within(1, height)
          for (const row of window.rows) expect(stringWidth(row)).to.be.at.most(width)
          expect(window.cursor.row).to.be.within(0, window.rows.length - 1)
          expect(window.cursor.column).to.be.within(0, width)
        },
      ),
    )
  })

  it('gives the cursor a row of its own after a full one', () => {
    expect(composerWindow('abcd', 4, 4, 5)).to.deep.include({rows: ['abcd', ''], cursor: {row: 1, column: 0}})
  })

  it('says how much is not shown', () => {
    const text = Array.from({length: 200}, (_, index) => `line ${index}`).join('\n')
    expect(composerWindow(text, text.length, 40, 5)).to.deep.include({above: 195, below: 0})
  })

  it('shows control characters that were pasted', () => {
    expect(composerWindow('a\x07b\u202e', 0, 40, 1).rows).to.deep.equal(['a^Gb<U+202e>'])
  })
})

describe('moveByRow', () => {
  it('keeps the column and stops at the ends', () => {
    expect(moveByRow('abc\ndef', 5, 20, -1)).to.equal(1)
    expect(moveByRow('abc\ndef', 1, 20, 1)).to.equal(5)
    expect(moveByRow('abc\nd', 3, 20, 1)).to.equal(5)
    expect(moveByRow('abc\ndef', 5, 20, 1)).to.equal(undefined)
    expect(moveByRow('abc', 1, 20, -1)).to.equal(undefined)
  })

  it('moves in a soft-wrapped line by rows of the screen', () => {
    expect(moveByRow('abcdefgh', 1, 4, 1)).to.equal(5)
    expect(moveByRow('abcdefgh', 5, 4, -1)).to.equal(1)
  })

  it('always gets to another row', () => {
    fc.assert(
      fc.property(draft, fc.integer({min: 8, max: 20}), (text, width) => {
        let at: number | undefined = text.length
        let steps = 0
        while (at !== undefined && steps++ < 200) at = moveByRow(text, at, width, -1)
        expect(steps).to.be.below(200)
      }),
    )
  })
})
