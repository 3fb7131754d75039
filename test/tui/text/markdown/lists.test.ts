import {expect} from 'chai'
import {type Libraries, loadLibraries, plainReply} from '../../../helpers/drawn-chat.js'

describe('lists and quotes', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const drawn = (text: string, columns = 80) => plainReply(libraries, text, {columns})

  it('show what is to do and what is done, in numbered lists too', () => {
    expect(drawn('- [ ] open\n- [x] done\n- [X] done\n  - [ ] inner\n- plain\n- [] no box')).to.deep.equal([
      '[ ] open',
      '[x] done',
      '[x] done',
      '    [ ] inner',
      '• plain',
      '• [] no box',
    ])
    expect(drawn('9. [ ] a\n10. [x] b\n    more')).to.deep.equal(['9. [ ] a', '10. [x] b more'])
  })

  it('hold lists, quotes, code and tables in one another', () => {
    expect(
      drawn(
        '1. a\n   - b\n     > quote\n     >\n     > ```sh\n     > ls\n     > ```\n\n     | x | y |\n     |---|---|\n     | 1 | 2 |\n2. c\n\n   para',
      ),
    ).to.deep.equal([
      '1. a',
      '   • b',
      '     │ quote',
      '     │',
      '     │ ── sh',
      '     │ ls',
      '',
      '     x │ y',
      '     ──┼──',
      '     1 │ 2',
      '',
      '2. c',
      '',
      '   para',
    ])
    expect(drawn('> - a\n>   1. b\n>\n> > inner\n> > more\n>\n> end')).to.deep.equal([
      '│ • a',
      '│   1. b',
      '│',
      '│ │ inner more',
      '│',
      '│ end',
    ])
  })

  it('keep their text below their mark when it wraps, and nothing beside it where there is no room', () => {
    expect(drawn('- words that wrap in here\n  1. and words that wrap', 20)).to.deep.equal([
      '• words that wrap in',
      '  here',
      '  1. and words that',
      '     wrap',
    ])
    const deep = Array.from({length: 8}, (_, level) => `${'  '.repeat(level)}- level${level}`).join('\n')
    const rows = drawn(deep, 20)
    for (let level = 0; level < 8; level++) expect(rows.join('\n')).to.include(`level${level}`)
  })

  it('number on from where they begin, over code between their items', () => {
    expect(drawn('3. a\n\n   ```\n   x\n   ```\n\n4. b')).to.deep.equal(['3. a', '', '   ──', '   x', '', '4. b'])
  })
})
