import {expect} from 'chai'
import fc from 'fast-check'

import {type Evidence, type Prompt, settle} from '../../../src/tui/state/prompts.js'
import {tellTried} from '../../helpers/tried.js'

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const prompt: fc.Arbitrary<Prompt> = fc.record({
  id,
  text: fc.string(),
  state: fc.constantFrom('queued', 'submitted', 'kept'),
  shown: fc.boolean(),
})
const evidence: fc.Arbitrary<Evidence> = fc.record({
  messages: fc.array(id.map((prompt_id) => ({role: 'user' as const, text: 'x', prompt_id}))),
  interruptedPromptId: fc.option(id),
  runningPromptId: fc.option(id),
  knowsPromptIds: fc.constant(true),
  started: fc.constant(new Set<string>()),
  continues: fc.constant(false),
})

describe('prompts of a session that is opened again', () => {
  it('are those that the gateway does not have, each once and in their order, whatever state they were left in', () => {
    const runs = 500
    fc.assert(
      fc.property(fc.uniqueArray(prompt, {selector: (each) => each.id}), evidence, (prompts, seen) => {
        const known = new Set([
          ...seen.messages.map((message) => message.prompt_id),
          seen.interruptedPromptId,
          seen.runningPromptId,
        ])
        const left = settle(prompts, seen)
        expect(left.map((each) => each.id)).to.deep.equal(
          prompts.flatMap((each) => (known.has(each.id) ? [] : each.id)),
        )
        expect(left.every(({state}) => state === 'queued')).to.equal(true)
      }),
      {numRuns: runs},
    )
    tellTried(runs, 'prompts and what is known of them')
  })
})
