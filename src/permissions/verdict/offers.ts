import path from 'node:path'
import {formatCommandPattern, literalPattern, trimShell} from '../rules/command-pattern.js'
import {formatHostPattern, hostPatternOf} from '../rules/host-pattern.js'
import {MCP_PREFIX} from '../rules/mcp-pattern.js'
import {formatPathPattern, literalPath} from '../rules/path-pattern.js'
import {parseRule, ruleOf} from '../rules/rule.js'
import {isBelow} from '../secret-files.js'
import {prefixOf} from '../shell/prefixes.js'
import type {Access, Offer, Rule} from '../types.js'
import type {FetchAccess} from './fetch-verdict.js'
import {type FileAccess, guardOf} from './file-verdict.js'
import type {McpAccess} from './mcp-verdict.js'
import {scanLine} from './scan.js'
import {type VerdictContext, verdictOn} from './verdict.js'

interface Candidate {
  rule: Rule
  covers: string
  scopes: readonly Offer['scope'][]
}

/** A longer text is nothing to keep in a file of rules. */
const MAX_ALWAYS_CHARS = 2000

/** More are no choice for a person, and each is tried. */
const MAX_PREFIXES = 4

const both = ['session', 'always'] as const

/**
 * What a yes to an access may cover beside this once: exactly this first, then the wider pattern where there is one
 * that is safe. Each rule was tried: with it the access is allowed. None is offered where a rule asks, or where no rule
 * may ever allow it.
 */
export async function offersFor(access: Access, context: VerdictContext): Promise<Offer[]> {
  const candidates = await candidatesFor(access, context)
  const offers: Offer[] = []
  for (const {rule, covers, scopes} of candidates) {
    const source = {effect: 'allow', source: 'session', workspace: context.workspace.root} as const
    const tried = await verdictOn(access, {...context, mode: 'ask', rules: [...context.rules, {...source, rule}]})
    if (tried.verdict !== 'allow') continue
    offers.push(...scopes.map((scope) => ({scope, rule: rule.text, covers})))
  }
  return offers
}

function candidatesFor(access: Access, context: VerdictContext): Candidate[] | Promise<Candidate[]> {
  if (access.tool === 'bash') return ofCommand(access, context)
  if (access.tool === 'mcp') return ofMcp(access)
  return access.tool === 'fetch' ? ofFetch(access) : ofFile(access, context)
}

function ofFetch({url}: FetchAccess): Candidate[] {
  const host = formatHostPattern(hostPatternOf(new URL(url)))
  return [{rule: ruleOf('fetch', host), covers: `every page of ${host}`, scopes: both}]
}

function ofMcp({name}: McpAccess): Candidate[] {
  const server = name.slice(MCP_PREFIX.length).split('__', 1)[0] ?? ''
  const candidates: [string, string][] = [
    [name, 'this tool, whatever it is given'],
    [MCP_PREFIX + server, `every tool of ${server}`],
  ]
  return candidates.flatMap(([text, covers]) => {
    const parsed = parseRule(text, 'allow')
    return 'rule' in parsed ? [{rule: parsed.rule, covers, scopes: both}] : []
  })
}

async function ofCommand(
  {command, cwd}: Extract<Access, {tool: 'bash'}>,
  context: VerdictContext,
): Promise<Candidate[]> {
  const line = await scanLine(command, cwd, context.workspace)
  const candidates: Candidate[] = []
  const text = trimShell(command)
  const [only, ...others] = line.commands
  const exactWords = only?.layers[0]?.every(({literal}) => literal)
    ? only.layers[0].map((word) => word.text)
    : undefined
  const exact =
    // `a &`, `! a` and `time a` are more than their words.
    line.complete &&
    exactWords &&
    others.length === 0 &&
    only?.text === text &&
    only.redirects.length === 0 &&
    only.assignments.length === 0
      ? await firstAllowed(exactWords, text, {command, cwd}, context)
      : exactText(text)
  if (exact) {
    const scopes = exact.text.length > MAX_ALWAYS_CHARS ? (['session'] as const) : both
    candidates.push({rule: exact, covers: 'exactly this command', scopes})
  }
  const prefixes = new Map<string, readonly string[]>()
  for (const {words} of line.complete ? line.commands : []) {
    const prefix = prefixOf(words)
    if (prefix && prefixes.size < MAX_PREFIXES) prefixes.set(prefix.join('\0'), prefix)
  }
  for (const prefix of prefixes.values()) {
    const pattern = formatCommandPattern(literalPattern(prefix, true))
    const parsed = parseRule(`bash(${pattern})`, 'allow')
    if ('rule' in parsed)
      candidates.push({rule: parsed.rule, covers: `${prefix.join(' ')} with any arguments`, scopes: both})
  }
  return candidates
}

/** The words of the command are easier to read than its text, where they say the same. */
async function firstAllowed(
  words: readonly string[],
  text: string,
  access: {command: string; cwd: string},
  context: VerdictContext,
): Promise<Rule | undefined> {
  const rule = ruleOf('bash', formatCommandPattern(literalPattern(words)))
  const rules = [
    ...context.rules,
    {effect: 'allow', rule, source: 'session', workspace: context.workspace.root} as const,
  ]
  const tried = await verdictOn({tool: 'bash', ...access}, {...context, mode: 'ask', rules})
  return tried.verdict === 'allow' ? rule : exactText(text)
}

function exactText(text: string): Rule | undefined {
  return text === '' || text.includes('\0') ? undefined : ruleOf('bash', formatCommandPattern({kind: 'exact', text}))
}

function ofFile(access: FileAccess, {workspace}: VerdictContext): Candidate[] {
  const {tool, path: file} = access
  const fromRoot = path.relative(workspace.root, file)
  const isInRoot = isBelow(file, workspace.root) && fromRoot !== ''
  const guard = guardOf(access, workspace)
  if (guard && !guard.byName) return []
  const place = isInRoot
    ? literalPath('workspace', fromRoot)
    : literalPath('root', path.relative(path.parse(file).root, file))
  const isOrdinary = guard === undefined && workspace.contains(file)
  const candidates: Candidate[] = [
    {
      rule: ruleOf(tool, formatPathPattern(place)),
      covers: `this file${guard || !isOrdinary ? ', until the session ends' : ''}`,
      scopes: isOrdinary ? both : ['session'],
    },
  ]
  if (tool !== 'edit' || !isOrdinary || !isInRoot) return candidates
  const folder = path.dirname(fromRoot)
  const inside = folder === '.' ? literalPath('workspace', '', true) : literalPath('workspace', folder, true)
  candidates.push({
    rule: ruleOf(tool, formatPathPattern(inside)),
    covers: folder === '.' ? 'every file of this project' : `every file in ${folder}${path.sep} and below`,
    scopes: both,
  })
  return candidates
}
