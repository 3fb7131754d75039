import path from 'node:path'
import type {CommandJudge} from '../../src/permissions/command-verdict.js'
import type {DecisionContext} from '../../src/permissions/decide.js'
import {parseRule} from '../../src/permissions/rule.js'
import {parseCommand} from '../../src/permissions/shell/parse.js'
import type {ActiveRule, Rule, RuleEffect} from '../../src/permissions/types.js'
import {openWorkspace} from '../../src/permissions/workspace.js'
import type {Sandbox} from '../helpers/sandbox.js'

/** Proves a few programs to only read; what it is asked is a line of plain words. */
export const judge: CommandJudge = async (command) => {
  const {commands} = await parseCommand(command)
  const [only, ...others] = commands
  const words = only?.words.map(({text}) => text) ?? []
  if (!only || others.length > 0 || !/^(?:tail|cat|ls)$/.test(words[0] ?? '') || !only.words.every((w) => w.literal)) {
    return {kind: 'asks', why: 'it may do more than read'}
  }
  const program = path.join('/usr/bin', words[0] ?? '')
  return {kind: 'reads', run: {lists: [{when: 'first', pipeline: [{program, args: words.slice(1)}]}]}}
}

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
  return {mode: 'ask', rules: [], workspace, judge, interactive: true, searchPath: '/usr/bin', ...change}
}
