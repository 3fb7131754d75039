import {expect} from 'chai'
import {chosenAgent, knownAgents, waitBeforeLoad} from '../../../src/acp/agents/known.js'

describe('agents that are known', () => {
  it('are chosen by name, the configuration first, or by their command', () => {
    expect(chosenAgent(['gemini'], {})).to.deep.include({name: 'gemini', command: ['gemini', '--acp']})
    expect(chosenAgent(['gemini'], {gemini: ['npx', 'x']})?.command).to.deep.equal(['npx', 'x'])
    expect(chosenAgent(['mine'], {mine: ['node', 'a.js']})).to.include({name: 'mine'})
    expect(chosenAgent(['/opt/bin/my agent', '--acp'], {})).to.include({name: 'my-agent'})
    expect(chosenAgent(['node', '/x/acp-agent.mjs'], {})).to.include({name: 'acp-agent'})
    expect(chosenAgent([], {})).to.equal(undefined)
  })

  it('have their faults however they are started', () => {
    const faults = knownAgents.get('gemini')?.faults
    expect(chosenAgent(['npx', '@google/gemini-cli@1', '--acp'], {})?.faults).to.equal(faults)
    expect(chosenAgent(['/usr/bin/gemini', '--acp'], {})?.faults).to.equal(faults)
    expect(chosenAgent(['other'], {})?.faults).to.deep.equal([])
  })

  it('are not asked for a session that they would destroy', () => {
    const {faults} = knownAgents.get('gemini') ?? {faults: []}
    const created = Date.UTC(2026, 10, 30, 1, 2, 50)
    expect(waitBeforeLoad(faults, created, created + 1000)).to.equal(10_000)
    expect(waitBeforeLoad(faults, created, created + 11_000)).to.equal(0)
    expect(waitBeforeLoad([], created, created)).to.equal(0)
  })

  it('name the report of each fault', () => {
    for (const {faults} of knownAgents.values()) for (const {report} of faults) expect(report).not.to.equal('')
  })
})
