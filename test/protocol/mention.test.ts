import {expect} from 'chai'
import fc from 'fast-check'
import {begunMention, mentionOf, mentionsIn} from '../../src/protocol/mention.js'
import {labelsIn} from '../../src/tui/composer/label.js'
import {hostileName} from '../helpers/hostile/hostile-names.js'
import {runs} from '../helpers/sample.js'
import {tellTried} from '../helpers/tried.js'

/** What a file system gives is well formed, or cannot be written down. */
const paths = hostileName.filter((name) => name.isWellFormed())

describe('mentions of paths', () => {
  it('mean one path each, whatever its name', () => {
    let tried = 0
    fc.assert(
      fc.property(
        paths,
        fc.constantFrom('', 'see ', '(', 'a\n'),
        fc.constantFrom('', ' ', ', and', '. Next', ': x', ')', '\n'),
        (name, before, after) => {
          tried++
          const text = `${before}${mentionOf(name)}${after}`
          const [found, ...others] = mentionsIn(text)
          expect(found, text).to.deep.include({path: name, start: before.length})
          expect(text.slice(found?.end)).to.equal(after)
          expect(others).to.deep.equal([])
        },
      ),
      {numRuns: runs(2000, 400)},
    )
    tellTried(tried, 'mentions')
  })

  it('show each character and stay on their line', () => {
    fc.assert(
      fc.property(paths, (name) => {
        expect(labelsIn(mentionOf(name))).to.deep.equal([])
        expect(mentionOf(name)).not.to.match(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
      }),
      {numRuns: runs(2000, 400)},
    )
  })

  it('are known while they are typed', () => {
    fc.assert(
      fc.property(paths, (name) => {
        const whole = mentionOf(name)
        const typed = whole.endsWith('"') ? whole.slice(0, -1) : whole
        expect(begunMention(`see ${typed}`)).to.deep.equal({path: name, start: 4})
      }),
    )
    expect(begunMention('mail me@example.com')).to.equal(undefined)
    expect(begunMention('@')).to.deep.equal({path: '', start: 0})
    expect(begunMention('@"my fi')).to.deep.equal({path: 'my fi', start: 0})
    expect(begunMention('@"done" ')).to.equal(undefined)
    expect(begunMention('@src then')).to.equal(undefined)
  })

  it('are plain where a name is plain', () => {
    expect(mentionOf('src/tui/chat.ts')).to.equal('@src/tui/chat.ts')
    expect(mentionOf('Größe/日本.md')).to.equal('@Größe/日本.md')
    expect(mentionOf('my notes.txt')).to.equal('@"my notes.txt"')
    expect(mentionOf('a\n\u202eb')).to.equal('@"a\\n\\u{202e}b"')
    expect(mentionsIn('read @src/a.ts, @"b c".').map(({path}) => path)).to.deep.equal(['src/a.ts', 'b c'])
  })
})
