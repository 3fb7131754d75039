import {expect} from 'chai'
import fc from 'fast-check'
import {continuation, numberedText, numberedToken} from '../../../../src/gateway/models/offline/numbered.js'
import {runs} from '../../../helpers/sample.js'

describe('numbered words', () => {
  it('are broken into lines of ten and paragraphs of a hundred', () => {
    const text = numberedText(250)
    const paragraphs = text.split('\n\n')
    expect(paragraphs).to.have.length(3)
    expect(paragraphs[0]?.split('\n')).to.have.length(10)
    expect(text.split(/\s+/)).to.deep.equal(Array.from({length: 250}, (_, index) => `word${index}`))
  })

  it('go on without gap or repetition from wherever the reply was cut', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 320}), fc.double({min: 0, max: 1, noNaN: true}), (count, share) => {
        const whole = numberedText(count)
        const partial = whole.slice(0, Math.floor(whole.length * share))
        const {head, next} = continuation(partial)
        expect(partial + head + numberedText(count, next)).to.equal(whole)
      }),
      {numRuns: runs(300, 60)},
    )
  })

  it('go on from the last number when only a later piece of the reply is known', () => {
    expect(continuation(' word57 word58')).to.deep.equal({head: '', next: 59})
    expect(continuation('Let me go on: word7')).to.deep.equal({head: '', next: 8})
    expect(continuation('nothing numbered')).to.deep.equal({head: '', next: 0})
    expect(numberedToken(59)).to.equal(' word59')
  })
})
