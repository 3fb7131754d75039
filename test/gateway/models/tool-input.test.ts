import {expect} from 'chai'
import fc from 'fast-check'
import {boundedInput} from '../../../src/gateway/models/tool-input.js'

describe('the arguments of a call', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner)))
      : 0

  it('are left as they are up to a hundred levels, whatever stands in their strings', () => {
    const hard = fc.stringMatching(/^[[\]{}"\\a]{0,20}$/)
    const value = fc.letrec((tie) => ({
      any: fc.oneof({maxDepth: 6}, hard, fc.integer(), fc.array(tie('any')), fc.dictionary(hard, tie('any'))),
    })).any
    fc.assert(
      fc.property(value, fc.integer({min: 0, max: 130}), (inner, levels) => {
        let nested: unknown = inner
        for (let level = 0; level < levels; level++) nested = level % 2 === 0 ? [nested] : {'[{': nested}
        const json = JSON.stringify(nested)
        if (depthOf(nested) <= 100) expect(boundedInput(json)).to.equal(json)
        else expect(JSON.parse(boundedInput(json))).to.match(/nested deeper than 100 levels/)
      }),
    )
  })

  it('are left as they are where they are no JSON', () => {
    for (const text of ['', '{"path": ', '"', '"\\', ']]]]', 'no json']) expect(boundedInput(text)).to.equal(text)
    expect(boundedInput('['.repeat(1_000_000))).to.match(/nested deeper/)
  })
})
