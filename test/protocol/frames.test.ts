import {expect} from 'chai'
import fc from 'fast-check'
import {encodeFrame, wellFormed} from '../../src/protocol/frames.js'

describe('frames', () => {
  it('are one line of valid UTF-8 whatever they hold', () => {
    const anyText = fc.string({unit: fc.integer({min: 0, max: 0xffff}).map((code) => String.fromCharCode(code))})
    fc.assert(
      fc.property(anyText, (text) => {
        const line = encodeFrame({jsonrpc: '2.0', id: 1, result: {text}})
        expect(line.indexOf('\n')).to.equal(line.length - 1)
        expect(line.isWellFormed()).to.equal(true)
        expect(JSON.parse(line).result.text).to.equal(text)
      }),
    )
  })

  it('carry text with lone surrogates only as U+FFFD', () => {
    expect(wellFormed('a\ud800b')).to.equal('a\ufffdb')
    expect(wellFormed('😀 ok')).to.equal('😀 ok')
  })
})
