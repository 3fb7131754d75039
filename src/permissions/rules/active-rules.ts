import type {ActiveRule, Decision, Rule, RuleEffect, RuleSource} from '../types.js'
import type {Workspace} from '../workspace.js'
import type {CommandPattern} from './command-pattern.js'
import {type HostPattern, parseHostPattern} from './host-pattern.js'
import {commandPatternOf, type PathMatcher, pathMatcherOf} from './match.js'
import {matchesMcpTool} from './mcp-pattern.js'
import {parseRule, ruleProblemText} from './rule.js'

/** Rules by their texts, as the configuration, flags and sessions hold them. */
export interface RuleTexts {
  allow: readonly string[]
  ask: readonly string[]
  deny: readonly string[]
}

/**
 * Of texts that were checked when they were written down. One that is no rule any more allows nothing and is left out
 * of those that allow; of those that deny or ask it throws, since to leave it out would loosen something.
 */
export function rulesOfTexts(texts: Partial<RuleTexts>, source: RuleSource, workspace?: string): ActiveRule[] {
  return (['deny', 'ask', 'allow'] as const).flatMap((effect) =>
    (texts[effect] ?? []).flatMap((text): ActiveRule[] => {
      const parsed = parseRule(text, effect)
      if ('rule' in parsed) return [{effect, rule: parsed.rule, source, ...(workspace ? {workspace} : {})}]
      if (effect === 'allow') return []
      throw new Error(ruleProblemText(parsed.problem))
    }),
  )
}

export interface CommandRule {
  effect: RuleEffect
  rule: Rule
  pattern: CommandPattern
}

export interface FileRule {
  effect: RuleEffect
  rule: Rule
  matcher: PathMatcher
}

export interface HostRule {
  effect: RuleEffect
  rule: Rule
  /** Undefined: the rule is of the whole tool. */
  pattern: HostPattern | undefined
}

export interface McpRule {
  effect: RuleEffect
  rule: Rule
}

/** The rules that hold in a workspace, ready to be matched. */
export interface ActiveRules {
  bash: readonly CommandRule[]
  /** Of `read` and `edit`. */
  file: readonly FileRule[]
  fetch: readonly HostRule[]
  mcp: readonly McpRule[]
}

export async function activeRules(rules: readonly ActiveRule[], workspace: Workspace): Promise<ActiveRules> {
  const here = rules.filter((active) => active.workspace === undefined || active.workspace === workspace.root)
  const files = here.filter(({rule}) => rule.tool === 'read' || rule.tool === 'edit')
  const bash = here
    .filter(({rule}) => rule.tool === 'bash')
    .map(({effect, rule}) => ({effect, rule, pattern: commandPatternOf(rule)}))
  const fetch = here
    .filter(({rule}) => rule.tool === 'fetch')
    .map(({effect, rule}) => ({effect, rule, pattern: hostPatternOfRule(rule)}))
  const mcp = here.filter(({rule}) => rule.tool === 'mcp')
  if (files.length === 0) return {bash, fetch, mcp, file: []}
  const {picomatch} = await import('./glob.js')
  return {
    bash,
    fetch,
    mcp,
    file: files.map(({effect, rule}) => ({effect, rule, matcher: pathMatcherOf(rule, workspace, picomatch)})),
  }
}

function hostPatternOfRule({pattern, text}: Rule): HostPattern | undefined {
  const parsed = pattern === undefined ? undefined : parseHostPattern(pattern)
  if (parsed && 'problem' in parsed) throw new Error(`${text} was not made by parseRule: ${parsed.problem}`)
  return parsed
}

/** The rule that forbids a tool by its name, such as `session_search`: tools without a pattern ask for nothing else. */
export function denialOfTool(tool: string, rules: readonly ActiveRule[]): Rule | undefined {
  return rules.find(({effect, rule}) => effect === 'deny' && (rule.tool === tool || matchesMcpTool(rule, tool)))?.rule
}

export function deniedBy(rule: Rule): Extract<Decision, {verdict: 'deny'}> {
  return {verdict: 'deny', by: 'rule', rule, why: `the rule ${rule.text} forbids it`}
}

export function askedBy(rule: Rule): Extract<Decision, {verdict: 'ask'}> {
  return {verdict: 'ask', rule, why: `the rule ${rule.text} asks`}
}

export const planned: Extract<Decision, {verdict: 'deny'}> = {
  verdict: 'deny',
  by: 'mode',
  why: 'plan mode: only reading is allowed now',
}
