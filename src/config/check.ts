import {formatHostPattern, parseHostPattern} from '../permissions/rules/host-pattern.js'
import {parseRule} from '../permissions/rules/rule.js'
import type {RuleEffect} from '../permissions/types.js'
import {isWindows} from '../platform.js'
import {choiceText} from '../refusal/text.js'
import {cloudForms, isCloudValue} from './cloud-values.js'
import {splitCommand} from './command-line.js'
import {resolvePath} from './paths.js'
import {cloudFields, efforts, type ProviderConfig, providerKinds, type Setting, thinkTagModes} from './schema.js'

/** Where a value comes from decides how it is read: outside of files everything is text. */
export interface CheckContext {
  /** True for environment variables and flags. */
  text: boolean
  /** Folder that relative paths start at. */
  base: string
  env: NodeJS.ProcessEnv
}

/** What is wrong with a value, and where inside it. */
export interface Complaint {
  /** Keys and indexes below the setting. */
  path: string[]
  found: unknown
  /** Completes "expected …". */
  expected: string
}

export type Checked = {value: unknown} | {complaints: Complaint[]}

/**
 * Checks one value against its row of the table and brings it into the form that {@link Config} has. Keys and servers have
 * checks of their own: the table of keys would be 1 ms of the start of a gateway, which has none.
 */
export function checkValue(
  setting: Exclude<Setting, {type: 'keys' | 'servers'}>,
  raw: unknown,
  context: CheckContext,
): Checked {
  switch (setting.type) {
    case 'string':
      return typeof raw === 'string' && raw.trim() ? {value: raw.trim()} : complain(raw, 'text')
    case 'path':
      return typeof raw === 'string' && raw.trim()
        ? {value: resolvePath(raw.trim(), context.base, context.env)}
        : complain(raw, 'a path')
    case 'boolean': {
      const value = context.text && typeof raw === 'string' ? booleanOf(raw) : raw
      return typeof value === 'boolean' ? {value} : complain(raw, 'true or false')
    }
    case 'integer': {
      const value = context.text ? integerOf(raw) : raw
      return isIntegerIn(value, setting) ? {value} : complain(raw, integerRange(setting))
    }
    case 'integers':
      return checkIntegers(setting, raw, context)
    case 'choice':
      return typeof raw === 'string' && setting.choices.includes(raw)
        ? {value: raw}
        : complain(raw, choiceText(raw, setting.choices))
    case 'command':
      return checkCommand(raw, context)
    case 'rules':
      return checkList(raw, 'a list of rules such as bash(npm test *)', (item) => checkRule(item, setting.effect))
    case 'paths':
      return checkList(raw, 'a list of paths', (item) =>
        typeof item === 'string' && item.trim()
          ? {value: resolvePath(item.trim(), context.base, context.env)}
          : {expected: 'a path'},
      )
    case 'names':
      return checkList(raw, 'a list of names of variables', (item) =>
        typeof item === 'string' && /^[A-Za-z_]\w*$/.test(item) ? {value: item} : {expected: 'the name of a variable'},
      )
    case 'hosts':
      return checkList(raw, 'a list of hosts', (item) => {
        const pattern = typeof item === 'string' ? parseHostPattern(item) : undefined
        return pattern && !('problem' in pattern)
          ? {value: formatHostPattern(pattern)}
          : {expected: 'a host such as localhost:3000 or *.lan'}
      })
    case 'commands':
      return checkCommands(raw, context)
    case 'providers':
      return checkProviders(raw, context)
  }
}

/** What a setting takes, for help and documentation. */
export function expectation(setting: Setting): string {
  switch (setting.type) {
    case 'string':
      return 'text'
    case 'path':
      return 'path'
    case 'boolean':
      return 'true or false'
    case 'integer':
      return integerRange(setting)
    case 'integers':
      return `list of numbers, each ${setting.min} to ${setting.max}`
    case 'choice':
      return setting.choices.join(', ')
    case 'command':
      return 'list of words, or one line'
    case 'rules':
      return 'list of rules'
    case 'paths':
      return 'list of paths'
    case 'names':
      return 'list of names'
    case 'hosts':
      return 'list of hosts'
    case 'keys':
      return 'lists of keys by action'
    case 'commands':
      return 'commands by glob or name'
    case 'providers':
      return 'providers by name'
    case 'servers':
      return 'servers by name'
  }
}

function complain(found: unknown, expected: string, path: string[] = []): {complaints: Complaint[]} {
  return {complaints: [{path, found, expected}]}
}

function booleanOf(text: string): boolean | undefined {
  if (/^(1|true|yes|on)$/i.test(text)) return true
  if (/^(0|false|no|off)$/i.test(text)) return false
  return undefined
}

function integerOf(raw: unknown): unknown {
  return typeof raw === 'string' && /^[+-]?\d+$/.test(raw.trim()) ? Number(raw) : raw
}

function isIntegerIn(value: unknown, range: {min: number; max: number}): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max
}

