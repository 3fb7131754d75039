import {expect} from 'chai'
import fc from 'fast-check'
import {decodeBatch, decodeRows, encodeBatch, joined} from '../../../src/gateway/store/journal-codec.js'
import type {JournalEntry} from '../../../src/gateway/store/types.js'
import {reasoning, stepEnd, text, toolEnd, toolStart} from './scratch.js'

function roundTrip(entries: JournalEntry[]): JournalEntry[] {
  const payload = encodeBatch({at: 1, entries})
  return payload ? decodeBatch(payload).map(({entry}) => entry) : []
}

describe('store: entries of a journal', () => {
  it('makes one of neighbouring text', () => {
    const entries = [text('a'), text(''), text('b'), reasoning('c'), text('d'), stepEnd, text('e'), text('f')]
    expect(roundTrip(entries)).to.deep.equal([text('ab'), reasoning('c'), text('d'), stepEnd, text('ef')])
    expect(encodeBatch({at: 1, entries: [text('')]})).to.equal(undefined)
  })

  it('joins text of many records into pieces of bounded size, and loses none of it', () => {
    const tokens = Array.from({length: 50_000}, (_, index) => ({at: index, entry: text(` word${index}`)}))
    const pieces = [...joined(tokens)]
    expect(pieces.map(({entry}) => (entry.kind === 'text' ? entry.text : '')).join('')).to.equal(
      tokens.map(({entry}) => (entry.kind === 'text' ? entry.text : '')).join(''),
    )
    expect(pieces.length).to.be.within(4, 10)
    expect(pieces[0]?.at).to.equal(0)
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

  it('reads the rows in which journals were before', () => {
    const rows = [
      {at: 1, kind: 'text', data: '"a\\ud83d"'},
      {at: 2, kind: 'tool-end', data: '{"id":"t","result":1,"durationS":2}'},
    ]
    expect(decodeRows(rows)).to.deep.equal([
      {at: 1, entry: text('a\ud83d')},
      {at: 2, entry: {kind: 'tool-end', id: 't', result: 1, durationS: 2}},
    ])
  })

  it('refuses an entry of a kind that it does not know, and what is no batch', () => {
    expect(() => decodeRows([{at: 1, kind: 'dance', data: '{}'}])).to.throw('Unknown journal entry "dance"')
    for (const bytes of ['', '{}', '[]', '["a"]', 'null', '[1,"dance",{}]', '[1,"calls",null]', '\ufffd']) {
      expect(() => decodeBatch(Buffer.from(bytes)), bytes).to.throw()
    }
  })
})
