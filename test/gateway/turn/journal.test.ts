import {expect} from 'chai'
import fc from 'fast-check'
import type {JournalEntry, Store} from '../../../src/gateway/store/types.js'
import {TurnJournal} from '../../../src/gateway/turn/journal.js'

describe('TurnJournal', () => {
  /** Only `journal` of the store is asked; what it was given is the oracle. */
  function make(options: {batchMs?: number; shownBefore?: {text: string; reasoning: string}} = {}) {
    const stored: JournalEntry[] = []
    const shown: string[] = []
    const clock = {now: 0}
    const store: Pick<Store, 'journal'> = {journal: (_turn, entries) => void stored.push(...entries)}
    const journal = new TurnJournal({
      store,
      turnId: 1,
      batchMs: options.batchMs ?? 20,
      emit: (_type, {text}) => shown.push(text),
      onFailure: (error) => {
        throw error
      },
      now: () => clock.now,
      ...(options.shownBefore ? {shownBefore: options.shownBefore} : {}),
    })
    return {journal, stored, shown, clock}
  }

  it('lets the first delta out at once and holds back what follows closely', () => {
    const {journal, shown, clock} = make()
    journal.delta('text', 'a')
    journal.delta('text', 'b')
    journal.delta('text', 'c')
    expect(shown).to.deep.equal(['a'])
    clock.now = 25
    journal.delta('text', 'd')
    expect(shown).to.deep.equal(['a', 'bcd'])
    journal.abandon()
  })

  it('lets go of what it holds when nothing follows', async () => {
    const held = Promise.withResolvers<void>()
    const shown: string[] = []
    const journal = new TurnJournal({
      store: {journal: () => {}},
      turnId: 1,
      batchMs: 1,
      emit: (_type, {text}) => {
        shown.push(text)
        if (shown.join('') === 'ab') held.resolve()
      },
      onFailure: held.reject,
      now: () => 0,
    })
    journal.delta('text', 'a')
    journal.delta('text', 'b')
    await held.promise
    expect(shown).to.deep.equal(['a', 'b'])
  })

  it('sets text of a later step apart on the wire, not in the store', () => {
    const {journal, stored, shown} = make({batchMs: 0})
    journal.delta('text', 'one')
    journal.stepEnd([])
    journal.delta('reasoning', 'hm')
    journal.delta('text', 'two')
    expect(shown).to.deep.equal(['one', 'hm', '\n\ntwo'])
    expect(journal.text).to.equal('one\n\ntwo')
    expect(stored.map((entry) => ('text' in entry ? entry.text : entry.kind))).to.deep.equal([
      'one',
      'calls',
      'step-end',
      'hm',
      'two',
    ])
  })

  it('tells the text of a step as it was shown, without what sets it apart', () => {
    const {journal} = make({batchMs: 0, shownBefore: {text: 'before', reasoning: 'why'}})
    journal.beginStep()
    journal.delta('text', 'one')
    journal.delta('reasoning', 'hm')
    expect(journal.step).to.deep.equal({text: 'one', reasoning: 'hm'})
    journal.stepEnd([])
    journal.beginStep()
    expect(journal.step).to.deep.equal({text: '', reasoning: ''})
    journal.delta('text', 'two')
    journal.delta('text', ' three')
    expect(journal.step).to.deep.equal({text: 'two three', reasoning: ''})
    expect(journal.text).to.equal('beforeone\n\ntwo three')
  })

  it('goes on with what was shown before without a gap', () => {
    const {journal, shown} = make({shownBefore: {text: 'half', reasoning: 'why'}})
    journal.delta('text', ' done')
    expect(shown).to.deep.equal([' done'])
    expect(journal.text).to.equal('half done')
    expect(journal.reasoning).to.equal('why')
  })

  it('stores all that it shows, in the same order, whatever the batches', () => {
    const step = fc.record({
      kind: fc.constantFrom('text' as const, 'reasoning' as const),
      text: fc.string({maxLength: 5}),
      pause: fc.nat(30),
    })
    fc.assert(
      fc.property(fc.array(step, {maxLength: 40}), (steps) => {
        const {journal, stored, shown, clock} = make()
        for (const {kind, text, pause} of steps) {
          clock.now += pause
          journal.delta(kind, text)
          const texts = stored.map((entry) => ('text' in entry ? entry.text : ''))
          expect(texts.join('')).to.equal(shown.join(''))
        }
        journal.flush()
        expect(shown.join('')).to.equal(steps.map(({text}) => text).join(''))
        journal.abandon()
      }),
    )
  })
})