function integerRange({min, max}: {min: number; max: number}): string {
  return `a whole number from ${min} to ${max}`
}

function checkIntegers(setting: {min: number; max: number}, raw: unknown, context: CheckContext): Checked {
  const list = context.text && typeof raw === 'string' ? raw.split(',').map(integerOf) : raw
  const expected = `a list of whole numbers from ${setting.min} to ${setting.max}`
  if (!Array.isArray(list) || list.length === 0) return complain(raw, expected)
  const wrong = list.findIndex((item) => !isIntegerIn(item, setting))
  return wrong < 0 ? {value: list} : complain(list[wrong], integerRange(setting), [String(wrong)])
}

/** Every item that is wrong is told of, not the first alone. */
function checkList(
  raw: unknown,
  expected: string,
  check: (item: unknown) => {value: string} | {expected: string},
): Checked {
  if (!Array.isArray(raw)) return complain(raw, expected)
  const complaints: Complaint[] = []
  const value: string[] = []
  for (const [index, item] of raw.entries()) {
    const checked = check(item)
    if ('value' in checked) value.push(checked.value)
    else complaints.push({path: [String(index)], found: item, expected: checked.expected})
  }
  return complaints.length > 0 ? {complaints} : {value: [...new Set(value)]}
}

function checkRule(item: unknown, effect: RuleEffect): {value: string} | {expected: string} {
  if (typeof item !== 'string') return {expected: 'a rule such as bash(npm test *)'}
  const parsed = parseRule(item, effect)
  if ('rule' in parsed) return {value: parsed.rule.text}
  const {problem, remedy} = parsed.problem
  return {expected: `another rule, because ${problem}: ${remedy}`}
}

function checkCommand(raw: unknown, context: CheckContext): Checked {
  const expected = 'a program with its arguments, as a list of words or one line'
  if (typeof raw === 'string') {
    const split = splitCommand(raw, context.env)
    if ('problem' in split) return complain(raw, `${expected}, without ${split.problem}`)
    return split.words[0] ? {value: placedWords(split.words, context)} : complain(raw, expected)
  }
  if (!Array.isArray(raw) || raw.length === 0) return complain(raw, expected)
  const wrong = raw.findIndex((word, index) => typeof word !== 'string' || (index === 0 && word === ''))
  return wrong < 0 ? {value: placedWords(raw, context)} : complain(raw[wrong], 'a word', [String(wrong)])
}

