import {expect} from 'chai'
import {type Libraries, loadLibraries, plainReply} from '../../../helpers/drawn-chat.js'

describe('references', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const drawn = (text: string) => plainReply(libraries, text)

  it('lead where a definition before them says, in any block', () => {
    const defined = '[x]: https://x.y "Title"\n[Two Words]: <https://z>\n\n'
    for (const [written, shown] of Object.entries({
      '[a][x]': 'a (https://x.y)',
      '[x]': 'x (https://x.y)',
      '[x][]': 'x (https://x.y)',
      '[X]': 'X (https://x.y)',
      '[two  words]': 'two  words (https://z)',
      '- [x]': '• x (https://x.y)',
      '> [x]': '│ x (https://x.y)',
      '# [x]': 'x (https://x.y)',
      '**[x]**': 'x (https://x.y)',
    })) {
      expect(drawn(`${defined}${written}`), written).to.deep.equal([shown])
      expect(drawn(`${defined}Between.\n\n${written}`).slice(2), `${written}, a block later`).to.deep.equal([shown])
    }
  })

  it('stay as they were written before their definition, which is shown where it comes', () => {
    expect(drawn('See [a][x] and [x].\n\nText.\n\n[x]: https://x.y\n\n[x]')).to.deep.equal([
      'See [a][x] and [x].',
      '',
      'Text.',
      '',
      '[x]: https://x.y',
      '',
      'x (https://x.y)',
    ])
  })

  it('are links where the definition stands in the same block, and it is not shown', () => {
    expect(drawn('> [a][x]\n>\n> [x]: https://x.y')).to.deep.equal(['│ a (https://x.y)'])
  })

  it('stay as they were written without a definition', () => {
    for (const text of ['[a][no]', '[no]', '[no][]', 'a[i][j]', '[x] done']) expect(drawn(text)).to.deep.equal([text])
  })

  it('hide nothing that a definition in another block hid', () => {
    for (const hidden of ['\u202e', '\u200b', '\x07', '\x1b[31m', '\u{e0041}']) {
      const rows = drawn(`[x]: https://x.y/a${hidden}b\n[l${hidden}]: https://l\n\nBetween.\n\n[x] [l${hidden}]`)
      expect(rows.join(''), JSON.stringify(hidden)).to.include('x (https://x.y/a').and.not.include(hidden)
      expect(rows.join(''), JSON.stringify(hidden)).to.include(' (https://l)')
    }
  })

  it('go by the first definition of a label', () => {
    expect(drawn('[x]: https://one\n\n[x]: https://two\n\n[x]')).to.deep.equal(['x (https://one)'])
  })
})

describe('links', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })

  it('show where they lead, once', () => {
    for (const [written, shown] of Object.entries({
      '[label](https://x.y "Title")': 'label (https://x.y)',
      '[https://x.y](https://x.y)': 'https://x.y',
      '<https://x.y>': 'https://x.y',
      'me@x.y': 'me@x.y',
      '[https://good](https://bad)': 'https://good (https://bad)',
      '[nowhere]()': 'nowhere',
      '![picture](a.png)': 'picture (a.png)',
      '[![p](a.png)](https://x.y)': 'p (a.png) (https://x.y)',
      '<a href="https://x.y">here</a>': 'here (https://x.y)',
    })) {
      expect(plainReply(libraries, written), written).to.deep.equal([shown])
    }
  })
})

describe('footnotes', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const drawn = (text: string) => plainReply(libraries, text)

  it('have their mark in the text and below it, with all that they say', () => {
    expect(
      drawn('A[^1] and b[^long-name].\n\n[^1]: First.\n[^long-name]: Second\n    goes on.\n\n    - a\n\nEnd'),
    ).to.deep.equal([
      'A[1] and b[long-name].',
      '',
      '[1] First.',
      '[long-name] Second goes on.',
      '',
      '    • a',
      '',
      'End',
    ])
  })

  it('are shown without a mark that leads to them, and a mark without a note', () => {
    expect(drawn('x[^2]')).to.deep.equal(['x[2]'])
    expect(drawn('[^3]: `code` **b**')).to.deep.equal(['[3] code b'])
    expect(drawn('`[^1]`')).to.deep.equal(['[^1]'])
  })
})
