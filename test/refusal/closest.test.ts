import {expect} from 'chai'
import fc from 'fast-check'
import {configKeys} from '../../src/config/schema.js'
import {closest, editDistance} from '../../src/refusal/closest.js'

describe('suggestions', () => {
  for (const [input, meant] of [
    ['recovery.limt', 'recovery.limit'],
    ['recovery.limti', 'recovery.limit'],
    ['gateway.start_up_timeout_ms', 'gateway.startupTimeoutMs'],
    ['modle', 'model'],
    ['inflight', 'recovery.inflight'],
    ['Providers', 'providers'],
  ] as const) {
    it(`takes ${input} for ${meant}`, () => expect(closest(input, configKeys)).to.equal(meant))
  }

  it('has none for another word', () => {
    expect(closest('colours', configKeys)).to.equal(undefined)
    expect(closest('x', configKeys)).to.equal(undefined)
    // A session without a title has an empty one.
    for (const word of ['x', '_', 'ab']) expect(closest(word, ['', '_', 'y', 'cd'])).to.equal(undefined)
  })

  it('never suggests what was refused', () => {
    expect(closest('model', ['model', 'mode'])).to.equal('mode')
    expect(closest('model', ['model'])).to.equal(undefined)
  })

  it('measures a distance: zero for equal texts only, the same both ways, at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({maxLength: 12}), fc.string({maxLength: 12}), (a, b) => {
        const distance = editDistance(a, b)
        expect(distance === 0).to.equal(a === b)
        expect(distance).to.equal(editDistance(b, a))
        expect(distance).to.be.at.most(Math.max(a.length, b.length))
        expect(distance).to.be.at.least(Math.abs(a.length - b.length))
      }),
    )
  })

  it('finds every key again after one slip', () => {
    fc.assert(
      fc.property(fc.constantFrom(...configKeys), fc.nat(), (key, at) => {
        const position = at % key.length
        const slipped = key.slice(0, position) + key.slice(position + 1)
        const found = closest(slipped, configKeys) ?? ''
        // The name of a key without its group counts too: `mode` is `permissions.mode`.
        const names = [found, found.slice(found.lastIndexOf('.') + 1)]
        expect(Math.min(...names.map((name) => editDistance(slipped, name)))).to.be.at.most(1)
      }),
    )
  })
})
