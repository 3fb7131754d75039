import {type ActiveRules, askedBy, deniedBy, planned} from '../rules/active-rules.js'
import {matchesMcpTool} from '../rules/mcp-pattern.js'
import type {Access, Decision, PermissionMode, RuleEffect} from '../types.js'

export type McpAccess = Extract<Access, {tool: 'mcp'}>

/** What rules and mode say of a call of a server's tool. What it does is known to the server alone, whatever that says of it. */
export function mcpVerdict(
  {name}: McpAccess,
  {mode}: {mode: PermissionMode},
  {mcp}: Pick<ActiveRules, 'mcp'>,
): Decision {
  const by = (effect: RuleEffect) => mcp.find((each) => each.effect === effect && matchesMcpTool(each.rule, name))?.rule
  const deny = by('deny')
  if (deny) return deniedBy(deny)
  if (mode === 'plan') return planned
  const [ask, allow] = [by('ask'), by('allow')]
  if (ask) return askedBy(ask)
  if (allow) return {verdict: 'allow', why: 'rule', rule: allow}
  return mode === 'bypass' ? {verdict: 'allow', why: 'mode'} : {verdict: 'ask'}
}
