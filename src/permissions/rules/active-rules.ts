import type {ActiveRule, Decision, Rule, RuleEffect, RuleSource} from '../types.js'
import type {Workspace} from '../workspace.js'
import type {CommandPattern} from './command-pattern.js'
import {commandPatternOf, type PathMatcher, pathMatcherOf} from './match.js'
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

/** The rules that hold in a workspace, ready to be matched. */
export interface ActiveRules {
  bash: readonly CommandRule[]
  /** Of `read` and `edit`. */
  file: readonly FileRule[]
}

export async function activeRules(rules: readonly ActiveRule[], workspace: Workspace): Promise<ActiveRules> {
  const here = rules.filter((active) => active.workspace === undefined || active.workspace === workspace.root)
  const files = here.filter(({rule}) => rule.tool === 'read' || rule.tool === 'edit')
  const bash = here
    .filter(({rule}) => rule.tool === 'bash')
    .map(({effect, rule}) => ({effect, rule, pattern: commandPatternOf(rule)}))
  if (files.length === 0) return {bash, file: []}
  const {picomatch} = await import('./glob.js')
  return {
    bash,
    file: files.map(({effect, rule}) => ({effect, rule, matcher: pathMatcherOf(rule, workspace, picomatch)})),
  }
}

/** The rule that forbids a tool by its name, such as `session_search`: tools without a pattern ask for nothing else. */
export function denialOfTool(tool: string, rules: readonly ActiveRule[]): Rule | undefined {
  return rules.find(({effect, rule}) => effect === 'deny' && rule.tool === tool)?.rule
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
