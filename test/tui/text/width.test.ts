import {expect} from 'chai'
import fc from 'fast-check'
import stringWidth from 'string-width'
import {graphemes, graphemeWidth, textWidth} from '../../../src/tui/text/width.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

describe('widths', () => {
  const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'})
  const pieces = (text: string) => Array.from(segmenter.segment(text), ({segment}) => segment)

  it('are those of the library, for each code unit and beside others', () => {
    let tried = 0
    const stride = runs(1, 31)
    const first = Math.floor(Math.random() * stride)
    for (let code = 0x20; code < 0x10000; code++) {
      const character = String.fromCharCode(code)
      if (/[\x7f-\x9f\ud800-\udfff]/.test(character)) continue
      if (graphemeWidth(character) !== stringWidth(character))
        expect.fail(`U+${code.toString(16)}: ${graphemeWidth(character)} columns`)
      // Beside others some, other ones each time: all of them take 10 s.
      if (code % stride !== first) continue
      for (const text of [
        `a${character}`,
        `日${character}b`,
        `${character}\ufe0f`,
        `${character}\u0301`,
        `${character}‍👧`,
      ]) {
        tried++
        if (textWidth(text) !== stringWidth(text)) expect.fail(`${JSON.stringify(text)}: ${textWidth(text)} columns`)
        if (graphemes(text).join('|') !== pieces(text).join('|')) expect.fail(JSON.stringify(text))
      }
    }
    tellTried(tried, 'code units beside others')
  })

  it('and characters are those of the library in any text', () => {
    const unit = fc.constantFrom(
      'a',
      ' ',
      '日',
      'я',
      'é',
      'e\u0301',
      '😀',
      '👩‍👩‍👧',
      '🇩🇪',
      '\u200b',
      '\u0600',
      'ᄀ',
      '한',
      '️',
      '‍',
      '─',
    )
    const numRuns = 500
    fc.assert(
      fc.property(fc.string({unit, maxLength: 40}), (text) => {
        expect(graphemes(text)).to.deep.equal(pieces(text))
        expect(textWidth(text)).to.equal(stringWidth(text))
      }),
      {numRuns},
    )
    tellTried(numRuns, 'texts of all scripts')
  })
})
