import {expect} from 'chai'
import fc from 'fast-check'
import {LineSplitter, type SplitLine} from '../../src/protocol/line-splitter.js'

function split(maxBytes: number, chunks: readonly Buffer[]): {lines: SplitLine[]; splitter: LineSplitter} {
  const splitter = new LineSplitter(maxBytes)
  const lines = chunks.flatMap((chunk) => splitter.push(chunk))
  const rest = splitter.end()
  return {lines: rest ? [...lines, rest] : lines, splitter}
}

/** Cuts `bytes` at the given places, in any order. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

describe('LineSplitter', () => {
  it('finds the same lines however the bytes arrive', () => {
    const input = fc.tuple(fc.array(fc.string({maxLength: 12})), fc.array(fc.nat(200), {maxLength: 20}))
    fc.assert(
      fc.property(input, ([texts, places]) => {
        const lines = texts.map((text) => text.replaceAll('\n', ' '))
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const found = split(1000, cut(bytes, places)).lines
        expect(found.map((line) => (line.kind === 'line' ? line.bytes.toString() : ''))).to.deep.equal(lines)
      }),
    )
  })

  it('hands out a line of exactly the limit, and tells the length of a longer one', () => {
    const {lines} = split(300, [Buffer.from(`${'a'.repeat(300)}\n${'b'.repeat(301)}\n${'c'.repeat(5)}\n`)])
    expect(lines.map(({kind}) => kind)).to.deep.equal(['line', 'too-long', 'line'])
    const long = lines[1]
    expect(long?.kind === 'too-long' && [long.length, long.head.toString()]).to.deep.equal([301, 'b'.repeat(240)])
  })

  it('holds no more than the limit of a line without end', () => {
    const splitter = new LineSplitter(1000)
    for (let count = 0; count < 100; count++) expect(splitter.push(Buffer.alloc(500, 'x'))).to.deep.equal([])
    expect(splitter.pending).to.equal(50_000)
    const [line] = splitter.push(Buffer.from('\n'))
    expect(line).to.include({kind: 'too-long', length: 50_000})
    expect(splitter.pending).to.equal(0)
  })

  it('gives out the unfinished rest once', () => {
    const splitter = new LineSplitter(10)
    splitter.push(Buffer.from('rest'))
    expect(splitter.end()).to.deep.equal({kind: 'line', bytes: Buffer.from('rest')})
    expect(splitter.end()).to.equal(undefined)
  })
})