function checkCommands(raw: unknown, context: CheckContext): Checked {
  const given = context.text && typeof raw === 'string' ? jsonOf(raw) : raw
  if (!isRecord(given)) return complain(raw, 'commands by glob, such as "*.ts": npx biome check --write {file}')
  const value: Record<string, unknown> = {}
  const complaints: Complaint[] = []
  for (const [glob, command] of Object.entries(given)) {
    const checked = glob.trim() === '' ? complain(glob, 'a glob') : checkCommand(command, context)
    if ('value' in checked) value[glob] = checked.value
    else complaints.push(...checked.complaints.map((one) => ({...one, path: [glob, ...one.path]})))
  }
  return complaints.length > 0 ? {complaints} : {value}
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * A file means what lies beside it, wherever it is read from: the program if it is no mere name, and arguments that
 * begin with `./` or `../`.
 */
function placedWords(words: readonly string[], {text, base, env}: CheckContext): readonly string[] {
  if (text) return words
  const hasFolder = isWindows ? /[\\/]/ : /\//
  const isRelative = isWindows ? /^\.{1,2}[\\/]/ : /^\.{1,2}\//
  return words.map((word, index) =>
    (index === 0 ? hasFolder : isRelative).test(word) ? resolvePath(word, base, env) : word,
  )
}

const providerFields = [
  'kind',
  'baseUrl',
  'apiKey',
  'apiKeyCommand',
  'headers',
  'models',
  'modelOptions',
  ...cloudFields,
] as const

function checkProviders(raw: unknown, context: CheckContext): Checked {
  if (!isRecord(raw)) return complain(raw, 'providers by name')
  const complaints: Complaint[] = []
  const value: [string, ProviderConfig][] = []
  for (const [name, provider] of Object.entries(raw)) {
    if (!isRecord(provider)) {
      complaints.push({path: [name], found: provider, expected: `a group of ${providerFields.join(', ')}`})
      continue
    }
    const fields: [string, unknown][] = []
    for (const [field, fieldValue] of Object.entries(provider)) {
      const checked = checkProviderField(field, fieldValue, context)
      if ('value' in checked) fields.push([field, checked.value])
      else for (const one of checked.complaints) complaints.push({...one, path: [name, field, ...one.path]})
    }
    if (provider.apiKey !== undefined && provider.apiKeyCommand !== undefined) {
      complaints.push({path: [name, 'apiKeyCommand'], found: provider.apiKeyCommand, expected: 'none beside `apiKey`'})
    }
    value.push([name, Object.fromEntries(fields)])
  }
  return complaints.length > 0 ? {complaints} : {value: Object.fromEntries(value)}
}

function checkProviderField(field: string, value: unknown, context: CheckContext): Checked {
  const when = (isRight: boolean, expected: string): Checked => (isRight ? {value} : complain(value, expected))
  switch (field) {
    case 'kind':
      return when(
        providerKinds.some((kind) => kind === value),
        choiceText(value, providerKinds),
      )
    case 'baseUrl':
      if (typeof value !== 'string' || !isHttpUrl(value)) {
        return complain(value, 'an address such as http://127.0.0.1:8080/v1')
      }
      // Node's fetch takes none, and an address is shown in many places.
      return when(
        !hasUser(value),
        'an address without user and password: a key belongs in `apiKey`, "Basic …" into `headers.authorization`',
      )
    case 'apiKey':
      return when(typeof value === 'string' && value !== '', 'text')
    case 'apiKeyCommand':
      return checkCommand(value, context)
    case 'headers':
      return when(isHeaders(value), 'header names with text')
    case 'models':
      return when(
        Array.isArray(value) && value.every((model) => typeof model === 'string' && model),
        'a list of model names',
      )
    case 'modelOptions':
      return checkModelOptions(value)
    case 'resource':
    case 'apiVersion':
    case 'region':
    case 'project':
    case 'location':
      return when(typeof value === 'string' && isCloudValue(field, value), cloudForms[field].expected)
    default:
      return complain(value, choiceText(field, providerFields).replace('one of', 'one of the fields'))
  }
}

/** Those that are true or false. */
const modelSwitches = ['tools', 'streamUsage', 'promptCaching', 'images'] as const
const modelFields = [
  ...modelSwitches,
  'thinkTags',
  'context',
  'output',
  'effort',
  'temperature',
  'headers',
  'inputPrice',
  'outputPrice',
  'cacheReadPrice',
  'cacheWritePrice',
] as const
type ModelField = (typeof modelFields)[number]

function checkModelOptions(raw: unknown): Checked {
  if (!isRecord(raw)) return complain(raw, 'options by name of the model, or under "*" for all')
  const complaints: Complaint[] = []
  for (const [model, options] of Object.entries(raw)) {
    if (!isRecord(options)) {
      complaints.push({path: [model], found: options, expected: `a group of ${modelFields.join(', ')}`})
      continue
    }
    for (const [field, value] of Object.entries(options)) {
      const path = [model, field]
      const expected = modelFields.some((each) => each === field)
        ? expectedOf(field as ModelField, value)
        : choiceText(field, modelFields).replace('one of', 'one of the fields')
      if (expected !== undefined) complaints.push({path, found: value, expected})
    }
    const lonely = lonelyPrice(options)
    if (lonely) complaints.push({path: [model, lonely], found: options[lonely], expected: lonelyText(lonely)})
  }
  return complaints.length > 0 ? {complaints} : {value: raw}
}

/** Undefined where the value is right. */
function expectedOf(field: ModelField, value: unknown): string | undefined {
  const unless = (isRight: boolean, expected: string) => (isRight ? undefined : expected)
  switch (field) {
    case 'thinkTags':
      return unless(
        thinkTagModes.some((mode) => mode === value),
        choiceText(value, thinkTagModes),
      )
    case 'effort':
      return unless(
        efforts.some((effort) => effort === value),
        choiceText(value, efforts),
      )
    case 'context':
    case 'output':
      return unless(Number.isSafeInteger(value) && (value as number) > 0, 'a number of tokens such as 128000')
    case 'temperature':
      return unless(isBetween(value, 0, 2), 'a number from 0 to 2')
    case 'headers':
      return unless(isHeaders(value), 'header names with text')
    case 'inputPrice':
    case 'outputPrice':
    case 'cacheReadPrice':
    case 'cacheWritePrice':
      return unless(isBetween(value, 0, 1_000_000), 'USD for a million tokens such as 2.5')
    default:
      return unless(typeof value === 'boolean', 'true or false')
  }
}

const isBetween = (value: unknown, low: number, high: number) =>
  typeof value === 'number' && value >= low && value <= high

const isHeaders = (value: unknown) =>
  isRecord(value) && Object.values(value).every((header) => typeof header === 'string')

/** A price without which another one tells no cost. */
function lonelyPrice(options: Record<string, unknown>): ModelField | undefined {
  const has = (field: ModelField) => options[field] !== undefined
  if (has('inputPrice') !== has('outputPrice')) return has('inputPrice') ? 'inputPrice' : 'outputPrice'
  if (has('inputPrice')) return undefined
  return (['cacheReadPrice', 'cacheWritePrice'] as const).find(has)
}

function lonelyText(field: ModelField): string {
  const other = field === 'inputPrice' ? '`outputPrice`' : field === 'outputPrice' ? '`inputPrice`' : undefined
  return `${other ?? '`inputPrice` and `outputPrice`'} beside it`
}

function hasUser(address: string): boolean {
  const {username, password} = new URL(address)
  return username !== '' || password !== ''
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
