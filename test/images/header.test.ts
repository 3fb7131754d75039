import {expect} from 'chai'
import fc from 'fast-check'
import {imageHeader, imageKind} from '../../src/images/header.js'
import {images} from '../helpers/images/files.js'
import {runs} from '../helpers/sample.js'
import {tellTried} from '../helpers/tried.js'

describe('the header of an image', () => {
  it('tells kind and size, whatever follows the image', () => {
    const count = runs(5000, 1000)
    fc.assert(
      fc.property(images, fc.uint8Array({maxLength: 20}), ({kind, width, height, bytes}, more) => {
        expect(imageHeader(bytes)).to.deep.equal({kind, width, height})
        expect(imageHeader(Buffer.concat([bytes, more]))).to.deep.equal({kind, width, height})
      }),
      {numRuns: count},
    )
    tellTried(count, 'images of all kinds')
  })

  it('is told as damaged or cut where the image is, at whatever byte', () => {
    const count = runs(5000, 1000)
    fc.assert(
      fc.property(images, fc.nat(), ({bytes, kind}, at) => {
        const cut = bytes.subarray(0, at % bytes.length)
        const told = imageHeader(cut)
        // A GIF may end in the same byte as its image data has.
        if (kind === 'gif' && typeof told === 'object') return
        if (imageKind(cut) === undefined) expect(told).to.equal(undefined)
        else expect(told).to.be.a('string')
      }),
      {numRuns: count},
    )
    tellTried(count, 'images that are cut off')
  })

  it('takes any bytes for what they are, at once', () => {
    const count = runs(20_000, 3000)
    const changed = fc
      .tuple(images, fc.array(fc.tuple(fc.nat(), fc.nat(255)), {minLength: 1, maxLength: 6}))
      .map(([{bytes}, changes]) => {
        const copy = Buffer.from(bytes)
        for (const [at, value] of changes) copy[at % copy.length] = value
        return copy
      })
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({maxLength: 200})), (bytes) => {
        const told = imageHeader(bytes)
        if (told === undefined || typeof told === 'string') return
        expect(told.width).to.be.within(1, 2 ** 32)
        expect(told.height).to.be.within(1, 2 ** 32)
      }),
      {numRuns: count},
    )
    tellTried(count, 'damaged images and other bytes')
  })

  it('is no matter of a name or of what a text says', () => {
    for (const text of [
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      'GIF',
      '',
      'PNG',
      'RIFF1234WEBM',
    ]) {
      expect(imageHeader(Buffer.from(text))).to.equal(undefined)
    }
  })
})
