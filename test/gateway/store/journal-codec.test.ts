import {expect} from 'chai'
import fc from 'fast-check'
import {decodeJournal, encodeJournal} from '../../../src/gateway/store/journal-codec.js'
import type {JournalEntry} from '../../../src/gateway/store/types.js'
import {reasoning, stepEnd, text, toolEnd, toolStart} from './scratch.js'

function roundTrip(entries: JournalEntry[]): JournalEntry[] {
  return decodeJournal(encodeJournal(entries).map((row) => ({at: 1, ...row}))).map(({entry}) => entry)
}

describe('store: journal rows', () => {
  it('makes one row of neighbouring text', () => {
    const entries = [text('a'), text(''), text('b'), reasoning('c'), text('d'), stepEnd, text('e'), text('f')]
    expect(encodeJournal(entries).map(({kind, data}) => kind + data)).to.deep.equal([
      'text"ab"',
      'reasoning"c"',
      'text"d"',
      'step-end{}',
      'text"ef"',
    ])
    expect(encodeJournal([text('')])).to.deep.equal([])
  })

  it('gives back what it was given', () => {
    const member = fc.jsonValue()
    const entry = fc.oneof(
      fc.string({unit: 'binary', minLength: 1}).map(text),
      fc.string({unit: 'binary', minLength: 1}).map(reasoning),
      fc.tuple(fc.string(), member).map(([id, args]) => toolStart(id, args)),
      fc.tuple(fc.string(), member).map(([id, result]) => toolEnd(id, result)),
      fc.constant(stepEnd),
      fc.string().map((step): JournalEntry => ({kind: 'signed', step})),
      fc.array(fc.tuple(fc.string(), member), {maxLength: 3}).map(
        (list): JournalEntry => ({
          kind: 'calls',
          calls: list.map(([id, args]) => ({id, name: `tool ${id}`, context: '', args})),
        }),
      ),
      fc
        .tuple(fc.constantFrom('started', 'asked', 'allowed'), fc.string())
        .map(([kind, id]): JournalEntry => ({kind, id})),
      fc
        .tuple(fc.string(), fc.boolean())
        .map(([id, denied]): JournalEntry => ({kind: 'tool-end', id, result: {}, durationS: 0, denied})),
    )
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        // Set apart by ends of steps, so that no two texts are neighbours.
        const apart = entries.flatMap((one) => [one, stepEnd])
        // Minus zero, which JSON does not have, is zero.
        expect(roundTrip(apart)).to.deep.equal(JSON.parse(JSON.stringify(apart)))
      }),
    )
  })

  it('keeps undefined arguments and results undefined', () => {
    expect(roundTrip([toolStart('t', undefined)])).to.deep.equal([toolStart('t', undefined)])
  })

  it('refuses a row of a kind that it does not know', () => {
    expect(() => decodeJournal([{at: 1, kind: 'dance', data: '{}'}])).to.throw('Unknown journal entry "dance"')
  })
})
