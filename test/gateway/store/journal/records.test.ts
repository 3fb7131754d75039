import {crc32 as zlibCrc32} from 'node:zlib'
import {expect} from 'chai'
import fc from 'fast-check'
import {crc32} from '../../../../src/gateway/store/journal/crc32.js'
import {
  decodeRecords,
  encodeRecord,
  fileHead,
  ownerInHead,
  stateAfterHead,
} from '../../../../src/gateway/store/journal/records.js'
import {tellTried} from '../../../helpers/tried.js'

const owner = {sessionKey: '20300101_000000_abc', turnId: 7, id: '0123456789abcdef'}
const head = fileHead(owner)

function fileOf(payloads: readonly Uint8Array[]): Buffer {
  const parts = [head]
  let state = stateAfterHead(head)
  for (const payload of payloads) {
    const record = encodeRecord(Buffer.from(payload), state)
    parts.push(record.bytes)
    state = record.state
  }
  return Buffer.concat(parts)
}

function read(bytes: Buffer, chunkSize = 100) {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(bytes.subarray(at, at + chunkSize))
  const payloads: string[] = []
  const records = decodeRecords(chunks, head)
  for (;;) {
    const {done, value} = records.next()
    if (done) return {payloads, ...value}
    payloads.push(value.toString('hex'))
  }
}

const hex = (payloads: readonly Uint8Array[]) => payloads.map((payload) => Buffer.from(payload).toString('hex'))
const anyPayloads = fc.array(fc.uint8Array({minLength: 1, maxLength: 60}), {maxLength: 12})
const somePayloads = fc.array(fc.uint8Array({minLength: 1, maxLength: 60}), {minLength: 1, maxLength: 12})

describe('store: the file of a journal', () => {
  it('has the checksum that everybody has', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
        expect(crc32(first)).to.equal(zlibCrc32(first))
        expect(crc32(second, crc32(first))).to.equal(zlibCrc32(Buffer.concat([first, second])))
      }),
    )
  })

  it('gives back what was written, whatever the chunks in which it is read', () => {
    fc.assert(
      fc.property(anyPayloads, fc.integer({min: 1, max: 200}), (payloads, chunkSize) => {
        const file = fileOf(payloads)
        const {payloads: got, state, broken} = read(file, chunkSize)
        expect(got).to.deep.equal(hex(payloads))
        expect(broken).to.equal(undefined)
        expect(state).to.include({length: file.length, sequence: payloads.length})
      }),
    )
    expect(ownerInHead(fileOf([]))).to.deep.equal(owner)
    expect(read(Buffer.alloc(0))).to.deep.include({payloads: [], broken: undefined})
  })

  it('is read up to its last whole record, wherever it is cut off', () => {
    let tried = 0
    fc.assert(
      fc.property(somePayloads, (payloads) => {
        const file = fileOf(payloads)
        for (let length = 0; length < file.length; length++) {
          tried++
          const {payloads: got, broken, state} = read(file.subarray(0, length))
          expect(got).to.deep.equal(hex(payloads).slice(0, got.length))
          const whole = fileOf(payloads.slice(0, got.length)).length
          expect(length < head.length || (whole <= length && length - whole < 12 + 60)).to.equal(true)
          const isWhole = length === 0 || length === whole
          expect(broken).to.deep.equal(isWhole ? undefined : {how: 'torn', at: length < head.length ? 0 : whole})
          expect(state.length).to.equal(length < head.length ? 0 : whole)
        }
      }),
      {numRuns: 30},
    )
    tellTried(tried, 'journals cut off')
  })

  it('is read up to the record before the one that a byte of is another, wherever it is', () => {
    let tried = 0
    fc.assert(
      fc.property(somePayloads, fc.integer({min: 1, max: 255}), (payloads, flip) => {
        const file = fileOf(payloads)
        for (let at = 0; at < file.length; at++) {
          tried++
          const bytes = Buffer.from(file)
          bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at)
          const {payloads: got, broken} = read(bytes)
          expect(broken, `byte ${at}`).to.not.equal(undefined)
          expect(got).to.deep.equal(hex(payloads).slice(0, got.length))
          // All that is before the byte is there.
          expect(fileOf(payloads.slice(0, got.length + 1)).length).to.be.greaterThan(at)
        }
      }),
      {numRuns: 20},
    )
    tellTried(tried, 'journals with another byte')
  })

  it('is not read where it is anything else, or what a power cut leaves', () => {
    let tried = 0
    fc.assert(
      fc.property(fc.uint8Array({minLength: 1, maxLength: 300}), (bytes) => {
        tried++
        expect(read(Buffer.from(bytes)).payloads).to.deep.equal([])
        expect(read(Buffer.concat([fileOf([Buffer.from('a')]), Buffer.from(bytes)])).payloads).to.deep.equal(['61'])
        expect(ownerInHead(Buffer.from(bytes))).to.equal(undefined)
      }),
    )
    const zeros = Buffer.concat([fileOf([Buffer.from('a')]), Buffer.alloc(4096)])
    expect(read(zeros)).to.deep.include({payloads: ['61'], broken: {how: 'damaged', at: zeros.length - 4096}})
    const other = fileHead({...owner, id: 'fedcba9876543210'})
    expect(read(Buffer.concat([other, fileOf([Buffer.from('a')]).subarray(head.length)]))).to.deep.include({
      payloads: [],
      broken: {how: 'foreign', at: 0},
    })
    tellTried(tried, 'files of other kinds')
  })

  it('takes no record out of its place', () => {
    const [one, two, three] = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text))
    if (!one || !two || !three) throw new Error('three')
    const first = encodeRecord(one, stateAfterHead(head))
    const second = encodeRecord(two, first.state)
    const third = encodeRecord(three, second.state)
    for (const bytes of [
      [first.bytes, third.bytes],
      [second.bytes, first.bytes],
      [first.bytes, first.bytes, second.bytes],
    ]) {
      const {payloads, broken} = read(Buffer.concat([head, ...bytes]))
      expect(payloads).to.deep.equal(bytes[0] === first.bytes ? ['61'] : [])
      expect(broken?.how).to.equal('damaged')
    }
  })
})
