import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {excessOf} from '../../config/files/bounds.js'
import {locator, positionAt} from '../../config/files/positions.js'
import {errnoOf, exitCodes, HermesError, messageOf} from '../../errors.js'
import {isWindows} from '../../platform.js'
import type {ActiveRule, Rule, RuleEffect} from '../types.js'
import {withLock} from './lock.js'
import {parseRule, ruleProblemText} from './rule.js'

/** A rule that was made by "always", or by `hermes permissions add`. */
export interface StoredRule {
  effect: RuleEffect
  rule: Rule
}

/** Rules by the root of the workspace that they were made in. */
export type StoredRules = ReadonlyMap<string, readonly StoredRule[]>

/** Thousands of rules; more is none of ours. */
const MAX_BYTES = 262_144

const effects = ['deny', 'ask', 'allow'] as const

const heading =
  '# What was allowed, asked for and denied "always", by project. "hermes permissions" shows and changes it.\n'

/**
 * What is stored; nothing where there is no file. Throws a HermesError that names file, line and column where
 * anything in it is wrong, or where somebody else may have written it: then nothing of it holds.
 */
export async function readRulesFile(file: string): Promise<StoredRules> {
  const text = readPrivate(file)
  return text === undefined ? new Map() : parseRules(file, text)
}

/**
 * The rules of a project, to be decided by. Of a file that can't be read no rule is known, its deny and ask rules
 * neither: then everything that would need a rule asks, and `problem` says why.
 */
export async function rulesOfProject(
  file: string,
  root: string,
): Promise<{rules: ActiveRule[]; problem?: HermesError}> {
  const active = (stored: readonly StoredRule[]): ActiveRule[] =>
    stored.map((each) => ({...each, source: 'project', workspace: root}))
  try {
    return {rules: active((await readRulesFile(file)).get(root) ?? [])}
  } catch (error) {
    if (!(error instanceof HermesError)) throw error
    const whole = (['bash', 'edit', 'fetch', 'mcp'] as const).map((tool) => ({
      tool,
      pattern: undefined,
      text: tool === 'mcp' ? 'mcp__*' : tool,
    }))
    return {rules: active(whole.map((rule) => ({effect: 'ask', rule}))), problem: error}
  }
}

/** Adds a rule to a project's. False: it was there. */
export async function addRule(file: string, root: string, added: StoredRule): Promise<boolean> {
  return change(file, root, (rules) =>
    rules.some(({effect, rule}) => effect === added.effect && rule.text === added.rule.text)
      ? rules
      : [...rules, added],
  )
}

/** Takes a project's rule of this text back, whatever its effect is. False: there was none. */
export async function removeRule(file: string, root: string, text: string): Promise<boolean> {
  return change(file, root, (rules) => {
    const left = rules.filter(({rule}) => rule.text !== text)
    return left.length < rules.length ? left : rules
  })
}

/** Other processes read and write it too: it is read again under a lock, and replaced as a whole. */
async function change(
  file: string,
  root: string,
  changed: (rules: readonly StoredRule[]) => readonly StoredRule[],
): Promise<boolean> {
  const yaml = await import('js-yaml')
  // A file with a mistake is told of here, with its line.
  const known = (await readRulesFile(file)).get(root) ?? []
  if (changed(known) === known) return false
  try {
    return await withLock(`${file}.lock`, () => {
      const stored = new Map(storedRules(onlyDocument(yaml, readPrivate(file) ?? ''), () => invalid(file)))
      const before = stored.get(root) ?? []
      const after = changed(before)
      if (after === before) return false
      if (after.length > 0) stored.set(root, after)
      else stored.delete(root)
      writePrivate(file, heading + yaml.dump(documentOf(stored), {lineWidth: -1}))
      return true
    })
  } catch (error) {
    if (error instanceof HermesError) throw error
    throw new HermesError(`${file}: the rules can't be written: ${messageOf(error)}`, {
      code: 'permissions/unwritable',
      exit: exitCodes.config,
      cause: error,
    })
  }
}

function documentOf(stored: StoredRules): unknown {
  const projects = [...stored].map(([root, rules]) => {
    const lists = effects.map((effect) => [effect, rules.filter((rule) => rule.effect === effect)] as const)
    const filled = lists.filter(([, list]) => list.length > 0)
    return [
      root,
      Object.fromEntries(filled.map(([effect, list]) => [effect, list.map(({rule}) => rule.text)])),
    ] as const
  })
  return {version: 1, projects: Object.fromEntries(projects)}
}

