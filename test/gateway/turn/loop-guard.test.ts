import {expect} from 'chai'
import fc from 'fast-check'
import type {ToolRow} from '../../../src/gateway/store/types.js'
import {answerOf, LoopGuard} from '../../../src/gateway/turn/loop-guard.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

interface Made {
  name: string
  args: unknown
  result: unknown
}

const made: fc.Arbitrary<Made> = fc.record({
  name: fc.constantFrom('read_file', 'terminal'),
  args: fc.constantFrom({path: 'a'}, {path: 'b'}, {}),
  result: fc.constantFrom({output: 'x'}, {output: 'y'}, {error: 'no'}, null),
})

const keyOf = ({name, args}: Made) => JSON.stringify([name, args])

/** What the guard is to say, put another way: over the whole list each time. */
function expected(all: readonly Made[]): {times: number; asks: boolean} {
  const last = all.at(-1) as Made
  const pairs = all.map((one) => keyOf(one) + JSON.stringify(one.result))
  const fresh = pairs.findLastIndex((pair, at) => pairs.indexOf(pair) === at)
  let times = 0
  let before: string | undefined
  for (const one of all.slice(fresh)) {
    if (keyOf(one) !== keyOf(last)) continue
    const result = JSON.stringify(one.result)
    times = result === before && times < 6 ? times + 1 : 1
    before = result
  }
  return {times, asks: times >= 6}
}

describe('a model that makes the same call again and again', () => {
  it('is told at the third same result, and the person asked after six; a death forgets nothing', async () => {
    let tried = 0
    let told = 0
    let asked = 0
    // A few calls, made often.
    const runsOf = fc
      .array(fc.tuple(made, fc.integer({min: 1, max: 8})), {minLength: 1, maxLength: 6})
      .map((list) => list.flatMap(([one, times]) => new Array<Made>(times).fill(one)))
    const property = fc.asyncProperty(runsOf, fc.nat(40), async (calls, dies) => {
      tried++
      let guard = new LoopGuard()
      const rows: ToolRow[] = []
      for (const [at, call] of calls.entries()) {
        // The next process knows what is stored.
        if (at === dies) guard = new LoopGuard([...rows])
        const {times, asks} = expected(calls.slice(0, at + 1))
        const note = await guard.ended(call, call.result)
        expect(note !== undefined, `${at} of ${JSON.stringify(calls)}`).to.equal(times % 3 === 0)
        if (note) expect(note).to.include(`${times} times`)
        if (note) told++
        const result = note && call.result ? {...(call.result as object), repeated: note} : call.result
        rows.push({id: `c${at}`, context: 'ctx', state: 'complete', durationS: 1, ...call, result})
        const question = await guard.question({...call, context: 'ctx'})
        expect(question !== undefined).to.equal(asks)
        if (question) asked++
        if (question) expect(question.question).to.include('6 times').and.include(`${call.name} ctx`)
      }
    })
    await fc.assert(property, {numRuns: runs(2000, 300)})
    expect(told, 'told').to.be.above(0)
    expect(asked, 'asked').to.be.above(0)
    tellTried(tried, 'lists of calls')
  })

  it('goes on, stops, or is told what the person said', () => {
    expect(answerOf('Go on')).to.deep.equal({goOn: true})
    for (const no of ['Stop here', '', '  ']) expect(answerOf(no)).to.deep.equal({stop: true})
    expect(answerOf('look into b')).to.deep.equal({words: 'look into b'})
  })
})
