import {expect} from 'chai'
import {stripControlSequences} from '../src/control-sequences.js'

describe('control sequences', () => {
  it('are removed, and what stands around them stays', () => {
    for (const [text, plain] of [
      ['a\u001b[31mb\u001b[0m', 'ab'],
      ['a\u001b]0;title\u0007b', 'ab'],
      ['a\u001b]8;;http://x\u001b\\b', 'ab'],
      ['a\u001bP1$r\u009cb\u009dtitle\u009cc', 'abc'],
      ['a\u009b2Jb\u001b(Bc\u001bcd', 'abcd'],
      ['tab\tand\r\nbell\u0007', 'tab\tand\r\nbell\u0007'],
    ] as const) {
      expect(stripControlSequences(text), JSON.stringify(text)).to.equal(plain)
    }
  })

  it('that do not end cost their own line at most', () => {
    expect(stripControlSequences('a\u001b]0;title\nb\u001b[')).to.equal('a\nb')
    expect(stripControlSequences('\u001b]'.repeat(8000))).to.equal('')
    expect(stripControlSequences(`${'\u001b]x'.repeat(8000)}\nb`)).to.equal('\nb')
  })
})
