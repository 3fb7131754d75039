import {expect} from 'chai'
import fc from 'fast-check'
import type {WireMessage} from '../../../src/protocol/methods.js'
import {type Prompt, settle} from '../../../src/tui/state/prompts.js'

describe('a queue that comes back to a gateway that may have worked on it', () => {
  const fate = fc.constantFrom('waits', 'stored', 'broke off', 'runs')
  const state = fc.constantFrom<Prompt['state']>('queued', 'submitted')

  it('keeps what had no turn, in order, and nothing that had one, whatever the texts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fate, state, fc.constantFrom('again', 'go on')), {maxLength: 8}), (drawn) => {
        const prompts = drawn.map(
          ([, each, text], index): Prompt => ({id: `p${index}`, text, state: each, shown: false}),
        )
        const idsOf = (wanted: string) => prompts.filter((_, index) => drawn[index]?.[0] === wanted).map(({id}) => id)
        const messages: WireMessage[] = idsOf('stored').map((id) => ({role: 'user', text: 'x', prompt_id: id}))
        const [broken] = idsOf('broke off')
        const [running] = idsOf('runs')
        const kept = settle(prompts, {
          messages,
          interruptedPromptId: broken,
          knowsPromptIds: true,
          started: new Set(running ? [running] : []),
          continues: false,
        })
        const gone = new Set([...idsOf('stored'), broken, running])
        expect(kept.map(({id}) => id)).to.deep.equal(prompts.filter(({id}) => !gone.has(id)).map(({id}) => id))
        expect(kept.every((prompt) => prompt.state === 'queued')).to.equal(true)
      }),
    )
  })
})
