import {expect} from 'chai'
import fc from 'fast-check'
import {denialOfTool} from '../../../src/permissions/rules/active-rules.js'
import {matchesMcpTool, mcpRule} from '../../../src/permissions/rules/mcp-pattern.js'
import {parseRule} from '../../../src/permissions/rules/rule.js'
import type {ActiveRule, PermissionMode, RuleEffect} from '../../../src/permissions/types.js'
import {offersFor} from '../../../src/permissions/verdict/offers.js'
import {verdictOn} from '../../../src/permissions/verdict/verdict.js'
import {openWorkspace} from '../../../src/permissions/workspace.js'

const workspace = openWorkspace({cwd: '/', env: {HOME: '/home/me'}})

function active(effect: RuleEffect, text: string): ActiveRule {
  const parsed = parseRule(text, effect)
  if ('problem' in parsed) throw new Error(parsed.problem.problem)
  return {effect, rule: parsed.rule, source: 'session'}
}

const verdict = (name: string, rules: ActiveRule[], mode: PermissionMode = 'ask') =>
  verdictOn({tool: 'mcp', name, call: '{}'}, {mode, workspace, rules})

const server = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,6}[a-z0-9])?$/)
const tool = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/)

describe('permission of tools of MCP servers', () => {
  it('is asked for by default, even where the mode lets edits through', async () => {
    for (const mode of ['ask', 'accept-edits'] as const) {
      expect(await verdict('mcp__fs__read_file', [], mode)).to.deep.equal({verdict: 'ask'})
    }
    expect(await verdict('mcp__fs__read_file', [], 'bypass')).to.include({verdict: 'allow', why: 'mode'})
    expect(await verdict('mcp__fs__read_file', [active('allow', 'mcp__fs')], 'plan')).to.include({
      verdict: 'deny',
      by: 'mode',
    })
  })

  it('follows a rule of the tool, of its server, of all servers, and of no other', async () => {
    const rules = ['mcp__fs', 'mcp__fs__*', 'mcp__fs__read_file', 'mcp__fs__read_*', 'mcp__*']
    for (const text of rules) {
      expect(await verdict('mcp__fs__read_file', [active('allow', text)]), text).to.include({verdict: 'allow'})
      const denied = await verdict('mcp__fs__read_file', [active('allow', 'mcp__*'), active('deny', text)])
      expect(denied, text).to.include({verdict: 'deny', by: 'rule'})
      expect(denialOfTool('mcp__fs__read_file', [active('deny', text)]), text).to.not.equal(undefined)
      const asked = await verdict('mcp__fs__read_file', [active('allow', 'mcp__*'), active('ask', text)], 'bypass')
      expect(asked, text).to.include({verdict: 'ask'})
    }
    for (const text of ['mcp__fs2', 'mcp__f', 'mcp__fs__read', 'mcp__fs__write_*']) {
      expect(await verdict('mcp__fs__read_file', [active('allow', text)]), text).to.include({verdict: 'ask'})
    }
  })

  it('never lets a rule of one server speak of another one', () => {
    fc.assert(
      fc.property(server, server, tool, tool, (one, other, mine, theirs) => {
        const name = `mcp__${other}__${theirs}`
        for (const text of [`mcp__${one}`, `mcp__${one}__*`, `mcp__${one}__${mine}`]) {
          const made = mcpRule(text)
          if (!made || !('rule' in made)) continue
          if (matchesMcpTool(made.rule, name)) expect(other).to.equal(one)
        }
      }),
    )
  })

  it('refuses a rule that names no server, and has one spelling', () => {
    for (const text of ['mcp__', 'mcp____x', 'mcp__fs__', 'mcp__f*__x', 'mcp__fs__a*b', 'mcp__fs(x)', 'todo*']) {
      expect(parseRule(text, 'deny'), text).to.have.property('problem')
    }
    expect(active('allow', 'mcp__fs__*').rule.text).to.equal('mcp__fs')
    expect(active('allow', ' mcp__fs__a_b ').rule.text).to.equal('mcp__fs__a_b')
  })

  it('offers a yes for the tool and for its server, each of which was tried', async () => {
    const offers = await offersFor(
      {tool: 'mcp', name: 'mcp__fs__read_file', call: '{}'},
      {mode: 'ask', workspace, rules: []},
    )
    expect(offers.map(({scope, rule}) => `${scope} ${rule}`)).to.deep.equal([
      'session mcp__fs__read_file',
      'always mcp__fs__read_file',
      'session mcp__fs',
      'always mcp__fs',
    ])
  })
})
