import {expect} from 'chai'
import fc from 'fast-check'
import {type AnsweredHook, decisionOf, readVerdict} from '../../../src/lifecycle/tool-hooks/verdict.js'

describe('the answer of a hook before a tool runs', () => {
  it('is a deny, an ask or nothing, with a reason that is bounded; all else is named', () => {
    expect(readVerdict(undefined)).to.deep.equal({verdict: undefined})
    expect(readVerdict(null)).to.deep.equal({verdict: undefined})
    expect(readVerdict({deny: ' no '})).to.deep.equal({verdict: {deny: 'no'}})
    expect(readVerdict({ask: ''})).to.deep.equal({verdict: {ask: 'no reason given'}})
    const long = readVerdict({deny: 'x'.repeat(9000)})
    expect('verdict' in long && long.verdict && 'deny' in long.verdict && long.verdict.deny.length).to.equal(500)
    const wrong = (answer: unknown) => {
      const read = readVerdict(answer)
      return 'wrong' in read ? read.wrong : 'right'
    }
    const expected = '; expected {deny: "why"}, {ask: "why"}, or nothing'
    expect(wrong(true)).to.equal(`answered boolean true${expected}`)
    expect(wrong({allow: true})).to.equal(`answered an object with "allow"${expected}`)
    expect(wrong({})).to.equal(`answered an object with nothing in it${expected}`)
    expect(wrong({deny: true})).to.equal(`answered "deny" that is boolean${expected}`)
    expect(wrong({deny: 'a', ask: 'b'})).to.equal(`answered an object with "deny", "ask"${expected}`)
    expect(wrong(['deny'])).to.equal(`answered a list${expected}`)
  })

  it('never loosens: nothing but a text under deny or ask is heard, whatever a hook answers', () => {
    fc.assert(
      fc.property(fc.anything(), (answer) => {
        const read = readVerdict(answer)
        if ('wrong' in read || read.verdict === undefined) return
        expect(Object.keys(read.verdict)).to.have.length(1)
        expect(Object.keys(answer as object)).to.deep.equal(Object.keys(read.verdict))
      }),
    )
  })

  it('that is the strictest holds, of two such the first; failures are all told', () => {
    const outcome = fc.oneof(
      fc.constant({verdict: undefined}),
      fc.record({verdict: fc.oneof(fc.record({deny: fc.string()}), fc.record({ask: fc.string()}))}),
      fc.record({failed: fc.string()}),
    )
    fc.assert(
      fc.property(fc.array(fc.record({plugin: fc.string(), outcome})), (answers: AnsweredHook[]) => {
        const {verdict, failed} = decisionOf(answers)
        const first = (kind: 'deny' | 'ask') =>
          answers.find((each) => 'verdict' in each.outcome && each.outcome.verdict && kind in each.outcome.verdict)
        const holds = first('deny') ?? first('ask')
        expect(verdict?.plugin).to.equal(holds?.plugin)
        expect(verdict?.kind).to.equal(holds && (first('deny') ? 'deny' : 'ask'))
        expect(failed.length).to.equal(answers.filter((each) => 'failed' in each.outcome).length)
      }),
    )
  })
})
