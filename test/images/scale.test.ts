import {expect} from 'chai'
import fc from 'fast-check'
import {imageHeader} from '../../src/images/header.js'
import {checkedImage, UnfitImage} from '../../src/images/image-file.js'
import {isTooLarge, MAX_EDGE, MAX_IMAGE_BYTES, TARGET_EDGE} from '../../src/images/limits.js'
import {orientationOf} from '../../src/images/scale/orientation.js'
import {planFor, scaledText} from '../../src/images/scale/plan.js'
import {scaleImage} from '../../src/images/scale/scale.js'
import {gif} from '../helpers/images/files.js'
import {decoded, type Pixel, picture, withOrientation} from '../helpers/images/pictures.js'
import {runs} from '../helpers/sample.js'
import {tellTried} from '../helpers/tried.js'

/** Corners of one colour each: red, green, blue, white, from the left above by rows. */
const corners =
  (width: number, height: number): Pixel =>
  (x, y) => {
    const [right, below] = [x >= width / 2, y >= height / 2]
    if (below) return right ? [255, 255, 255] : [0, 0, 255]
    return right ? [0, 255, 0] : [255, 0, 0]
  }

const noise: Pixel = (x, y) => {
  const mixed = Math.imul((x + 1) * 73_856_093, (y + 1) * 19_349_663)
  return [mixed & 255, (mixed >>> 8) & 255, (mixed >>> 16) & 255]
}

const scale = (bytes: Buffer, options?: {timeoutMs: number}) => scaleImage(checkedImage(bytes, 'pic'), options)

describe('an image that is too large', function () {
  this.timeout(120_000)

  it('is made to fit in the same shape, whatever its size and kind', async () => {
    const sizes = fc.record({
      kind: fc.constantFrom('png' as const, 'jpeg' as const, 'webp' as const),
      long: fc.integer({min: MAX_EDGE + 1, max: 2600}),
      short: fc.integer({min: 1, max: 700}),
      upright: fc.boolean(),
    })
    let tried = 0
    await fc.assert(
      fc.asyncProperty(sizes, async ({kind, long, short, upright}) => {
        tried++
        const [width, height] = upright ? [short, long] : [long, short]
        const image = checkedImage(picture(kind, width, height, corners(width, height)), 'pic')
        expect(isTooLarge({...image, bytes: image.bytes.length})).to.equal(true)
        const made = await scaleImage(image)
        expect(Math.max(made.width, made.height)).to.equal(TARGET_EDGE)
        expect(Math.min(made.width, made.height)).to.equal(Math.max(1, Math.round((short * TARGET_EDGE) / long)))
        expect(imageHeader(made.bytes)).to.deep.equal({kind: made.kind, width: made.width, height: made.height})
        expect(made.kind).to.equal(kind === 'jpeg' ? 'jpeg' : 'png')
        expect(made.told).to.equal(`${width}×${height} scaled to ${made.width}×${made.height}`)
        expect(isTooLarge({...made, bytes: made.bytes.length})).to.equal(false)
      }),
      {numRuns: runs(100, 4)},
    )
    tellTried(tried, 'images')
  })

  it('is turned as its camera was held', async () => {
    const [width, height] = [64, 32]
    const plain = picture('jpeg', width, height, corners(width, height))
    /** The corners of the upright picture, by which of the stored one's they are. */
    const expected = ['rgbw', 'grwb', 'wbgr', 'bwrg', 'rbgw', 'brwg', 'wgbr', 'gwrb']
    const names: [name: string, colour: number[]][] = [
      ['r', [255, 0, 0]],
      ['g', [0, 255, 0]],
      ['b', [0, 0, 255]],
      ['w', [255, 255, 255]],
    ]
    for (const [index, want] of expected.entries()) {
      const made = await scale(withOrientation(plain, index + 1, index % 2 ? 'II' : 'MM'))
      const shown = decoded(made.bytes)
      expect([shown.width, shown.height]).to.deep.equal(index >= 4 ? [height, width] : [width, height])
      const [right, below] = [shown.width - 4, shown.height - 4]
      const places = [
        [3, 3],
        [right, 3],
        [3, below],
        [right, below],
      ] as const
      const found = places.map(([x, y]) => {
        const pixel = shown.at(x, y)
        return names.find(([, colour]) => colour.every((part, at) => Math.abs(part - (pixel[at] ?? 0)) < 60))?.[0]
      })
      expect(found.join(''), `orientation ${index + 1}`).to.equal(want)
    }
  })

  it('stays a PNG where it is transparent or a drawing, and is a JPEG where it is a photo', async () => {
    const clear = await scale(picture('png', 2100, 300, (x, y) => [x & 255, y & 255, 0, x < 1000 ? 0 : 255]))
    expect(clear.kind).to.equal('png')
    expect(decoded(clear.bytes).at(5, 5)[3]).to.equal(0)
    const photo = await scale(picture('png', 1200, 1200, noise))
    expect([photo.kind, photo.width]).to.deep.equal(['jpeg', 1200])
    expect(photo.told).to.match(/^1200×1200, made \d.*[KM]iB of \d.*MiB$/)
    // Too much for a PNG: what is transparent is paper.
    const both = await scale(
      picture('png', 1600, 1600, (x, y) => [...noise(x, y).slice(0, 3), x < 800 ? 0 : 254] as never),
    )
    expect(both.kind).to.equal('jpeg')
    expect(both.bytes.length).to.be.at.most(MAX_IMAGE_BYTES)
    expect(Math.min(...decoded(both.bytes).at(100, 100).slice(0, 3))).to.be.above(225)
  })

  it('is refused by its header where it would fill memory', () => {
    const bomb = picture('png', 4, 4, noise)
    bomb.writeUInt32BE(30_000, 16)
    bomb.writeUInt32BE(30_000, 20)
    expect(() => checkedImage(bomb, 'bomb.png')).to.throw(UnfitImage, /bomb\.png.*30000x30000/)
    // A frame may be larger than the picture that it belongs to.
    const frame = gif(10, 10)
    const at = frame.indexOf(0x2c)
    frame.writeUInt16LE(65_535, at + 5)
    frame.writeUInt16LE(65_535, at + 7)
    expect(() => checkedImage(frame, 'frame.gif')).to.throw(UnfitImage, 'frame.gif')
  })

  it('is refused in words where it is damaged, wherever that is', async () => {
    const image = picture('jpeg', 400, 300, noise)
    let tried = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.uint8Array({minLength: 1, maxLength: 40}), async (place, bytes) => {
        tried++
        const broken = Buffer.from(image)
        broken.set(bytes, place % (broken.length - bytes.length))
        try {
          const made = await scale(broken)
          expect(isTooLarge({...made, bytes: made.bytes.length})).to.equal(false)
        } catch (error) {
          expect(error, String(error)).to.be.instanceOf(UnfitImage)
          expect((error as Error).message).to.match(/^the image pic cannot be sent: /)
        }
      }),
      {numRuns: runs(300, 4)},
    )
    tellTried(tried, 'damaged images')
  })

  it('is given up after a time', async () => {
    const error = await scale(picture('png', 2100, 50, noise), {timeoutMs: 1}).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(UnfitImage)
    expect((error as Error).message).to.contain('was not scaled within 0.001 s')
  })
})

