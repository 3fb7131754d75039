import {exitCodes, HermesError} from '../../errors.js'
import {hermesHome, homeFiles} from '../../platform.js'
import type {Rule, RuleEffect} from '../types.js'
import {openWorkspace} from '../workspace.js'
import {parseRule} from './rule.js'
import {addRule, readRulesFile, removeRule} from './rules-file.js'

/** What `hermes permissions` shows of a rule. */
export interface ListedRule {
  effect: RuleEffect
  rule: string
  source: 'configuration' | 'project'
  /** The file that it stands in, a variable, or the command line. */
  from: string
  /** Root of the project in which it holds; null: in every one. */
  workspace: string | null
  /** Whether it holds in the working directory's project. */
  here: boolean
}

export interface Request {
  cwd: string
  env: NodeJS.ProcessEnv
}

/** What the configuration sets, and where. */
export type ConfiguredRule = Pick<ListedRule, 'effect' | 'rule' | 'from'>

/** Every rule, those that hold here first; of each place deny before ask before allow, as they are obeyed. */
export async function listRules(
  {cwd, env}: Request,
  configured: readonly ConfiguredRule[],
): Promise<{workspace: string; rules: ListedRule[]}> {
  const workspace = openWorkspace({cwd, env}).root
  const file = rulesFile(env)
  const rules: ListedRule[] = configured.map((rule) => ({
    ...rule,
    source: 'configuration',
    workspace: null,
    here: true,
  }))
  for (const [root, stored] of await readRulesFile(file)) {
    const place = {source: 'project', from: file, workspace: root, here: root === workspace} as const
    rules.push(...stored.map(({effect, rule}) => ({effect, rule: rule.text, ...place})))
  }
  const order: RuleEffect[] = ['deny', 'ask', 'allow']
  rules.sort(
    (a, b) =>
      Number(b.here) - Number(a.here) ||
      (a.workspace ?? '').localeCompare(b.workspace ?? '') ||
      order.indexOf(a.effect) - order.indexOf(b.effect),
  )
  return {workspace, rules}
}

export interface ChangedRule {
  effect: RuleEffect
  rule: string
  workspace: string
  file: string
}

/** Adds a rule to those of the working directory's project. `added` is false where it was there. */
export async function addProjectRule(
  {cwd, env}: Request,
  text: string,
  effect: RuleEffect,
): Promise<ChangedRule & {added: boolean}> {
  const rule = requireRule(text, effect)
  const workspace = openWorkspace({cwd, env}).root
  const file = rulesFile(env)
  const added = await addRule(file, workspace, {effect, rule})
  return {effect, rule: rule.text, workspace, file, added}
}

/** Takes a rule back from those of the working directory's project. Throws where it has none of that text. */
export async function removeProjectRule(
  {cwd, env}: Request,
  text: string,
  configured: readonly ConfiguredRule[],
): Promise<Omit<ChangedRule, 'effect'>> {
  // Any effect: a rule that could not be allowed may be denied.
  const rule = requireRule(text, 'deny')
  const workspace = openWorkspace({cwd, env}).root
  const file = rulesFile(env)
  if (await removeRule(file, workspace, rule.text)) return {rule: rule.text, workspace, file}
  const elsewhere = configured.find((each) => each.rule === rule.text)
  throw new HermesError(`${rule.text} is no rule of ${workspace}${elsewhere ? `; ${elsewhere.from} sets it` : ''}`, {
    code: 'permissions/unknown-rule',
    exit: exitCodes.usage,
    suggestions: elsewhere ? [`take it out of ${elsewhere.from}`] : ['hermes permissions list shows all rules'],
  })
}

function requireRule(text: string, effect: RuleEffect): Rule {
  const parsed = parseRule(text, effect)
  if ('rule' in parsed) return parsed.rule
  const {value, problem, remedy} = parsed.problem
  throw new HermesError(`${JSON.stringify(value)} can't be a rule: ${problem}`, {
    code: 'permissions/invalid-rule',
    exit: exitCodes.usage,
    suggestions: [remedy],
  })
}

function rulesFile(env: NodeJS.ProcessEnv): string {
  return homeFiles(hermesHome(env)).permissions
}
