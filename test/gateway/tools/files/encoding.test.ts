import {expect} from 'chai'
import fc from 'fast-check'
import {decode, encode} from '../../../../src/gateway/tools/files/encoding.js'
import {runs} from '../../../helpers/sample.js'

describe('encoding', () => {
  it('gives the same bytes again, whatever they are', () => {
    const mark = fc.constantFrom([], [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff])
    const byte = fc.oneof(
      fc.integer({min: 0x20, max: 0x7e}),
      fc.integer({min: 0x80, max: 0xff}),
      fc.constantFrom(9, 10, 13),
      fc.integer({min: 0, max: 255}),
    )
    const text = fc.string({unit: 'binary'}).map((one) => [...Buffer.from(one, 'utf8')])
    const body = fc.oneof(fc.array(byte), text)
    const counts: Record<string, number> = {}
    fc.assert(
      fc.property(mark, body, (first, rest) => {
        const bytes = Buffer.from([...first, ...rest])
        const decoded = decode(bytes)
        const name = decoded?.encoding ?? 'binary'
        counts[name] = (counts[name] ?? 0) + 1
        if (decoded) expect((encode(decoded) as Buffer).equals(bytes)).to.equal(true)
      }),
      {numRuns: runs(5000, 1000)},
    )
    console.log(`      ${JSON.stringify(counts)}`)
  })

  it('takes for text what is text, and nothing else', () => {
    const encodingOf = (...bytes: number[]) => decode(Buffer.from(bytes))?.encoding ?? 'binary'
    expect(encodingOf()).to.equal('utf-8')
    expect(encodingOf(0x61, 0x0a)).to.equal('utf-8')
    expect(encodingOf(0x66, 0xfc, 0x72)).to.equal('windows-1252')
    expect(encodingOf(0x61, 0x00)).to.equal('binary')
    expect(encodingOf(0xfc, 0x01)).to.equal('binary')
    expect(encodingOf(0xff, 0xfe, 0x61, 0x00)).to.equal('utf-16le')
    expect(encodingOf(0xff, 0xfe, 0x61)).to.equal('binary')
    expect(encodingOf(0xfe, 0xff, 0x00, 0x61)).to.equal('utf-16be')
    // UTF-32 begins like UTF-16.
    expect(encodingOf(0xff, 0xfe, 0x00, 0x00, 0x61, 0x00, 0x00, 0x00)).to.equal('binary')
    expect(encodingOf(0xef, 0xbb, 0xbf, 0xff)).to.equal('binary')
  })

  it('reads Windows-1252 as the platform does', () => {
    const bytes = Buffer.from(Array.from({length: 0x80}, (_, index) => 0x80 + index))
    // ICU's and not Node's short cut for Latin-1, which has been wrong.
    const expected = [...bytes].map((byte) => new TextDecoder('windows-1252').decode(Buffer.from([byte]))).join('')
    const text = decode(bytes)?.text ?? ''
    const differ = [...text].filter((character, index) => character !== expected[index])
    expect(differ.filter((character) => character > '\u00a0').length === 0 || expected[0] === '\u0080').to.equal(true)
    expect(text.slice(0, 3)).to.equal('€\u0081‚')
    expect(text.at(-1)).to.equal('ÿ')
  })

  it('knows UTF-16 without a mark, where most of it is ASCII, and gives its bytes again', () => {
    const ascii = fc.string({minLength: 8, maxLength: 60, unit: 'grapheme-ascii'})
    const foreign = fc.string({maxLength: 3, unit: fc.constantFrom('ü', 'ñ', '\n', '\t')})
    fc.assert(
      fc.property(ascii, foreign, fc.boolean(), (one, other, little) => {
        const text = one + other
        const bytes = Buffer.from(text, 'utf16le')
        if (!little) bytes.swap16()
        expect(decode(bytes)).to.deep.equal({text, encoding: little ? 'utf-16le' : 'utf-16be', mark: false})
        expect(encode({text, encoding: little ? 'utf-16le' : 'utf-16be', mark: false})).to.deep.equal(bytes)
      }),
    )
    // Numbers of two bytes, as sound and pictures have them.
    const numbers = fc.array(fc.integer({min: 0, max: 40}), {minLength: 16, maxLength: 100})
    fc.assert(
      fc.property(numbers, (list) => {
        const read = decode(Buffer.from(Uint16Array.from(list).buffer))
        if (list.some((one) => one < 0x20 && ![8, 9, 10, 11, 12, 13, 27].includes(one)))
          expect(read).to.equal(undefined)
      }),
    )
  })

  it('says which character an encoding cannot hold', () => {
    const problem = (text: string, encoding: 'utf-8' | 'windows-1252') => encode({text, encoding, mark: false})
    expect(problem('a中b', 'windows-1252')).to.match(/中 \(U\+4E2D\) can't be written in Windows-1252/)
    expect(problem('😀', 'windows-1252')).to.match(/😀 \(U\+1F600\)/)
    expect(problem('\u0080', 'windows-1252')).to.match(/U\+0080/)
    expect(problem('\ud800', 'windows-1252')).to.match(/U\+D800 can't/)
    expect(problem('a\ud800', 'utf-8')).to.match(/surrogate/)
    expect(problem('€ü', 'windows-1252')).to.deep.equal(Buffer.from([0x80, 0xfc]))
  })
})
