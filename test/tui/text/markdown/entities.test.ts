import {expect} from 'chai'
import fc from 'fast-check'
import {harmless, type Libraries, loadLibraries, plainReply} from '../../../helpers/drawn-chat.js'
import {tellTried} from '../../../helpers/tried.js'

describe('entities', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const drawn = (text: string) => plainReply(libraries, text).join('\n')

  it('are the characters that they stand for, by name and by number', () => {
    const known: Record<string, string> = {
      '&amp;': '&',
      '&lt;b&gt;': '<b>',
      '&quot;x&apos;': '"x\'',
      '&copy;': '©',
      '&Eacute;': 'É',
      '&mdash;': '—',
      '&rarr;': '→',
      '&#65;': 'A',
      '&#x41;': 'A',
      '&#X1f600;': '😀',
      '&#128512;': '😀',
      'a&nbsp;b': 'a b',
      'a&shy;b': 'ab',
    }
    for (const [written, shown] of Object.entries(known))
      expect(drawn(`- ${written}.`), written).to.equal(`• ${shown}.`)
    tellTried(Object.keys(known).length, 'entities')
  })

  it('stay as they were written where none knows them, and in code', () => {
    for (const text of ['&bogus;', '&amp', '&#;', '&#xZZ;', '&#12345678;', '& amp;', '&;', 'AT&T']) {
      expect(drawn(text), text).to.equal(text)
    }
    expect(drawn('`&amp;` and\n\n```\n&lt;\n```')).to.equal('&amp; and\n\n──\n&lt;')
  })

  it('are decoded once, wherever text stands', () => {
    expect(drawn('&amp;lt; &#38;lt;')).to.equal('&lt; &lt;')
    const text = [
      '# H &gt;',
      '> q &gt;',
      '[l &gt;](https://x.y/?a&amp;b)',
      '| t &gt; |\n|---|\n| &#124; |',
      '<b>&gt;</b>',
    ]
    expect(drawn(text.join('\n\n')).split(/\n+/)).to.deep.equal([
      'H >',
      '│ q >',
      'l > (https://x.y/?a&b)',
      't >',
      '───',
      '|',
      '>',
    ])
  })

  it('never drive the terminal, and hide nothing', () => {
    const code = fc.oneof(
      fc.integer({min: 0, max: 0xa0}),
      fc.constantFrom(0x200b, 0x202e, 0x2066, 0xfeff, 0xe0041, 0xd800, 0x110000),
    )
    const entity = fc
      .tuple(code, fc.boolean())
      .map(([number, hex]) => (hex ? `&#x${number.toString(16)};` : `&#${number};`))
    const around = fc.constantFrom(
      (text: string) => text,
      (text: string) => `**${text}**`,
      (text: string) => `[${text}](https://x.y/${text})`,
      (text: string) => `![${text}](${text})`,
      (text: string) => `| a |\n|---|\n| ${text} |`,
      (text: string) => `<details><summary>${text}</summary>\n<a href="${text}">x</a></details>`,
      (text: string) => `[^1]: ${text}`,
      (text: string) => `[x]: ${text}`,
    )
    const numRuns = 300
    fc.assert(
      fc.property(fc.array(entity, {minLength: 1, maxLength: 4}), around, (entities, put) => {
        const rows = plainReply(libraries, `${put(`a${entities.join('[31m')}b`)}\n`)
        harmless(rows)
        expect(rows.join('\n')).to.not.match(/[\u200b\u202e\u2066\ufeff\u{e0041}]/u)
      }),
      {numRuns},
    )
    tellTried(numRuns, 'entities in their places')
  })
})
