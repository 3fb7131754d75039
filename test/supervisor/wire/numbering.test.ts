import {expect} from 'chai'
import fc from 'fast-check'
import {Numbering} from '../../../src/supervisor/wire/numbering.js'

const event = (seq?: number, sessionId = 's') => ({sessionId, ...(seq === undefined ? {} : {seq})})

describe('numbers of events', () => {
  it('ask for what was missed of the same gateway only, and of the same live session', () => {
    const numbers = new Numbering()
    numbers.ready(1, 'epoch')
    expect(numbers.resumable(1, 's')).to.equal(undefined)
    numbers.opened('s')
    numbers.isNew(event(41))
    numbers.ready(2, 'epoch')
    expect(numbers.resumable(2, 's')).to.equal(41)
    numbers.opened('s')
    numbers.ready(3, 'another')
    expect(numbers.resumable(3, 's')).to.equal(undefined)
    numbers.opened('s')
    expect(numbers.isNew(event(1))).to.equal(true)
    numbers.ready(4, undefined)
    expect(numbers.resumable(4, 's')).to.equal(undefined)
  })

  it('say nothing of what has none, of other sessions, and without an epoch', () => {
    const numbers = new Numbering()
    numbers.ready(1, undefined)
    numbers.resumable(1, 's')
    numbers.opened('s')
    expect([1, 1].map((seq) => numbers.isNew(event(seq)))).to.deep.equal([true, true])
    const named = new Numbering()
    named.ready(1, 'epoch')
    named.resumable(1, 's')
    named.opened('s')
    expect([event(5), event(), event(2, 'other'), event(5), event(6)].map((each) => named.isNew(each))).to.deep.equal([
      true,
      true,
      true,
      false,
      true,
    ])
  })

  it('let each event through once, in order, however often a stretch is told again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({max: 30}), {maxLength: 20}), (starts) => {
        const numbers = new Numbering()
        numbers.ready(1, 'epoch')
        numbers.resumable(1, 's')
        numbers.opened('s')
        const told: number[] = []
        for (const start of starts) {
          for (let seq = Math.min(start, told.length) + 1; seq <= start + 5; seq++) {
            if (numbers.isNew(event(seq))) told.push(seq)
          }
        }
        expect(told).to.deep.equal(told.map((_, index) => index + 1))
      }),
    )
  })
})
