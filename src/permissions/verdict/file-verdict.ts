import {type ActiveRules, askedBy, deniedBy, planned} from '../rules/active-rules.js'
import type {Access, Decision, PermissionMode, RuleEffect} from '../types.js'
import type {Workspace} from '../workspace.js'

export type FileAccess = Extract<Access, {path: string}>

/** What rules and mode say of reading or writing a file. */
export function fileVerdict(
  access: FileAccess,
  {mode, workspace}: {mode: PermissionMode; workspace: Workspace},
  rules: ActiveRules,
): Decision {
  const {tool, path: file} = access
  const matching = rules.file.filter(({rule, matcher}) => rule.tool === tool && matcher.matches(file))
  const by = (effect: RuleEffect) => matching.find((each) => each.effect === effect)?.rule

  const deny = by('deny')
  if (deny) return deniedBy(deny)
  if (tool === 'edit' && mode === 'plan') return planned
  const ask = by('ask')
  if (ask) return askedBy(ask)

  const guard = guardOf(access, workspace)
  const covers = (literal: boolean) => guard === undefined || (guard.byName && literal)
  const allow = matching.find(({effect, matcher}) => effect === 'allow' && covers(matcher.literal))
  if (allow) return {verdict: 'allow', why: 'rule', rule: allow.rule}
  const isOrdinary = guard === undefined && workspace.contains(file)
  const isSkill = guard === undefined && workspace.isOwnSkill(file)
  const isOutput = guard === undefined && workspace.isOwnOutput(file)
  if (tool === 'read' && (isOrdinary || isSkill || isOutput)) return {verdict: 'allow', why: 'reads'}
  if (mode === 'bypass' || (mode === 'accept-edits' && isOrdinary)) return {verdict: 'allow', why: 'mode'}
  if (guard) return {verdict: 'ask', why: guard.why}
  return workspace.contains(file) ? {verdict: 'ask'} : {verdict: 'ask', why: 'it is outside of the workspace'}
}

/**
 * What a walk through a folder that may be read leaves out: secrets, and what a rule denies or asks for that does not
 * speak of the folder itself.
 */
export function hiddenBelow(folder: string, {isSecret}: Workspace, {file}: ActiveRules): (realPath: string) => boolean {
  const restricting = file.filter(
    ({effect, rule, matcher}) => effect !== 'allow' && rule.tool === 'read' && !matcher.matches(folder),
  )
  return (realPath) => isSecret(realPath) || restricting.some(({matcher}) => matcher.matches(realPath))
}

/** Why neither a glob nor a mode but `bypass` lets a file through; `byName`: a rule that names it does. */
export function guardOf(
  {tool, path: file}: FileAccess,
  workspace: Workspace,
): {why: string; byName: boolean} | undefined {
  if (tool === 'edit' && workspace.isSealed(file)) {
    return {why: 'what is written there decides what git runs or what hermes allows', byName: false}
  }
  if (workspace.isSecret(file)) return {why: 'it may hold secrets', byName: true}
  if (tool === 'edit' && workspace.isStartUp(file)) {
    return {why: 'programs run or obey what is written there', byName: true}
  }
  return undefined
}