async function parseRules(file: string, text: string): Promise<StoredRules> {
  const yaml = await import('js-yaml')
  let data: unknown
  try {
    data = onlyDocument(yaml, text)
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error
    const {line, column} = positionAt(text, error.mark?.position ?? 0)
    throw invalid(file, `${file}:${line}:${column}: this is not valid YAML: ${error.reason}`)
  }
  const locate = await locator(text)
  return storedRules(data, (path, reason) => {
    const {line, column} = locate(path)
    return invalid(file, `${file}:${line}:${column}: ${reason}`)
  })
}

/** An empty file holds none. */
function onlyDocument({loadAll, YAMLException}: typeof import('js-yaml'), text: string): unknown {
  const [data, second] = loadAll(text)
  if (second !== undefined) throw new YAMLException('it holds more than one document')
  const excess = excessOf(data, {maxNodes: MAX_BYTES})
  if (excess !== undefined) throw new YAMLException(excess)
  return data ?? {}
}

function storedRules(data: unknown, fault: (path: readonly string[], reason: string) => HermesError): StoredRules {
  const top = groupOf(data, [], fault)
  for (const key of Object.keys(top)) {
    if (key !== 'version' && key !== 'projects') throw fault([key], `"${key}" is not known; expected version, projects`)
  }
  if (top.version !== undefined && top.version !== 1) throw fault(['version'], 'it was written by a newer hermes')
  const stored = new Map<string, StoredRule[]>()
  for (const [root, value] of Object.entries(groupOf(top.projects ?? {}, ['projects'], fault))) {
    const rules: StoredRule[] = []
    for (const [name, list] of Object.entries(groupOf(value ?? {}, ['projects', root], fault))) {
      const at = ['projects', root, name]
      const effect = effects.find((each) => each === name)
      if (!effect) throw fault(at, `"${name}" is not known; expected ${effects.join(', ')}`)
      if (!Array.isArray(list)) throw fault(at, `"${name}" is not a list of rules`)
      for (const [index, text] of list.entries()) {
        const parsed = typeof text === 'string' ? parseRule(text, effect) : undefined
        if (!parsed) throw fault([...at, String(index)], `${JSON.stringify(text)} is no rule`)
        if ('problem' in parsed) throw fault([...at, String(index)], ruleProblemText(parsed.problem))
        rules.push({effect, rule: parsed.rule})
      }
    }
    stored.set(root, rules)
  }
  return stored
}

function groupOf(
  value: unknown,
  path: readonly string[],
  fault: (path: readonly string[], reason: string) => HermesError,
): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw fault(path, path.length === 0 ? 'it does not hold projects with rules' : `"${path.at(-1)}" is not a group`)
}

function invalid(file: string, message = `${file}: it was changed to something that can't be read`): HermesError {
  return new HermesError(message, {
    code: 'permissions/invalid',
    exit: exitCodes.config,
    suggestions: ['mend it, or move the file away: until then none of its rules allows anything'],
  })
}

/** The text of a file that only we can have written; undefined where there is none. */
function readPrivate(file: string): string | undefined {
  let descriptor: number
  try {
    // A FIFO in its place must not hold up the program.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    descriptor = openSync(file, flags)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw unreadable(
      file,
      errnoOf(error) === 'ELOOP' ? 'it is a symbolic link, which is not followed' : messageOf(error),
    )
  }
  try {
    const stats = fstatSync(descriptor)
    const {size, mode, uid} = stats
    if (!stats.isFile()) throw unreadable(file, 'it is not a file')
    if (size > MAX_BYTES) throw unreadable(file, `it is larger than ${MAX_BYTES} bytes`)
    if (!isWindows) {
      const user = process.geteuid?.()
      if (user !== undefined && uid !== user) throw unreadable(file, `it belongs to user ${uid}, not to ${user}`)
      if ((mode & 0o022) !== 0) throw unreadable(file, 'others may write to it', `chmod 600 ${file}`)
      if ((mode & 0o077) !== 0) fchmodSync(descriptor, 0o600)
    }
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

function unreadable(file: string, reason: string, remedy = 'move it away and allow again what is needed'): HermesError {
  return new HermesError(`${file}: the rules can't be read: ${reason}`, {
    code: 'permissions/unreadable',
    exit: exitCodes.config,
    suggestions: [remedy],
  })
}

/** As a whole or not at all, a power cut included. */
function writePrivate(file: string, text: string): void {
  if (Buffer.byteLength(text) > MAX_BYTES) throw new Error(`they would take more than ${MAX_BYTES} bytes`)
  // Whoever left one was killed: only the holder of the lock writes.
  const draft = `${file}.tmp`
  rmSync(draft, {force: true})
  try {
    const descriptor = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, {force: true})
    throw error
  }
}
