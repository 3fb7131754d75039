import {expect} from 'chai'
import fc from 'fast-check'
import {compactionLine, shortCount} from '../../../src/gateway/compaction/told.js'
import {compactionsAmong, toWireMessages} from '../../../src/gateway/session/wire-messages.js'
import {Scratch, say} from '../store/scratch.js'

describe('compactions in a transcript', () => {
  it('stand where they were made, whichever part of the session is shown', () => {
    const scratch = new Scratch()
    const store = scratch.open()
    for (let turn = 0; turn < 12; turn++) say(store, 'k', `prompt ${turn}`, `reply ${turn}`)
    const all = store.shownMessages('k')
    const sizes = {tokensBefore: 182_000, tokensAfter: 24_400, messages: 140, results: 0}
    const text = compactionLine(sizes)
    expect(text).to.equal('compacted: 182k → 24k tokens, 140 messages are a summary now · /compact undo')
    try {
      fc.assert(
        fc.property(
          fc.array(fc.nat({max: all.length - 1}), {maxLength: 4}),
          fc.option(fc.integer({min: 1, max: 30}), {nil: undefined}),
          (places, newest) => {
            const sorted = places.toSorted((a, b) => a - b)
            const compactions = sorted.map((at) => ({...sizes, afterId: Number(all[at]?.id)}))
            const rows = store.shownMessages('k', newest)
            const messages = toWireMessages(rows, compactions)
            const lines = messages.filter(({role}) => role === 'system')
            expect(messages.filter(({role}) => role !== 'system')).to.deep.equal(toWireMessages(rows))
            expect(lines).to.have.length(compactionsAmong(rows, compactions).length)
            const from = all.length - rows.length
            expect(lines).to.have.length(sorted.filter((at) => at >= from).length)
            // Behind the message that was the newest one.
            for (const at of new Set(sorted.filter((place) => place >= from))) {
              const message = messages.findIndex(({text: own}) => own === all[at]?.text)
              expect(messages[message + 1]).to.deep.equal({role: 'system', text})
            }
          },
        ),
      )
    } finally {
      scratch.remove()
    }
  })

  it('say what became of what, with counts that can be read', () => {
    const line = (messages: number, results: number) =>
      compactionLine({tokensBefore: 9100, tokensAfter: 640, messages, results})
    expect(line(1, 0)).to.equal('compacted: 9.1k → 640 tokens, 1 message is a summary now · /compact undo')
    expect(line(0, 2)).to.equal('compacted: 9.1k → 640 tokens, 2 tool results are cut to an outline · /compact undo')
    expect(line(3, 1)).to.include('3 messages are a summary now, 1 tool result is cut to an outline')
    expect([999, 1000, 9999, 10_000, 999_999, 2_733_990].map(shortCount)).to.deep.equal([
      '999',
      '1.0k',
      '10.0k',
      '10k',
      '1000k',
      '2.7M',
    ])
  })
})
