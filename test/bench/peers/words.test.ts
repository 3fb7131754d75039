import {expect} from 'chai'
import fc from 'fast-check'
import {shows, wordsOfReply, wordsOn} from '../../../bench/peers/words.js'

describe('words of a measured reply', () => {
  it('are found however a screen breaks its lines and whatever stands around them', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 300}), fc.integer({min: 1, max: 20}), (count, perLine) => {
        const words = wordsOfReply(0, count).split(' ')
        const lines: string[] = []
        for (let at = 0; at < words.length; at += perLine)
          lines.push(`│ ● ${words.slice(at, at + perLine).join(' ')}  ┃`)
        expect(wordsOn(lines.join('\n'))).to.deep.equal(words.map((_, index) => index + 1))
      }),
    )
  })

  it('of a reply that was asked for again do not count as kept', () => {
    const screen = `${wordsOfReply(0, 3)}\n${wordsOfReply(1, 9)}`
    expect(wordsOn(screen)).to.deep.equal([1, 2, 3])
    expect(wordsOn(screen, 1)).to.have.length(9)
  })

  it('count once each, and only whole', () => {
    expect(wordsOn('A0002 A0001 A0002 A00 BA0003 A00041')).to.deep.equal([1, 2])
  })
})

describe('a text on a measured screen', () => {
  it('is found across the lines and frames of a box', () => {
    expect(shows('┃  and what about \n┃  mountains   ┃', 'and what about mountains')).to.equal(true)
    expect(shows('› and what about rivers', 'and what about mountains')).to.equal(false)
  })
})
