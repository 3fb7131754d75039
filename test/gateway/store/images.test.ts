import {existsSync, readdirSync} from 'node:fs'
import {expect} from 'chai'
import fc from 'fast-check'
import type {NewImage, Store} from '../../../src/gateway/store/types.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'
import {Scratch, say, sessionOf} from './scratch.js'

const DAY = 24 * 3_600_000

const imageOf = (label: string, content: string, width = 10): NewImage => ({
  label,
  name: 'pic.png',
  mediaType: 'image/png',
  width,
  height: 8,
  content: Buffer.from(content),
})

describe('store: images', () => {
  let scratch: Scratch
  let store: Store
  let now: number

  beforeEach(() => {
    now = Date.UTC(2026, 0, 1)
    scratch = new Scratch()
    store = scratch.open({now: () => now++})
  })
  afterEach(() => scratch.remove())

  const prompt = (key: string, text: string, images: NewImage[]) => {
    const {turn} = store.beginTurn({session: sessionOf(key), promptId: text, prompt: text, images})
    store.finishTurn(turn.id, {status: 'complete'})
  }
  const files = () => (existsSync(`${scratch.file}-files`) ? readdirSync(`${scratch.file}-files`) : [])
  const labels = (key: string) => store.attachedImages(key).map(({label}) => label)

  it('that are attached wait for a prompt that has them, also in another process', () => {
    store.keepAttached('k', imageOf('a', 'one'))
    store.keepAttached('k', imageOf('b', 'two'))
    store.keepAttached('other', imageOf('a', 'one'))
    store.close()
    store = scratch.open({now: () => now++})
    expect(labels('k')).to.deep.equal(['a', 'b'])
    prompt('k', 'without', [])
    expect(labels('k')).to.deep.equal(['a', 'b'])
    prompt('k', 'with', [imageOf('a', 'one')])
    expect([labels('k'), labels('other')]).to.deep.equal([['b'], ['a']])
    store.dropAttached('k', 'b')
    expect(labels('k')).to.deep.equal([])
  })

  it('that were attached long ago and never sent are removed, with files that nobody else has', () => {
    say(store, 'k', 'hello', 'hi')
    store.keepAttached('k', imageOf('a', 'one'))
    store.keepAttached('k', imageOf('b', 'two'))
    prompt('k', 'with', [imageOf('x', 'one')])
    for (const _ of store.tidy()) now++
    expect(labels('k')).to.deep.equal(['a', 'b'])
    now += 31 * DAY
    for (const _ of store.tidy()) now++
    expect(labels('k')).to.deep.equal([])
    expect(files()).to.have.lengthOf(1)
  })

  it('have one scaled copy in whatever prompts they are, and their files go with the last of them', () => {
    let tried = 0
    const step = fc.record({
      what: fc.constantFrom('prompt', 'attach', 'scale', 'delete'),
      key: fc.constantFrom('k1', 'k2'),
      image: fc.constantFrom('one', 'two'),
    })
    fc.assert(
      fc.property(fc.array(step, {maxLength: 25}), (steps) => {
        tried++
        const large = (content: string) => imageOf(content, content, 4000)
        for (const {what, key, image} of steps) {
          if (what === 'prompt') prompt(key, `p${now}`, [large(image)])
          if (what === 'attach') store.keepAttached(key, large(image))
          if (what === 'delete') store.deleteSession(key)
          if (what === 'scale') {
            for (const {file, name} of store.largeImages(key, 20)) {
              const content = Buffer.from(`small ${store.imageContent(file)}`)
              store.setScaled(file, {mediaType: 'image/jpeg', width: 1568, height: 3, content})
              expect(name).to.equal('pic.png')
            }
            expect(store.largeImages(key, 20)).to.deep.equal([])
          }
          const used = ['k1', 'k2'].flatMap((each) => [
            ...store.context(each).rows.flatMap(({images = []}) => images),
            ...store.attachedImages(each),
          ])
          for (const {file, label, width, bytes} of used) {
            const content = store.imageContent(file)
            expect(String(content)).to.equal(width === 4000 ? label : `small ${label}`)
            expect(content?.length).to.equal(bytes)
          }
        }
        // Never prompted, what was attached to it stays: it may be opened again.
        for (const key of ['k1', 'k2']) {
          for (const label of labels(key)) store.dropAttached(key, label)
          prompt(key, `last${now}`, [])
          store.deleteSession(key)
        }
      }),
      {numRuns: runs(300, 30)},
    )
    tellTried(tried, 'series of images')
  })
})
