import {carrierOf, loadsCode} from '../shell/carriers.js'
import type {Rule, RuleEffect} from '../types.js'
import {
  type CommandPattern,
  formatCommandPattern,
  isLiteralPattern,
  literalWord,
  parseCommandPattern,
} from './command-pattern.js'
import {formatHostPattern, parseHostPattern} from './host-pattern.js'
import {mcpRule} from './mcp-pattern.js'
import {formatPathPattern, parsePathPattern} from './path-pattern.js'

/** What is wrong with a rule, what of it, and what to write instead. */
export interface RuleProblem {
  /** The rule as it was written. */
  value: string
  problem: string
  remedy: string
}

/** Those that take a pattern. */
export type PatternTool = 'bash' | 'read' | 'edit' | 'fetch'

/** Names by which other programs and our own tools call these. */
const aliases: Readonly<Record<string, PatternTool>> = {
  bash: 'bash',
  terminal: 'bash',
  read: 'read',
  read_file: 'read',
  edit: 'edit',
  edit_file: 'edit',
  write: 'edit',
  write_file: 'edit',
  fetch: 'fetch',
  webfetch: 'fetch',
  web_fetch: 'fetch',
}

/**
 * Reads `tool`, `bash(words)`, `read(path)`, `edit(path)`, `fetch(host)` or `mcp__server__tool`. The effect decides what may be written: what
 * would allow everything without saying so, or could never allow anything, is refused.
 */
export function parseRule(source: string, effect: RuleEffect): {rule: Rule} | {problem: RuleProblem} {
  const value = source.trim()
  const refuse = (problem: string, remedy: string) => ({problem: {value, problem, remedy}})
  const parts = /^([A-Za-z_][\w-]*\*?)[ \t]*(?:\(([\s\S]*)\))?$/.exec(value)
  const name = parts?.[1]
  if (name === undefined) return refuse('it is no rule', 'write tool(pattern), as in bash(npm test *) or edit(src/**)')
  const alias = name.toLowerCase()
  const tool = Object.hasOwn(aliases, alias) ? aliases[alias] : undefined
  const pattern = parts?.[2]

  const ofServer = pattern === undefined ? mcpRule(name) : undefined
  if (ofServer) return 'rule' in ofServer ? ofServer : refuse(ofServer.problem, ofServer.remedy)
  if (tool === undefined && name.endsWith('*')) return refuse('it is no rule', 'write the whole name of the tool')

  if (tool === undefined) {
    if (pattern === undefined && effect !== 'ask') return {rule: {tool: name, pattern: undefined, text: name}}
    if (pattern === undefined) {
      return refuse(
        `"${name}" asks for nothing`,
        `deny ${name}, or leave the rule out; bash, read, edit and fetch can be asked for`,
      )
    }
    return refuse(`"${name}" takes no pattern`, `write ${name} for the whole tool; bash, read, edit and fetch take one`)
  }
  if (pattern === undefined) {
    if (tool === 'bash' && effect === 'allow') return refuse('it would allow every command', 'write bash(*) to say so')
    if (tool === 'fetch' && effect === 'allow') return refuse('it would allow every host', 'write fetch(*) to say so')
    return {rule: {tool, pattern: undefined, text: tool}}
  }
  if (tool === 'bash') {
    const parsed = parseCommandPattern(pattern)
    if ('problem' in parsed) return refuse(parsed.problem, parsed.remedy)
    const useless = effect === 'allow' ? neverAllows(parsed) : undefined
    if (useless) return refuse(useless.problem, useless.remedy)
    return {rule: ruleOf('bash', formatCommandPattern(parsed))}
  }
  if (tool === 'fetch') {
    const parsed = parseHostPattern(pattern)
    if ('problem' in parsed) return refuse(parsed.problem, parsed.remedy)
    return {rule: ruleOf('fetch', formatHostPattern(parsed))}
  }
  const parsed = parsePathPattern(pattern)
  if ('problem' in parsed) return refuse(parsed.problem, parsed.remedy)
  return {rule: ruleOf(tool, formatPathPattern(parsed))}
}

/** `bash(npm test *)` from its parts; the pattern is in its one spelling already. */
export function ruleOf(tool: PatternTool, pattern: string): Rule {
  return {tool, pattern, text: `${tool}(${pattern})`}
}

/** `"bash": it would allow every command: write bash(*) to say so` */
export function ruleProblemText({value, problem, remedy}: RuleProblem): string {
  return `${JSON.stringify(value)}: ${problem}: ${remedy}`
}

function neverAllows(pattern: CommandPattern): {problem: string; remedy: string} | undefined {
  if (pattern.kind !== 'words') return undefined
  const loader = pattern.assignments.find(({name}) => loadsCode(name))
  if (loader) {
    return {problem: `${loader.name} names code that the program loads`, remedy: 'allow the exact text: bash(=…)'}
  }
  const words = pattern.words.map(literalWord)
  const carrier = isLiteralPattern(pattern) ? undefined : carrierOf(words.map((word) => word ?? ''))
  if (carrier === undefined) return undefined
  return {problem: `${carrier} runs what follows it, whatever that is`, remedy: 'allow the exact text: bash(=…)'}
}
