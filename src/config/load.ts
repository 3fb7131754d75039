import {statSync} from 'node:fs'
import path from 'node:path'
import {visibleText} from '../control-sequences.js'
import {exitCodes, HermesError} from '../errors.js'
import {isWindows} from '../platform.js'
import {redactValue} from '../redact/index.js'
import {wrongText} from '../refusal/text.js'
import {type CheckContext, type Checked, type Complaint, checkValue, isRecord} from './check.js'
import {type Discovered, discover, type FileRank, type Place} from './files/discover.js'
import {flatten} from './files/flatten.js'
import {type Locate, locator} from './files/positions.js'
import type {RawFile} from './files/read.js'
import {type Config, type ConfigKey, configKeys, defaultConfig, type Setting, settingOf} from './schema.js'

export type Origin =
  | {kind: 'default'}
  | {kind: 'user' | 'project'; file: string}
  | {kind: 'environment'; variable: string}
  | {kind: 'flag'}

/** A file that was used, with what was left out of it. */
export interface UsedFile {
  path: string
  rank: FileRank
  /** True for the person's own files; a project's until it changes after `hermes config trust`. */
  trusted: boolean
  /** Keys that only a trusted file may set, and that this one sets in vain. */
  ignored: ConfigKey[]
}

export interface LoadedConfig {
  values: Config
  origins: Readonly<Record<ConfigKey, Origin>>
  /** Of each rule of `permissions.*`, by its text: those of several files add up. */
  ruleOrigins: Readonly<Record<RuleKey, ReadonlyMap<string, Origin>>>
  /** Weakest first. */
  files: UsedFile[]
  /** Where files were looked for, strongest first. */
  places: Place[]
  /** One line each, for the person, to be shown at every start. */
  warnings: string[]
  /** The model, and the project's file that chooses it, where the person did not trust that file. */
  modelChoice: {model: string; file: string} | undefined
  /** What the person should know and need not be told twice. */
  hints: Hint[]
}

export interface Hint {
  /** The same for what is the same, though its line in a file may be another. */
  id: string
  /** One line. */
  text: string
}

export interface LoadOptions {
  /** Where the search for a project's file begins. */
  cwd: string
  env: NodeJS.ProcessEnv
  /** Values of the command line; undefined ones are not set. Text is read as in an environment variable. */
  flags?: {readonly [K in ConfigKey]?: unknown}
}

const ruleKeys = ['permissions.allow', 'permissions.ask', 'permissions.deny'] as const
export type RuleKey = (typeof ruleKeys)[number]

/** Of one problem; a key may be as long as a file. */
const MAX_TEXT = 400

/** Problems that are told; a file may have thousands. */
const MAX_TOLD = 20

interface Problem {
  /** Undefined where there is no file: an environment variable or a flag. */
  file: RawFile | undefined
  path: readonly string[]
  message: string
}

