import {mkdirSync, mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {agentsCheck} from '../../../src/doctor/checks/agents.js'
import {configWith, contextFor} from '../context.js'

const fixture = fileURLToPath(new URL('../../fixtures/agents/acp-agent.mjs', import.meta.url))

describe('agents, to the doctor', () => {
  let home: string

  beforeEach(() => {
    home = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-doctor-agents-')))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  const run = async (agents: Record<string, readonly string[]>, env: Record<string, string> = {}) =>
    agentsCheck.run(
      contextFor(home, {config: configWith({'acp.agents': agents}), env: {PATH: process.env.PATH, ...env}}),
    )

  it('are none where none is configured and none was used', async () => {
    mkdirSync(path.join(home, 'agents', 'my-own'), {recursive: true})
    expect(await run({})).to.deep.equal({status: 'ok', summary: 'none'})
  })

  it('are greeted, and told by how they come back', async () => {
    const {status, summary, evidence} = await run({mine: [process.execPath, fixture]}, {AA_AUTH: '1'})
    expect({status, summary}).to.deep.equal({status: 'ok', summary: '1 agent'})
    expect(evidence?.[0]).to.match(
      /^mine: fixture 1, answers in [\d.]+ m?s, comes back by session\/load, signs in by Sign in by browser$/,
    )
  })

  it('that lose their context when they die are a remark', async () => {
    const {status, evidence} = await run({mine: [process.execPath, fixture]}, {AA_LOAD: 'no'})
    expect(status).to.equal('warn')
    expect(evidence?.[0]).to.contain('loses its context when it dies')
  })

  it('that are not there, or end, are told with what to do; known ones that were used are looked at too', async () => {
    mkdirSync(path.join(home, 'agents', 'gemini'), {recursive: true})
    const {status, summary, evidence, remedy} = await run(
      {gone: ['no-such-agent-here'], dies: [process.execPath, '-e', 'console.error("no key"); process.exit(3)']},
      {PATH: home},
    )
    expect({status, summary}).to.deep.equal({status: 'fail', summary: "3 of 3 agents can't be used"})
    expect(evidence?.join('\n')).to.contain('gone: could not be started').and.to.contain('no key')
    expect(evidence?.join('\n')).to.contain('gemini destroys a session')
    expect(remedy?.[0]).to.contain('acp.agents.gone')
  })
})
