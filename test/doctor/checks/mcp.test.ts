import {mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import type {McpServerConfig} from '../../../src/config/schema.js'
import {mcpCheck} from '../../../src/doctor/checks/mcp.js'
import {identityOf} from '../../../src/gateway/mcp/configured.js'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import {fixture} from '../../gateway/mcp/lab.js'
import {configWith, contextFor} from '../context.js'

describe('MCP servers, to the doctor', () => {
  let home: string
  beforeEach(() => {
    home = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-doctor-mcp-')))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  const server = (...flags: string[]): McpServerConfig => ({command: process.execPath, args: [fixture, ...flags]})
  const run = async (mcp: Record<string, McpServerConfig>) =>
    mcpCheck.run(contextFor(home, {config: configWith({mcp})}))

  it('are none where none is configured', async () => {
    expect(await run({})).to.deep.equal({status: 'ok', summary: 'none'})
  })

  it('are started, asked and ended', async () => {
    const {status, summary, evidence} = await run({fx: server(), web: {url: 'https://mcp.example.com/mcp'}})
    expect({status, summary}).to.deep.equal({status: 'ok', summary: '2 servers'})
    expect(evidence?.[0]).to.match(/^fx \(your configuration\): 12 tools, protocol 2025-11-25, \d+ ms$/)
    expect(evidence?.[1]).to.equal('web (your configuration): https://mcp.example.com/mcp, not asked without --online')
  })

  it('that end or hang are told with what to look at, within a limit', async () => {
    const {status, summary, evidence, remedy} = await run({
      fx: server(),
      dies: server('--die=start'),
      hangs: {...server('--hang=start', '--stay'), startTimeoutMs: 300},
    })
    expect({status, summary}).to.deep.equal({status: 'fail', summary: "2 of 3 servers can't be used"})
    expect(evidence?.[1]).to.contain('it ended at its start: exit code 3')
    expect(evidence?.[2]).to.contain('it did not start within 0.3 s')
    expect(remedy).to.have.length(2)
  })

  it('that have other tools than were taken are a remark, with the command that shows them', async () => {
    const tools = path.join(home, 'tools.json')
    writeFileSync(tools, JSON.stringify([{name: 'new', inputSchema: {type: 'object'}}]))
    const fx = server(`--file=${tools}`)
    const store = openStore(homeFiles(home).database)
    const definitions = JSON.stringify({tools: [], prompts: [], problems: []})
    store.pinMcp({server: 'fx', identity: identityOf(fx), hash: '', definitions})
    store.close()
    const {status, evidence, remedy} = await run({fx})
    expect(status).to.equal('warn')
    expect(evidence?.[0]).to.contain('not what was taken: new: new')
    expect(remedy).to.deep.equal([{text: 'Look at fx', command: 'hermes mcp test fx'}])
  })
})
