import {expect} from 'chai'
import fc from 'fast-check'
import stringWidth from 'string-width'
import {graphemes, stripSgr, truncate, wrapSpans, wrapText} from '../../../src/tui/text/wrap.js'

const words = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', ' ', '日', '😀', 'é', '👩‍👩‍👧', '\n', '🇩🇪'),
  maxLength: 80,
})

describe('wrapText', () => {
  it('never makes a row wider than the width', () => {
    fc.assert(
      fc.property(words, fc.integer({min: 4, max: 40}), fc.boolean(), (text, width, hard) => {
        for (const row of wrapText(text, width, {hard})) expect(stringWidth(row)).to.be.at.most(width)
      }),
    )
  })

  it('keeps every character that is not blank, in order', () => {
    fc.assert(
      fc.property(words, fc.integer({min: 4, max: 40}), (text, width) => {
        expect(wrapText(text, width).join('').replace(/\s/g, '')).to.equal(text.replace(/\s/g, ''))
      }),
    )
  })

  it('breaks between words, and inside one only when it is longer than a row', () => {
    expect(wrapText('one two three', 8)).to.deep.equal(['one two ', 'three'])
    expect(wrapText('abcdefghij kl', 4)).to.deep.equal(['abcd', 'efgh', 'ij ', 'kl'])
  })

  it('counts wide characters as two columns', () => {
    expect(wrapText('日本語テスト', 6)).to.deep.equal(['日本語', 'テスト'])
  })

  it('puts a prefix before the first row and another before the rest', () => {
    expect(wrapText('one two', 6, {first: '> ', rest: '  '})).to.deep.equal(['> one ', '  two'])
  })
})

describe('wrapSpans', () => {
  it('closes a style at the end of a row and opens it again on the next', () => {
    const paint = (text: string) => `\x1b[1m${text}\x1b[22m`
    const rows = wrapSpans([{text: 'plain '}, {text: 'bold words', paint}], 10)
    expect(rows.map(stripSgr)).to.deep.equal(['plain bold', 'words'])
    for (const row of rows) expect(row.split('\x1b[1m').length).to.equal(row.split('\x1b[22m').length)
  })
})

describe('truncate', () => {
  it('fits the width and cuts between graphemes', () => {
    fc.assert(
      fc.property(words, fc.integer({min: 0, max: 20}), (text, width) => {
        const line = text.replaceAll('\n', '')
        const cut = truncate(line, width)
        expect(stringWidth(cut)).to.be.at.most(width)
        for (const grapheme of graphemes(cut.replace(/…$/, ''))) expect(line).to.include(grapheme)
      }),
    )
  })
})