/**
 * Loads the configuration: defaults < the person's file < `HERMES_CONFIG` < the project's file <
 * environment < flags. `providers` are merged by name, rules add up, everything else is replaced.
 *
 * Throws a HermesError (`config/…`, exit code `exitCodes.config`) that lists every problem with
 * file, line and column.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const {cwd, env} = options
  const discovered = await discover(cwd, env)
  const values: Record<string, unknown> = {...defaultConfig()}
  const origins: Record<string, Origin> = Object.fromEntries(configKeys.map((key) => [key, {kind: 'default'}]))
  const ruleOrigins: Record<string, Map<string, Origin>> = Object.fromEntries(ruleKeys.map((key) => [key, new Map()]))
  const problems: Problem[] = []
  const untrusted: Problem[] = []
  const outdated: (Problem & {key: ConfigKey})[] = []
  const files: UsedFile[] = []

  const set = async (key: ConfigKey, raw: unknown, context: CheckContext, origin: Origin): Promise<Complaint[]> => {
    const checked = await checkedValue(settingOf(key), raw, context)
    if ('complaints' in checked) return checked.complaints
    values[key] = merged(settingOf(key), values[key], checked.value)
    origins[key] = origin
    if (settingOf(key).type === 'rules' && Array.isArray(checked.value)) {
      for (const text of checked.value) ruleOrigins[key]?.set(text, origin)
    }
    return []
  }

  for (const file of discovered.files) {
    const {found, misplaced} = flatten(file.data)
    const context = {text: false, base: path.dirname(file.path), env}
    const sensitive = found.some(({key}) => settingOf(key).rank === 'user')
    const trusted = file.rank === 'user' || !sensitive || (await isTrusted(file, env))
    const used: UsedFile = {path: file.path, rank: file.rank, trusted, ignored: []}
    for (const {path: at, message} of misplaced) problems.push({file, path: at, message})
    for (const {key, value, path: at} of found) {
      if (!trusted && settingOf(key).rank === 'user') {
        used.ignored.push(key)
        if (settingOf(key).formerly) {
          const message = `"${key}" is ignored: it is your own setting now, since it says which crash logs are deleted`
          outdated.push({file, path: at, message, key})
        } else untrusted.push({file, path: at, message: `"${key}" is ignored until you trust this file`})
        continue
      }
      for (const complaint of await set(key, value, context, {kind: file.rank, file: file.path})) {
        problems.push({file, path: [...at, ...complaint.path], message: complaintText(key, complaint)})
      }
    }
    files.push(used)
  }

  const text = {text: true, base: cwd, env}
  for (const key of configKeys) {
    const variable = settingOf(key).env
    const raw = variable && env[variable]?.trim()
    if (!variable || !raw) continue
    for (const complaint of await set(key, raw, text, {kind: 'environment', variable})) {
      problems.push({file: undefined, path: [], message: `${variable}: ${complaintText(key, complaint)}`})
    }
  }
  for (const key of configKeys) {
    const raw = options.flags?.[key]
    if (raw === undefined) continue
    for (const complaint of await set(key, raw, text, {kind: 'flag'})) {
      problems.push({file: undefined, path: [], message: complaintText(key, complaint)})
    }
  }

  if (problems.length > 0) throw await problemError(problems)
  return {
    values: values as Config,
    origins: origins as Record<ConfigKey, Origin>,
    ruleOrigins: ruleOrigins as Record<RuleKey, Map<string, Origin>>,
    files,
    places: discovered.places,
    warnings: [...foreignWarnings(discovered), ...(await warningsOf(untrusted, discovered))],
    modelChoice: await modelChoice(values.model, origins.model, discovered, env),
    hints: [...(await outdatedHints(outdated)), ...openSecrets(discovered)],
  }
}

async function checkedValue(setting: Setting, raw: unknown, context: CheckContext): Promise<Checked> {
  if (setting.type === 'servers') {
    const {checkMcpServers} = await import('./mcp-servers.js')
    return checkMcpServers(raw, context)
  }
  if (setting.type !== 'keys') return checkValue(setting, raw, context)
  const {checkOwnKeys} = await import('../keys/own-keys.js')
  return checkOwnKeys(raw)
}

/** A model is who gets what the person writes. */
async function modelChoice(
  model: unknown,
  origin: Origin | undefined,
  {files}: Discovered,
  env: NodeJS.ProcessEnv,
): Promise<LoadedConfig['modelChoice']> {
  const file = files.find(({rank}) => rank === 'project')
  if (typeof model !== 'string' || origin?.kind !== 'project' || !file || (await isTrusted(file, env))) return undefined
  return {model, file: file.path}
}

function foreignWarnings({foreign}: Discovered): string[] {
  return foreign.map(({path: file, owner}) => `${visibleText(file)} is not read: it belongs to user ${owner}`)
}

async function outdatedHints(outdated: readonly (Problem & {key: ConfigKey})[]): Promise<Hint[]> {
  const lines = await placed(outdated)
  return outdated.map(({file, key}, index) => ({id: `${key} ${file?.path}`, text: lines[index] ?? ''}))
}

