import type {ActiveRule, Decision, Rule, RuleEffect, RuleSource} from '../types.js'
import type {Workspace} from '../workspace.js'
import type {CommandPattern} from './command-pattern.js'
import {commandPatternOf, type PathMatcher, pathMatcherOf} from './match.js'
import {parseRule, ruleProblemText} from './rule.js'

/** Rules by their texts, as the configuration and flags hold them; they hold in every workspace. */
export interface RuleTexts {
  allow: readonly string[]
  ask: readonly string[]
  deny: readonly string[]
}

/** Rules that were checked when they were read. Throws for others. */
export function rulesOfTexts(texts: RuleTexts, source: RuleSource): ActiveRule[] {
  return (['deny', 'ask', 'allow'] as const).flatMap((effect) =>
    texts[effect].map((text): ActiveRule => {
      const parsed = parseRule(text, effect)
      if ('problem' in parsed) throw new Error(ruleProblemText(parsed.problem))
      return {effect, rule: parsed.rule, source}
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

/** What is decided of a tool without a pattern of its own, such as `session_search`; undefined: no rule speaks of it. */
export function ruleOfTool(tool: string, rules: readonly ActiveRule[]): ActiveRule | undefined {
  const matching = rules.filter(({rule}) => rule.tool === tool)
  const by = (effect: RuleEffect) => matching.find((each) => each.effect === effect)
  return by('deny') ?? by('ask') ?? by('allow')
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
