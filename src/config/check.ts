import {parseRule} from '../permissions/rules/rule.js'
import type {RuleEffect} from '../permissions/types.js'
import {isWindows} from '../platform.js'
import {choiceText} from '../refusal/text.js'
import {splitCommand} from './command-line.js'
import {resolvePath} from './paths.js'
import {type ProviderConfig, providerKinds, type Setting, thinkTagModes} from './schema.js'

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

/** Checks one value against its row of the table and brings it into the form that {@link Config} has. */
export function checkValue(setting: Setting, raw: unknown, context: CheckContext): Checked {
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
    case 'providers':
      return 'providers by name'
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

const providerFields = ['kind', 'baseUrl', 'apiKey', 'apiKeyCommand', 'headers', 'models', 'modelOptions'] as const

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
      return when(
        isRecord(value) && Object.values(value).every((header) => typeof header === 'string'),
        'header names with text',
      )
    case 'models':
      return when(
        Array.isArray(value) && value.every((model) => typeof model === 'string' && model),
        'a list of model names',
      )
    case 'modelOptions':
      return checkModelOptions(value)
    default:
      return complain(value, choiceText(field, providerFields).replace('one of', 'one of the fields'))
  }
}

const modelFields = ['tools', 'streamUsage', 'thinkTags'] as const

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
      if (field === 'tools' || field === 'streamUsage') {
        if (typeof value !== 'boolean') complaints.push({path, found: value, expected: 'true or false'})
      } else if (field !== 'thinkTags') {
        const expected = choiceText(field, modelFields).replace('one of', 'one of the fields')
        complaints.push({path, found: value, expected})
      } else if (!thinkTagModes.some((mode) => mode === value)) {
        complaints.push({path, found: value, expected: choiceText(value, thinkTagModes)})
      }
    }
  }
  return complaints.length > 0 ? {complaints} : {value: raw}
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