/** The person's files are made by an editor, with the modes that the umask leaves. */
function openSecrets({files}: Discovered): Hint[] {
  if (isWindows) return []
  return files.flatMap(({path: file, rank, data}) => {
    if (rank !== 'user' || !holdsSecrets(data)) return []
    const mode = statSync(file, {throwIfNoEntry: false})?.mode ?? 0
    if ((mode & 0o066) === 0) return []
    const who = (mode & 0o006) === 0 ? 'your group' : 'everybody on this machine'
    const shown = visibleText(file)
    return [{id: `modes ${file}`, text: `${shown} holds keys, and ${who} may read it: chmod 600 ${shown}`}]
  })
}

function holdsSecrets(data: unknown): boolean {
  const {found} = flatten(data)
  const holders = found.filter(({key}) => key === 'providers' || key === 'mcp').map(({value}) => value)
  const secret = (each: unknown) =>
    isRecord(each) && ['apiKey', 'headers', 'env'].some((name) => each[name] !== undefined)
  return holders.some((named) => isRecord(named) && Object.values(named).some(secret))
}

/** Loaded late: few project files set what needs trust, and hashing takes Node's crypto. */
async function isTrusted(file: RawFile, env: NodeJS.ProcessEnv): Promise<boolean> {
  const {openTrustStore} = await import('./trust.js')
  return openTrustStore(env).isTrusted(file)
}

/** Providers and servers are merged by name; rules add up, so that none is lost by another file; everything else is replaced. */
function merged({type}: Setting, weaker: unknown, stronger: unknown): unknown {
  if (type === 'providers' || type === 'servers')
    return {...(isRecord(weaker) ? weaker : {}), ...(isRecord(stronger) ? stronger : {})}
  if (type === 'rules' && Array.isArray(weaker) && Array.isArray(stronger))
    return [...new Set([...weaker, ...stronger])]
  return stronger
}

function complaintText(key: ConfigKey, complaint: Complaint): string {
  const name = [key, ...complaint.path].join('.')
  // A key may stand anywhere in a provider that was written wrong.
  const open = /^(kind|baseUrl|models|tools|streamUsage|promptCaching|thinkTags|\d+)$/
  const isSecret =
    (key === 'providers' && !open.test(complaint.path.at(-1) ?? '')) ||
    (key === 'mcp' && complaint.path.some((part) => /^(?:env|headers|args)$/i.test(part)))
  const found = JSON.stringify(redactValue(complaint.found, isSecret ? 'secret' : key)) ?? String(complaint.found)
  return wrongText(`"${name}"`, found.length > 60 ? `${found.slice(0, 59)}…` : found, complaint.expected)
}

async function problemError(problems: readonly Problem[]): Promise<HermesError> {
  const lines = await placed(problems.slice(0, MAX_TOLD))
  const untold = problems.length - lines.length
  if (untold > 0) lines.push(`… and ${untold} more`)
  const message =
    lines.length === 1 ? lines.join('') : [`${problems.length} problems in the configuration:`, ...lines].join('\n  ')
  return new HermesError(message, {
    code: problems.every((problem) => problem.message.includes('not a known key'))
      ? 'config/unknown-key'
      : 'config/invalid',
    exit: exitCodes.config,
  })
}

async function warningsOf(untrusted: readonly Problem[], discovered: Discovered): Promise<string[]> {
  if (untrusted.length === 0) return []
  const project = discovered.files.find((file) => file.rank === 'project')
  const remedy = `read it, then run: hermes config trust ${visibleText(project?.path ?? '')}`
  return (await placed(untrusted)).map((line) => `${line} (${remedy})`)
}

/** Puts `file:line:column: ` before each message. */
async function placed(problems: readonly Problem[]): Promise<string[]> {
  const locators = new Map<RawFile, Locate>()
  const lines: string[] = []
  for (const {file, path: at, message: whole} of problems) {
    const message = whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT)}…` : whole
    if (!file) {
      lines.push(visibleText(message))
      continue
    }
    const locate = locators.get(file) ?? (await locator(file.text))
    locators.set(file, locate)
    const {line, column} = locate([...file.root, ...at])
    lines.push(visibleText(`${file.path}:${line}:${column}: ${message}`))
  }
  return lines
}
