import {expect} from 'chai'
import fc from 'fast-check'
import {fingerprint, handDownHandOver, readHandOver} from '../../src/hand-over/handed-down.js'
import {runs} from '../helpers/sample.js'

describe('what a gateway is told that can outlive its terminal', () => {
  it('is read as it was handed down', () => {
    const terms = {instance: '0123abcd', folder: '/a folder', works: fingerprint({a: 1})}
    expect(readHandOver(handDownHandOver(terms))).to.deep.equal(terms)
    const ofAgent = {...terms, agent: ['gemini', '--acp']}
    expect(readHandOver(handDownHandOver(ofAgent))).to.deep.equal(ofAgent)
    expect(readHandOver(handDownHandOver(undefined))).to.equal(undefined)
  })

  it('has one fingerprint for the same values, and another one for others', () => {
    const seen = new Map<string, string>()
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        const print = fingerprint(JSON.parse(text))
        expect(print).to.match(/^[0-9a-f]{16}$/)
        expect(seen.get(print) ?? text).to.equal(text)
        seen.set(print, text)
      }),
      {numRuns: runs(2000, 400)},
    )
  })
})
