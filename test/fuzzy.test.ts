import {expect} from 'chai'
import fc from 'fast-check'
import {fuzzyRank, fuzzyScore} from '../src/fuzzy.js'

const words = fc.string({unit: fc.constantFrom('a', 'b', 'A', 'B', '/', '-', '.', 'é', '日', '😀', 'İ'), maxLength: 12})

/** What it means, said simply. */
function isWithin(query: string, text: string): boolean {
  let at = -1
  return query.split('').every((unit) => {
    at = text.indexOf(unit, at + 1)
    return at !== -1
  })
}

describe('fuzzy matching', () => {
  it('finds what has the letters in their order, and nothing else', () => {
    fc.assert(
      fc.property(words, words, (query, text) => {
        const fits = isWithin(query.toLowerCase(), text.toLowerCase())
        expect(fuzzyScore(query, text) !== undefined).to.equal(fits)
      }),
    )
  })

  it('finds less with each letter more, and each text by itself before all others', () => {
    fc.assert(
      fc.property(words, fc.array(words, {minLength: 1, maxLength: 8}), fc.nat(), (query, texts, pick) => {
        const named = texts.filter((text) => text !== '')
        const of = (wanted: string) => fuzzyRank(wanted, named, (text) => [text])
        const narrower = of(`${query}a`)
        if (query !== '') expect(of(query)).to.include.members(narrower)
        const one = named[pick % Math.max(1, named.length)]
        if (one !== undefined) expect(of(one)[0]?.toLowerCase()).to.equal(one.toLowerCase())
      }),
    )
  })

  it('takes a beginning before the beginning of a word, that before a part, and that before lone letters', () => {
    const texts = ['amxoxd', 'commode', 'a-mode', 'model', 'mode']
    expect(fuzzyRank('mod', texts, (text) => [text])).to.deep.equal(['mode', 'model', 'a-mode', 'commode', 'amxoxd'])
    expect(fuzzyRank('tuch', ['touch', 'src/tui/chat.ts'], (text) => [text])[0]).to.equal('src/tui/chat.ts')
    expect(fuzzyRank('chat test', ['src/chat.ts', 'test/chat.test.ts'], (text) => [text])).to.deep.equal([
      'test/chat.test.ts',
    ])
  })

  it('leaves all in their order without a query', () => {
    fc.assert(
      fc.property(fc.array(words), (texts) => {
        expect(fuzzyRank(' ', texts, (text) => [text])).to.deep.equal(texts)
      }),
    )
  })
})
