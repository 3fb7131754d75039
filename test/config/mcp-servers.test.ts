import {expect} from 'chai'
import fc from 'fast-check'
import type {CheckContext} from '../../src/config/check.js'
import {flatten} from '../../src/config/files/flatten.js'
import {checkMcpServer, checkMcpServers, mcpNameProblem} from '../../src/config/mcp-servers.js'
import {redactValue} from '../../src/redact/index.js'

const context: CheckContext = {text: false, base: '/project', env: {HOME: '/home/me'}}

const complaintsOf = (raw: unknown, options = {}) => {
  const checked = checkMcpServers(raw, context, options)
  return 'complaints' in checked ? checked.complaints.map(({path, expected}) => `${path.join('.')}: ${expected}`) : []
}

const text = fc.string({maxLength: 12}).filter((each) => !/[\0\r\n]/.test(each))
const name = fc
  .stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9-]|_[A-Za-z0-9-]){0,12}$/)
  .filter((each) => !each.includes('__'))
const program = fc.record(
  {
    command: fc.stringMatching(/^[a-z]{1,8}$/),
    args: fc.array(text, {maxLength: 3}),
    env: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,6}$/), text),
    cwd: fc.constant('/somewhere'),
    tools: fc.array(text, {maxLength: 3}),
    timeoutMs: fc.integer({min: 100, max: 3_600_000}),
    startTimeoutMs: fc.integer({min: 100, max: 3_600_000}),
    enabled: fc.boolean(),
  },
  {requiredKeys: ['command'], noNullPrototype: true},
)

describe('configuration of MCP servers', () => {
  it('takes what is right as it is', () => {
    fc.assert(
      fc.property(fc.dictionary(name, program, {maxKeys: 3, noNullPrototype: true}), (servers) => {
        expect(checkMcpServers(servers, context)).to.deep.equal({value: servers})
      }),
    )
    const remote = {web: {url: 'https://mcp.example.com/mcp', headers: {authorization: 'Bearer x'}}}
    expect(checkMcpServers(remote, context)).to.deep.equal({value: remote})
  })

  it('finds a program and a folder beside the file that names them', () => {
    const {value} = checkMcpServers({a: {command: './bin/server', cwd: 'data'}}, context) as {value: object}
    expect(value).to.deep.equal({a: {command: '/project/bin/server', cwd: '/project/data'}})
    expect(checkMcpServers({a: {command: 'npx'}}, context)).to.deep.equal({value: {a: {command: 'npx'}}})
  })

  it('names the place of whatever is wrong, and what is expected there', () => {
    const wrong: [unknown, RegExp][] = [
      [5, /^: servers by name$/],
      [{a: 5}, /^a: a group of command, args/],
      [{a: {}}, /^a: `command` \(a program\) or `url`/],
      [{a: {command: 'x', url: 'http://x'}}, /^a\.url: none beside `command`/],
      [{a: {command: 'x', headers: {}}}, /^a\.headers: none: it belongs to a server with `url`/],
      [{a: {url: 'http://x', args: []}}, /^a\.args: none: it belongs to a server with `command`/],
      [{a: {url: 'ftp://x'}}, /^a\.url: an address such as/],
      [{a: {url: 'http://me:pass@x'}}, /^a\.url: .*without user and password/],
      [{a: {command: 'x', args: 'y'}}, /^a\.args: a list of words/],
      [{a: {command: 'x', env: {'A B': 'y'}}}, /^a\.env: names of variables/],
      [{a: {command: 'x', env: {A: 'y\nz'}}}, /^a\.env: names of variables/],
      [{a: {command: 'x', comand: 'y'}}, /^a\.comand: one of the fields .*did you mean "command"\?/],
      [{a: {command: 'x', timeoutMs: 1}}, /^a\.timeoutMs: a whole number from 100/],
      [{a: {command: 'x', enabled: 'yes'}}, /^a\.enabled: true or false/],
    ]
    for (const [raw, expected] of wrong) expect(complaintsOf(raw)[0], JSON.stringify(raw)).to.match(expected)
  })

  it('refuses a name that could not be told from another one, or is too long for that of a tool', () => {
    for (const bad of ['', 'a__b', 'a_', '_a', 'a b', 'ä', 'a.b', '../x', 'a'.repeat(33), '__proto__']) {
      expect(mcpNameProblem(bad), bad).to.match(/^a name of at most 32/)
      expect('complaints' in checkMcpServer(bad, {command: 'x'}, context), bad).to.equal(true)
    }
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (one, other, tool, another) => {
        if (mcpNameProblem(one) !== undefined || mcpNameProblem(other) !== undefined) return
        if (`mcp__${one}__${tool}` === `mcp__${other}__${another}`) expect([one, tool]).to.deep.equal([other, another])
      }),
    )
    expect(mcpNameProblem('my-files_2')).to.equal(undefined)
  })

  it('passes over the fields of other programs where it is told to, but not their old transport', () => {
    expect(complaintsOf({a: {type: 'stdio', command: 'x', alwaysAllow: []}}, {lenient: true})).to.deep.equal([])
    expect(complaintsOf({a: {type: 'sse', url: 'http://x'}}, {lenient: true})[0]).to.match(/^a\.type: stdio or http/)
    expect(complaintsOf({a: {type: 'stdio', command: 'x'}})).to.have.length(1)
  })

  it('is read nested and dotted', () => {
    const found = (data: unknown) => flatten(data).found.map(({key, value}) => [key, value])
    const expected = [['mcp', {fs: {command: 'x', args: ['y']}}]]
    expect(found({mcp: {fs: {command: 'x', args: ['y']}}})).to.deep.equal(expected)
    expect(found({'mcp.fs.command': 'x', 'mcp.fs.args': ['y']})).to.deep.equal(expected)
    expect(found({'mcp.fs': {command: 'x', args: ['y']}})).to.deep.equal(expected)
  })

  it('is shown without what may be a secret in it', () => {
    const secret = 'abcdefghijklmnop1234'
    const shown = JSON.stringify(
      redactValue({
        a: {command: 'x', args: ['--token', secret], env: {API_TOKEN: secret}},
        b: {url: 'https://x', headers: {any: secret}},
      }),
    )
    expect(shown).to.not.contain(secret)
  })
})
