import {type ActiveRules, askedBy, deniedBy} from '../rules/active-rules.js'
import {matchesHost} from '../rules/host-pattern.js'
import type {Access, Decision, PermissionMode, RuleEffect} from '../types.js'

export type FetchAccess = Extract<Access, {tool: 'fetch'}>

/** What rules and mode say of an address. It only reads, but the address itself may carry something out: unasked it is never. */
export function fetchVerdict(
  {url}: FetchAccess,
  {mode}: {mode: PermissionMode},
  {fetch}: Pick<ActiveRules, 'fetch'>,
): Decision {
  const target = new URL(url)
  const by = (effect: RuleEffect) =>
    fetch.find((each) => each.effect === effect && (each.pattern === undefined || matchesHost(each.pattern, target)))
      ?.rule
  const [deny, ask, allow] = [by('deny'), by('ask'), by('allow')]
  if (deny) return deniedBy(deny)
  if (ask) return askedBy(ask)
  if (allow) return {verdict: 'allow', why: 'rule', rule: allow}
  return mode === 'bypass' ? {verdict: 'allow', why: 'mode'} : {verdict: 'ask'}
}
