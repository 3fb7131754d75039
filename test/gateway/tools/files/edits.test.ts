import {expect} from 'chai'
import fc from 'fast-check'
import {applyEdits, type Edit} from '../../../../src/gateway/tools/files/edits.js'
import {decode, type Encoding, encode} from '../../../../src/gateway/tools/files/encoding.js'
import {type View, viewOf, withLineEnds} from '../../../../src/gateway/tools/files/line-ends.js'
import {runs} from '../../../helpers/sample.js'

const problemOf = (text: string, edits: Edit[]) => {
  const edited = applyEdits(viewOf(text), edits)
  return 'problem' in edited ? edited.problem : undefined
}
const edit = (text: string, edits: Edit[]) => {
  const edited = applyEdits(viewOf(text), edits)
  if ('problem' in edited) throw new Error(edited.problem)
  return withLineEnds(edited)
}

describe('edits', () => {
  it('replace what occurs once, in order, each in what the one before left', () => {
    expect(edit('one two three', [{old: 'two', new: '2'}])).to.equal('one 2 three')
    expect(
      edit('a b', [
        {old: 'a', new: 'b c'},
        {old: 'c b', new: 'x'},
      ]),
    ).to.equal('b x')
    expect(edit('a $& b', [{old: '$&', new: '$1$$'}])).to.equal('a $1$$ b')
    expect(edit('aXbXc', [{old: 'X', new: '', all: true}])).to.equal('abc')
    expect(edit('aaa', [{old: 'aa', new: 'b', all: true}])).to.equal('ba')
  })

  it('say what is wrong, so that it can be put right', () => {
    const text = 'const a = 1\nconst b = 2\n\nfunction first() {\n\treturn a\n}\n\nfunction second() {\n\treturn a\n}\n'
    expect(problemOf(text, [{old: '', new: 'x'}])).to.match(/old is empty.*write_file/)
    expect(problemOf(text, [{old: 'a', new: 'a'}])).to.match(/old and new are the same/)
    expect(problemOf(text, [{old: '\treturn a\n', new: 'x'}])).to.match(/is in the file 2 times, in lines 5, 9\./)
    expect(problemOf(text, [{old: 'const', new: 'let'}])).to.match(/2 times, in lines 1, 2\. Add lines around it.*all/)
    expect(problemOf('aaa', [{old: 'aa', new: 'b'}])).to.match(/2 times, in line 1\./)
    expect(problemOf('x'.repeat(200_000), [{old: 'x', new: 'y', all: true}])).to.match(/more than 100000 places/)
    expect(problemOf('x\n'.repeat(5000), [{old: 'x', new: 'b'}])).to.match(/1000 times or more, .* 10 and others/)
    expect(problemOf(text, [{old: 'function first() {\n  return a\n}', new: ''}])).to.match(
      /white space alone:\n4: function first\(\) \{\n5: \treturn a\n6: \}$/,
    )
    expect(problemOf(text, [{old: 'const c = 2', new: ''}])).to.match(/closest lines are:\n2: const b = 2$/)
    expect(problemOf(text, [{old: 'quite another text', new: ''}])).to.match(/Nothing in it is like it: read the file/)
    expect(
      problemOf(text, [
        {old: 'const a', new: 'x'},
        {old: 'nowhere to be', new: ''},
      ]),
    ).to.match(/^edit 2 of 2: .*\nNone of the edits was made\.$/s)
    expect(
      problemOf('a b', [
        {old: 'a', new: 'c'},
        {old: 'c', new: 'a'},
      ]),
    ).to.match(/leave the file as it is/)
  })

  it('find the closest lines of any text soon', () => {
    const long = `${'let value = compute(some, thing)\n'.repeat(200_000)}`
    expect(problemOf(long, [{old: `${'let value = compute(some, other)\n'.repeat(300)}`, new: ''}])).to.match(/closest/)
    expect(problemOf('x'.repeat(5_000_000), [{old: 'y'.repeat(1_000_000), new: ''}])).to.match(/Nothing in it/)
    expect(problemOf('x'.repeat(1_000_000), [{old: 'x'.repeat(500_000), new: ''}])).to.match(/1000 times or more/)
  })

  describe('with line ends', () => {
    it('keep those of the file, and of each line where they differ', () => {
      expect(edit('a\r\nb\r\nc\r\n', [{old: 'a\nb', new: 'a\nx\nb'}])).to.equal('a\r\nx\r\nb\r\nc\r\n')
      expect(edit('a\r\nb\r\n', [{old: 'a\r\nb', new: 'a\r\nx\r\nb'}])).to.equal('a\r\nx\r\nb\r\n')
      expect(edit('a\nb\n', [{old: 'a\r\nb', new: 'a\r\nx'}])).to.equal('a\nx\n')
      expect(edit('a\nb\r\nc\nd', [{old: 'a\nb\nc', new: 'a\nB\nc'}])).to.equal('a\nB\r\nc\nd')
      expect(edit('a\nb\r\nc\nd', [{old: 'b', new: 'b\nB'}])).to.equal('a\nb\r\nB\r\nc\nd')
      expect(edit('a\nb\r\nc', [{old: 'c', new: 'c\nC'}])).to.equal('a\nb\r\nc\r\nC')
      expect(edit('a', [{old: 'a', new: 'b\r\nc'}])).to.equal('b\r\nc')
      expect(edit('a\r\r\nb\n', [{old: 'a\r\nb', new: 'a\r\nc'}])).to.equal('a\r\r\nc\n')
      expect(problemOf('a\nb', [{old: 'a\nb', new: 'a\r\nb'}])).to.match(/line ends alone/)
    })

    it('see any text and give it back', () => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom('a', '\r', '\n', '\r\n', '😀')), (parts) => {
          const raw = parts.join('')
          const view = viewOf(raw)
          expect(withLineEnds(view)).to.equal(raw)
          expect(view.text).to.equal(raw.replaceAll('\r\n', '\n'))
        }),
        {numRuns: runs(2000, 400)},
      )
    })
  })

  it('change what they say and no other byte, in any encoding, with any line ends', () => {
    const encodings: Record<Encoding, string[]> = {
      'utf-8': ['ä', '€', '😀', '\u200b', '\ufeff', 'e\u0301'],
      'utf-16le': ['ä', '€', '😀', '\ud800', '\udc00'],
      'utf-16be': ['ä', '€', '😀', '中'],
      'windows-1252': ['ä', '€', 'ÿ', '\u0081'],
    }
    const plan = fc.constantFrom<Encoding>('utf-8', 'utf-16le', 'utf-16be', 'windows-1252').chain((encoding) => {
      const letter = fc.constantFrom('a', 'b', 'c', 'a', 'b', ' ', '\t', '\\', '$', ...encodings[encoding])
      const end = fc.constantFrom<string[]>(['\n'], ['\r\n'], ['\n', '\r\n'], ['\n', '\r\n', '\r', '\r\r\n'])
      const raw = end.chain((ends) =>
        fc.array(fc.oneof({weight: 3, arbitrary: letter}, {weight: 1, arbitrary: fc.constantFrom(...ends)}), {
          maxLength: 40,
        }),
      )
      const piece = fc.array(fc.oneof(letter, letter, fc.constant('\n')), {maxLength: 6}).map((parts) => parts.join(''))
      const cut = fc.record({from: fc.nat(1000), length: fc.integer({min: 1, max: 12}), new: piece, all: fc.boolean()})
      return fc.record({
        encoding: fc.constant(encoding),
        mark:
          encoding === 'windows-1252' ? fc.constant(false) : encoding === 'utf-8' ? fc.boolean() : fc.constant(true),
        raw: raw.map((parts) => parts.join('')),
        cuts: fc.array(cut, {minLength: 1, maxLength: 4}),
      })
    })
    let tried = 0
    let edited = 0
    fc.assert(
      fc.property(plan, ({encoding, mark, raw, cuts}) => {
        tried++
        // What the bytes are read as need not be what they were made as: ASCII is UTF-8.
        const written = encode({text: raw, encoding, mark})
        fc.pre(Buffer.isBuffer(written))
        const decoded = decode(written as Buffer)
        fc.pre(decoded !== undefined)
        if (!decoded) return
        let view: View = viewOf(decoded.text)
        for (const cut of cuts) {
          const {text} = view
          const at = text.length === 0 ? 0 : cut.from % text.length
          const old = text.slice(at, at + cut.length)
          const count = old === '' ? 0 : text.split(old).length - 1
          const next = applyEdits(view, [{old, new: cut.new, all: cut.all}])
          if ('problem' in next) continue
          expect(cut.all || count === 1).to.equal(true)
          edited++
          // The text that the model sees is as it was told.
          const expected = cut.all
            ? text.replaceAll(old, () => cut.new)
            : `${text.slice(0, at)}${cut.new}${text.slice(at + old.length)}`
          const result = withLineEnds(next)
          expect(next.text).to.equal(expected)
          // What lies before the first place and behind the last one is as it was, byte for byte.
          const before = withLineEnds(view)
          const bytes = encode({...decoded, text: before}) as Buffer
          const after = encode({...decoded, text: result})
          if (!Buffer.isBuffer(after)) continue
          const first = text.indexOf(old)
          const last = text.lastIndexOf(old) + old.length
          const head = rawLength(view, first)
          const tail = before.length - rawLength(view, cut.all ? last : at + old.length)
          const bytesOf = (part: string) => encode({...decoded, mark: false, text: part})
          const headBytes = bytesOf(before.slice(0, head))
          const tailBytes = bytesOf(before.slice(before.length - tail))
          if (Buffer.isBuffer(headBytes)) {
            const offset = decoded.mark ? (decoded.encoding === 'utf-8' ? 3 : 2) : 0
            expect(after.subarray(0, offset).equals(bytes.subarray(0, offset))).to.equal(true)
            expect(after.subarray(offset, offset + headBytes.length).equals(headBytes)).to.equal(true)
          }
          if (Buffer.isBuffer(tailBytes)) {
            expect(after.subarray(after.length - tailBytes.length).equals(tailBytes)).to.equal(true)
          }
          // And reading it again gives the edited text, unless it is taken for another encoding by now.
          const again = decode(after)
          if (again?.encoding === decoded.encoding && again.mark === decoded.mark) expect(again.text).to.equal(result)
          view = next
        }
      }),
      {numRuns: runs(3000, 600)},
    )
    console.log(`      ${tried} files, ${edited} edits`)
  })
})

/** How long the beginning of a view is with its real line ends. */
function rawLength(view: View, length: number): number {
  const {ends} = view
  const text = view.text.slice(0, length)
  return withLineEnds({text, ends}).length
}
