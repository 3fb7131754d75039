import {expect} from 'chai'
import fc from 'fast-check'
import {visible, visibleLine} from '../../../src/tui/text/visible.js'
import {hiddenCharacters, hostileText} from '../../helpers/hidden-text.js'
import {runs} from '../../helpers/sample.js'
import {decodeVisible} from '../../helpers/visible-text.js'

const shown = (text: string) =>
  visible(text)
    .parts.map((part) => part.text)
    .join('')

/** What a terminal obeys or leaves out. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u2800]/u

describe('visible', () => {
  it('shows each hidden character where it stands, and names it', () => {
    for (const character of hiddenCharacters) {
      const {found} = visible(`ls ${character}x`)
      const text = shown(`ls ${character}x`)
      expect(text.replaceAll('\n', ''), JSON.stringify(character)).not.to.match(unseen)
      expect(decodeVisible(text)).to.equal(`ls ${character}x`)
      if (character !== '\t') expect(found, JSON.stringify(character)).to.have.length(1)
      expect(visibleLine(`ls ${character}x`)).not.to.match(unseen)
    }
  })

  it('lets no two texts look the same', () => {
    let tried = 0
    fc.assert(
      fc.property(hostileText, (text) => {
        tried++
        const made = shown(text)
        expect(made.replaceAll('\n', '').replace(/\ufe0f/g, '')).not.to.match(unseen)
        expect(decodeVisible(made)).to.equal(text)
      }),
      {numRuns: runs(3000, 600)},
    )
    fc.assert(
      fc.property(fc.string({unit: 'binary', maxLength: 40}), (text) => {
        tried++
        expect(decodeVisible(shown(text))).to.equal(text)
      }),
      {numRuns: runs(3000, 600)},
    )
    console.log(`      ${tried} texts`)
  })

  it('leaves alone what people write', () => {
    for (const text of [
      'git commit -m "Größe: 3 ½ €, 日本語, привет, שלום"',
      'echo ❤️ 1️⃣ 🇩🇪 👍🏽',
      "printf '\\x1b[31m'",
      '',
    ]) {
      expect(visible(text)).to.deep.equal({
        parts: text === '' ? [{text: '', kind: 'text'}] : [{text, kind: 'text'}],
        found: [],
      })
    }
  })

  it('marks letters that only look Latin, and those beside them not', () => {
    expect(visible('curl раypal.com').found).to.deep.equal(['LOOK-ALIKE LETTER U+0440', 'LOOK-ALIKE LETTER U+0430'])
    expect(visible('echo привет world').found).to.deep.equal([])
  })

  it('marks blanks at the end of a line, and counts those that push something away', () => {
    expect(shown('a \\ \nb')).to.equal('a \\·\nb')
    expect(shown(`ls${' '.repeat(300)}; rm x`)).to.equal('ls⟦300 spaces⟧; rm x')
    expect(visible('a\r\nb', {crlf: true}).found).to.deep.equal([])
    expect(visible('a\r\nb').found).to.deep.equal(['CARRIAGE RETURN'])
  })

  it('takes 100 000 characters of one word in time that grows with its length only', () => {
    expect(visible('о'.repeat(100_000)).found).to.deep.equal([])
  })
})
