import {expect} from 'chai'
import fc from 'fast-check'
import {openStore} from '../../../src/gateway/store/index.js'
import type {Store, Usages} from '../../../src/gateway/store/types.js'
import {addStep, costOfCalls, noUsage} from '../../../src/gateway/turn/usage.js'
import {runs} from '../../helpers/sample.js'
import {finished} from './scratch.js'

const session = {key: 'k', title: null, model: 'a/m', cwd: null, source: 'tui'}
const step = {input: 10, output: 5, cacheRead: 4, cacheWrite: 2, reasoning: 1}

/** One turn of steps of a model, each with its cost; undefined: it is not known. */
function turn(
  store: Store,
  id: string,
  steps: readonly (readonly [model: string, usd: number | undefined])[],
  key = 'k',
) {
  const {turn} = store.beginTurn({session: {...session, key}, promptId: id, prompt: 'p'})
  const usage = steps.reduce<Usages>(
    (all, [model, usd]) => addStep(all, model, step, usd === undefined ? undefined : {usd, savedUsd: usd / 2}),
    {calls: 0, usage: noUsage},
  )
  store.finishTurn(turn.id, {status: 'complete', usage})
}

const compaction = {
  reason: 'asked' as const,
  covers: 0,
  outlines: 0,
  summary: 's',
  messages: 1,
  results: 0,
  tokensBefore: 2,
  tokensAfter: 1,
}