describe('the plan for an image', () => {
  it('has sizes of its shape, smaller from try to try, and ends with one that always fits', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 60_000}),
        fc.integer({min: 1, max: 60_000}),
        fc.constantFrom('png' as const, 'jpeg' as const, 'gif' as const, 'webp' as const),
        (width, height, kind) => {
          const {attempts} = planFor({kind, width, height}, 1)
          for (const {width: w, height: h, type} of attempts) {
            expect(Math.max(w, h)).to.be.at.most(Math.max(width, height) > MAX_EDGE ? TARGET_EDGE : MAX_EDGE)
            expect(Math.min(w, h)).to.be.at.least(1)
            if (kind === 'jpeg') expect(type).to.equal('jpeg')
          }
          const sizes = attempts.map(({width: w, height: h}) => w * h)
          expect(sizes).to.deep.equal(sizes.toSorted((a, b) => b - a))
          const last = attempts.at(-1)
          // A JPEG takes at most some 3 bytes a pixel.
          expect(last?.type).to.equal('jpeg')
          expect((last?.width ?? 0) * (last?.height ?? 0) * 3).to.be.at.most(MAX_IMAGE_BYTES)
        },
      ),
    )
  })

  it('tells sizes as the person sees them', () => {
    const from = {width: 4032, height: 3024, bytes: 5_000_000}
    expect(scaledText(from, {width: 1568, height: 1176, bytes: 1}, 1)).to.equal('4032×3024 scaled to 1568×1176')
    expect(scaledText(from, {width: 1176, height: 1568, bytes: 1}, 6)).to.equal('3024×4032 scaled to 1176×1568')
  })
})

describe('the orientation of an image', () => {
  it('is read in either order of bytes, and 1 where there is none', () => {
    const plain = picture('jpeg', 8, 8, noise)
    expect(orientationOf(plain)).to.equal(1)
    for (const order of ['II', 'MM'] as const) {
      for (let each = 1; each <= 8; each++) expect(orientationOf(withOrientation(plain, each, order))).to.equal(each)
      for (const odd of [0, 9, 65_535]) expect(orientationOf(withOrientation(plain, odd, order))).to.equal(1)
    }
  })

  it('never fails, whatever the bytes are', () => {
    const plain = withOrientation(picture('jpeg', 8, 8, noise), 6, 'II')
    const starts = [plain, picture('png', 8, 8, noise), picture('webp', 8, 8, noise)]
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({maxLength: 60}), fc.nat(), (start, bytes, at) => {
        const odd = Buffer.from(start)
        odd.set(bytes.subarray(0, Math.max(0, odd.length - (at % odd.length))), at % odd.length)
        expect(orientationOf(odd)).to.be.within(1, 8)
        expect(orientationOf(odd.subarray(0, at % odd.length))).to.be.within(1, 8)
        expect(orientationOf(Buffer.from(bytes))).to.be.within(1, 8)
      }),
      {numRuns: runs(5000, 150)},
    )
  })
})
