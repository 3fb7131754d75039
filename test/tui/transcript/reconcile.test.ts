import {expect} from 'chai'
import fc from 'fast-check'
import type {InterruptedTurn} from '../../../src/protocol/methods.js'
import {missingFrom, missingSuffix, type ShownTurn, shownInTranscript} from '../../../src/tui/transcript/reconcile.js'

const compact = (text: string) => text.replace(/\s/g, '')
const prose = fc.string({unit: fc.constantFrom('a', 'b', 'c', ' ', '\n', 'é'), maxLength: 40})

describe('missingSuffix', () => {
  it('completes what is shown to what is stored', () => {
    fc.assert(
      fc.property(prose, prose, (shown, more) => {
        expect(compact(shown + missingSuffix(shown, shown + more))).to.satisfy((all: string) =>
          all.startsWith(compact(shown)) ? compact(shown + more).endsWith(all.slice(compact(shown).length)) : false,
        )
      }),
    )
  })

  it('never leaves out what is stored', () => {
    fc.assert(
      fc.property(prose, prose, (shown, stored) => {
        expect(compact(shown + missingSuffix(shown, stored))).to.include(compact(stored))
      }),
    )
  })

  it('is empty when the screen has as much or more', () => {
    expect(missingSuffix('one two three', 'one two')).to.equal('')
    expect(missingSuffix('one\n\ntwo', 'one two')).to.equal('')
    expect(missingSuffix('anything', '')).to.equal('')
  })

  it('overlaps with the end of what is shown after a tool', () => {
    expect(missingSuffix('before the tool.\n\nAfter it I foun', 'After it I found three files')).to.equal(
      'd three files',
    )
  })

  it('takes a chance overlap for none', () => {
    expect(missingSuffix('one', 'entirely different')).to.equal('entirely different')
  })
})

describe('missingFrom', () => {
  const interrupted: InterruptedTurn = {
    prompt_id: 'p',
    user: 'go',
    assistant: 'hello world',
    reasoning: '',
    deaths: 1,
    tools: [
      {tool_id: 'a', name: 'terminal', context: 'ls', result: 'x', status: 'complete'},
      {tool_id: 'b', name: 'terminal', context: 'rm', status: 'unknown'},
    ],
  }

  it('names tools that were not shown: ended ones, and others unless they were printed without an outcome', () => {
    const shown = {text: 'hello', reasoning: '', finishedTools: new Set<string>()}
    const missing = missingFrom(shown, interrupted)
    expect(missing.text).to.equal(' world')
    const idsFor = (more: Partial<ShownTurn>) =>
      missingFrom({...shown, ...more}, interrupted).tools.map((tool) => tool.tool_id)
    expect(idsFor({})).to.deep.equal(['a', 'b'])
    expect(idsFor({printedTools: new Set(['a', 'b'])}), 'an outcome is news').to.deep.equal(['a'])
    expect(idsFor({finishedTools: new Set(['a']), printedTools: new Set(['b'])})).to.deep.equal([])
  })

  it('reads from a transcript what is shown of its last turn', () => {
    const shown = shownInTranscript([
      {role: 'user', text: 'old'},
      {role: 'assistant', text: 'old answer'},
      {role: 'user', text: 'go'},
      {role: 'tool', name: 'terminal', tool_id: 'a'},
      {role: 'tool', name: 'terminal', tool_id: 'b', status: 'unknown'},
      {role: 'assistant', text: 'hello world', status: 'interrupted'},
    ])
    expect(shown.text).to.equal('hello world')
    expect([...shown.finishedTools]).to.deep.equal(['a', 'b'])
    expect(missingFrom(shown, interrupted)).to.deep.equal({text: '', reasoning: '', tools: []})
  })
})
