import {expect} from 'chai'
import fc from 'fast-check'
import {SseReader} from '../../../../src/gateway/models/wire/sse.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

const MEGABYTE = 1024 * 1024

function read(bytes: Buffer, size: (at: number) => number): {events: string[]; isEventStream: boolean} {
  const reader = new SseReader()
  const events: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + Math.max(1, size(at))
    events.push(...reader.push(bytes.subarray(at, end)))
    at = end
  }
  events.push(...reader.end())
  return {events, isEventStream: reader.isEventStream}
}

describe('an event stream', () => {
  const lineEnd = fc.constantFrom('\n', '\r', '\r\n')
  const word = fc.string({unit: 'grapheme'}).map((text) => text.replaceAll(/[\r\n]/g, ' '))
  const line = fc.oneof(
    word.map((text) => `data: ${text}`),
    word.map((text) => `data:${text}`),
    fc.constantFrom('data', 'event: x', 'id: 1', 'retry: 5', ': comment', ':', 'unknown: y', ''),
  )

  it('is read the same whatever the pieces are in which its bytes come', () => {
    let tried = 0
    const stream = fc.array(fc.tuple(line, lineEnd)).map((lines) => lines.flat().join(''))
    const property = fc.property(stream, fc.infiniteStream(fc.integer({min: 1, max: 7})), (text, sizes) => {
      const bytes = Buffer.from(text)
      const whole = read(bytes, () => bytes.length)
      expect(read(bytes, () => 1)).to.deep.equal(whole)
      expect(read(bytes, () => sizes.next().value ?? 1)).to.deep.equal(whole)
      tried++
    })
    fc.assert(property, {numRuns: runs(1000, 200)})
    tellTried(tried, 'event streams')
  })

  it('has the data of the lines between two blank ones as one event', () => {
    const text = '\u{feff}: hi\r\ndata: a\r\ndata:  b\r\rid: 4\ndata\n\nevent: x\n\ndata: last'
    for (const size of [1, 2, 3, 5, 100]) {
      const {events, isEventStream} = read(Buffer.from(text), () => size)
      expect(events, String(size)).to.deep.equal(['a\n b', '', 'last'])
      expect(isEventStream).to.equal(true)
    }
  })

  it('has events of many megabytes, which are not looked through again with each piece', () => {
    for (const text of [`data: ${'x'.repeat(48 * MEGABYTE)}\n\n`, `data: ${'y'.repeat(MEGABYTE)}\n`.repeat(32)]) {
      const {events} = read(Buffer.from(text), () => 16_384)
      expect(events).to.have.length(1)
      expect(events[0]?.length).to.be.greaterThan(31 * MEGABYTE)
    }
    // Those that are over are not held.
    const many = Buffer.from(`data: ${'z'.repeat(MEGABYTE)}\n\n`)
    const reader = new SseReader()
    for (let count = 0; count < 100; count++) expect(reader.push(many)).to.have.length(1)
  }).timeout(20_000)

  it('ends where an event goes on and on, in one line or in many', () => {
    const mega = Buffer.alloc(MEGABYTE, 'x')
    for (const piece of [mega, Buffer.from(`data: ${mega}\n`)]) {
      const reader = new SseReader()
      reader.push(Buffer.from('data: '))
      expect(() => {
        for (let count = 0; count < 70; count++) reader.push(piece)
      }).to.throw('longer than 64 MB')
    }
    const comments = new SseReader()
    for (let count = 0; count < 70; count++) expect(comments.push(Buffer.from(`: ${mega}\n`))).to.deep.equal([])
  }).timeout(20_000)
})
