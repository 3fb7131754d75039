import {parseRule} from '../../src/permissions/rules/rule.js'
import {judgeReading} from '../../src/permissions/shell/judge.js'
import type {ActiveRule, Rule, RuleEffect} from '../../src/permissions/types.js'
import type {CommandJudge} from '../../src/permissions/verdict/command-verdict.js'
import type {DecisionContext} from '../../src/permissions/verdict/decide.js'
import {openWorkspace} from '../../src/permissions/workspace.js'
import type {Sandbox} from '../helpers/sandbox.js'

export function ruleFrom(text: string, effect: RuleEffect = 'allow'): Rule {
  const parsed = parseRule(text, effect)
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem.problem}`)
  return parsed.rule
}

/** `allow bash(npm test)`, `deny read(secret/**)`. */
export function rulesFrom(...lines: string[]): ActiveRule[] {
  return lines.map((line) => {
    const [effect, ...text] = line.split(' ')
    return {
      effect: effect as RuleEffect,
      rule: ruleFrom(text.join(' '), effect as RuleEffect),
      source: 'configuration',
    }
  })
}

/** Somebody in front of the project of the sandbox, in mode `ask`. */
export function contextOf(box: Sandbox, change: Partial<DecisionContext> = {}): DecisionContext {
  const workspace = openWorkspace({cwd: box.project, env: box.env})
  const PATH = '/usr/bin:/bin'
  const judge: CommandJudge = (command, cwd) => judgeReading(command, {cwd, workspace, env: {PATH}})
  return {mode: 'ask', rules: [], workspace, judge, interactive: true, searchPath: PATH, ...change}
}
