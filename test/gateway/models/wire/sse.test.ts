import {expect} from 'chai'
import fc from 'fast-check'
import {SseReader} from '../../../../src/gateway/models/wire/sse.js'

const read = (pieces: readonly Uint8Array[]): string[] => {
  const reader = new SseReader()
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

const cut = (bytes: Uint8Array, borders: readonly number[]): Uint8Array[] => {
  const at = [0, ...borders.map((border) => border % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

describe('SseReader', () => {
  it('reads the same events whatever the pieces, for each kind of line end', () => {
    const line = fc.oneof(
      fc.string({unit: fc.constantFrom('a', 'é', '😀', ' ', ':')}).map((text) => `data: ${text}`),
      fc.constantFrom('', ': keep-alive', 'event: delta', 'id: 1', 'data', 'unknown: x'),
    )
    const end = fc.constantFrom('\n', '\r', '\r\n')
    const stream = fc.array(fc.tuple(line, end)).map((lines) => lines.flat().join(''))
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), {maxLength: 20}), (text, borders) => {
        const bytes = new TextEncoder().encode(text)
        expect(read(cut(bytes, borders))).to.deep.equal(read([bytes]))
      }),
      {numRuns: 500},
    )
  })

  it('takes CRLF as one end, though it comes in two pieces', () => {
    const pieces = ['data: a\r', '\ndata: b\r\n\r', '\n'].map((text) => new TextEncoder().encode(text))
    expect(read(pieces)).to.deep.equal(['a\nb'])
  })

  it('looks at each byte of a line of 40 MB once, in 20 000 pieces', () => {
    const piece = new TextEncoder().encode('x'.repeat(2000))
    const pieces = [new TextEncoder().encode('data: '), ...Array.from({length: 20_000}, () => piece)]
    // Copied whole at each piece, these were 400 GB, and no time-out of a test would see the end of it.
    expect(read(pieces).map((event) => event.length)).to.deep.equal([40_000_000])
  })

  it('ends where an event has no end', () => {
    const reader = new SseReader()
    const piece = new TextEncoder().encode('x'.repeat(8 * 1024 * 1024))
    expect(() => {
      for (let count = 0; count < 9; count++) reader.push(piece)
    }).to.throw('longer than 64 MB')
  })
})