describe('what sessions have cost', () => {
  it('is kept by model, with how many steps of it have no known price, whatever is chosen later', () => {
    const store = openStore(':memory:')
    turn(store, '1', [
      ['a/m', 0.25],
      ['a/m', undefined],
    ])
    turn(store, '2', [['b/n', 1]])
    store.setModel('k', 'c/o')
    const usages = store.usage('k')
    expect(
      usages.spent?.map(({model, calls, unpriced, usd, savedUsd}) => [model, calls, unpriced, usd, savedUsd]),
    ).to.deep.equal([
      ['a/m', 2, 1, 0.25, 0.125],
      ['b/n', 1, 0, 1, 0.5],
    ])
    expect(costOfCalls(usages)).to.deep.equal({usd: 1.25, savedUsd: 0.625, unpriced: 1})
    store.close()
  })

  it('adds up over turns and models to what the steps were, for any of them', () => {
    const cost = fc.option(fc.integer({min: 0, max: 1000}), {nil: undefined})
    const steps = fc.array(fc.tuple(fc.constantFrom('a/m', 'b/n', 'c d/"o'), cost), {maxLength: 6})
    fc.assert(
      fc.property(fc.array(steps, {maxLength: 5}), (turns) => {
        const store = openStore(':memory:')
        for (const [index, each] of turns.entries()) turn(store, `${index}`, each)
        const all = turns.flat()
        const usages = store.usage('k')
        expect(costOfCalls(usages)).to.deep.equal({
          usd: all.reduce((sum, [, usd]) => sum + (usd ?? 0), 0),
          savedUsd: all.reduce((sum, [, usd]) => sum + (usd ?? 0) / 2, 0),
          unpriced: all.filter(([, usd]) => usd === undefined).length,
        })
        const days = store.spending(0)
        expect(days.reduce((sum, {calls}) => sum + calls, 0)).to.equal(all.length)
        expect(days.reduce((sum, {usage}) => sum + usage.input, 0)).to.equal(all.length * step.input)
        store.close()
      }),
      {numRuns: runs(100, 30)},
    )
  })

  it('adds up with what summaries of it took, whatever comes in between', () => {
    const cost = fc.option(fc.integer({min: 0, max: 1000}), {nil: undefined})
    const steps = fc.array(fc.tuple(fc.constantFrom('a/m', 'b/n'), cost), {maxLength: 4})
    const work = fc.record({steps, summary: fc.array(cost, {maxLength: 3}), inTurn: fc.boolean()})
    let tried = 0
    fc.assert(
      fc.property(fc.array(work, {maxLength: 4}), (all) => {
        tried++
        const store = openStore(':memory:')
        for (const [index, {steps, summary, inTurn}] of all.entries()) {
          turn(store, `${index}`, steps)
          store.addCompaction('k', {
            ...compaction,
            turnId: inTurn ? (store.lastTurn('k')?.id ?? null) : null,
            usage: summary.reduce<Usages>(
              (sum, usd) => addStep(sum, 'c/s', step, usd === undefined ? undefined : {usd, savedUsd: 0}),
              {calls: 0, usage: noUsage},
            ),
          })
        }
        const costs = all.flatMap(({steps, summary}) => [...steps.map(([, usd]) => usd), ...summary])
        const usages = store.usage('k')
        expect(usages.calls).to.equal(costs.length)
        expect(costOfCalls(usages)).to.include({
          usd: costs.reduce<number>((sum, usd) => sum + (usd ?? 0), 0),
          unpriced: costs.filter((usd) => usd === undefined).length,
        })
        const days = store.spending(0)
        expect(days.reduce((sum, {calls}) => sum + calls, 0)).to.equal(costs.length)
        expect(days.reduce((sum, {unpriced}) => sum + unpriced, 0)).to.equal(costOfCalls(usages).unpriced)
        store.close()
      }),
      {numRuns: runs(100, 30)},
    )
    console.log(`      ${tried} sessions`)
  })

  it('stays where a session is deleted: it was paid', () => {
    const store = openStore(':memory:')
    turn(store, '1', [['a/m', 2]])
    store.deleteSession('k')
    expect(store.spending(0).map(({model, usd}) => [model, usd])).to.deep.equal([['a/m', 2]])
    expect(costOfCalls(store.usage('k')).usd).to.equal(2)
    store.close()
  })

  it('counts steps of which nobody told the cost as such: of before, and of a reply that broke off', () => {
    const store = openStore(':memory:')
    const {turn: old} = store.beginTurn({session, promptId: 'old', prompt: 'p'})
    store.finishTurn(old.id, {status: 'complete', usage: {calls: 3, usage: {...noUsage, input: 30}}})
    turn(store, 'new', [['b/n', 1]])
    expect(costOfCalls(store.usage('k'))).to.deep.equal({usd: 1, savedUsd: 0.5, unpriced: 3})
    const rows = store
      .spending(0)
      .map(({model, calls, unpriced, usd, usage}) => [model, calls, unpriced, usd, usage.input])
    expect(rows).to.have.deep.members([
      ['a/m', 3, 3, 0, 30],
      ['b/n', 1, 0, 1, 10],
    ])
    store.close()
  })

  it('is told by day, the newest first, from a time on', () => {
    let now = new Date(2026, 10, 1, 12).getTime()
    const store = openStore(':memory:', {now: () => now})
    for (let day = 0; day < 4; day++) {
      turn(store, `${day}`, [['a/m', day]], `k${day}`)
      now += 86_400_000
    }
    expect(store.spending(0).map(({day, usd}) => [day, usd])).to.deep.equal([
      ['2026-11-04', 3],
      ['2026-11-03', 2],
      ['2026-11-02', 1],
      ['2026-11-01', 0],
    ])
    expect(store.spending(new Date(2026, 10, 3).getTime())).to.have.lengthOf(2)
    store.close()
  })

  it('keeps how much a session is to think', () => {
    const store = openStore(':memory:')
    turn(store, '1', [])
    expect(store.session('k')?.effort).to.equal(null)
    store.setEffort('k', 'high')
    expect(store.session('k')?.effort).to.equal('high')
    finished(store.branchSession('k', {key: 'b', title: null}))
    expect(store.session('b')?.effort).to.equal('high')
    store.setEffort('k', undefined)
    expect(store.session('k')?.effort).to.equal(null)
    store.close()
  })
})
