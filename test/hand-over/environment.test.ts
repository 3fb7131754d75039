import {expect} from 'chai'
import fc from 'fast-check'
import {comparedVariables, differing, fingerprints} from '../../src/hand-over/environment.js'

describe('the environment of a gateway, compared with that of who comes back', () => {
  const value = fc.option(fc.string({unit: 'binary'}), {nil: undefined})
  const env = fc.record(Object.fromEntries(comparedVariables.map((name) => [name, value])))

  it('differs in what differs, and an empty value is none', () => {
    fc.assert(
      fc.property(env, env, (there, here) => {
        const expected = comparedVariables.filter((name) => (there[name] || '') !== (here[name] || ''))
        expect(differing(fingerprints(there), here)).to.deep.equal(expected)
      }),
    )
  })

  it('is told without a value', () => {
    fc.assert(
      fc.property(fc.string({minLength: 9}), (PATH) => {
        expect(fingerprints({PATH}).PATH).to.match(/^[0-9a-f]{8}$/)
        expect(Object.keys(fingerprints({PATH, OPENAI_API_KEY: 'x'}))).to.deep.equal(['PATH'])
      }),
    )
  })

  it('differs in all that is set where the other one tells something else', () => {
    expect(differing({PATH: 7, DISPLAY: null}, {PATH: '/bin'})).to.deep.equal(['PATH', 'DISPLAY'])
  })
})
