import type {ErrorObject} from 'ajv'

/** What does not fit, and of a choice what does not fit each of its parts. */
export interface Finding {
  readonly error: ErrorObject
  readonly parts: readonly Finding[]
}

/** Keywords that Ajv tells after what it tells of their parts. */
const choices = ['anyOf', 'oneOf', 'contains', 'propertyNames']

/** Parts of a choice that are told. */
const MAX_PARTS = 5

const MAX_CHARACTERS = 400

export function grouped(errors: readonly ErrorObject[]): Finding[] {
  const findings: Finding[] = []
  for (const error of errors) {
    // It only repeats that what was told before does not fit.
    if (error.keyword === 'if') continue
    let begin = findings.length
    if (choices.includes(error.keyword)) {
      for (let last = findings[begin - 1]; last && isPart(last.error, error); last = findings[begin - 1]) begin--
    }
    findings.push({error, parts: findings.splice(begin)})
  }
  return findings
}

/** Of the same value or in it, and told of a part of the choice or of what a reference names. */
function isPart(error: ErrorObject, choice: ErrorObject): boolean {
  if (error.instancePath !== choice.instancePath && !error.instancePath.startsWith(`${choice.instancePath}/`)) {
    return false
  }
  const around = choice.schemaPath.slice(0, choice.schemaPath.lastIndexOf('/') + 1)
  return (
    error.schemaPath.startsWith(`${choice.schemaPath}/`) ||
    !error.schemaPath.startsWith(around) ||
    /^(?:\$defs|definitions)\//.test(error.schemaPath.slice(around.length))
  )
}

/** What is at the bottom of a choice: a part that has the right type is likely what was meant. */
function* causes({error, parts}: Finding): Generator<ErrorObject> {
  if (parts.length === 0 || error.params.passingSchemas) yield error
  const near = parts.filter((part) => part.error.keyword !== 'type' || part.error.instancePath !== error.instancePath)
  for (const part of near.length > 0 ? near : parts) yield* causes(part)
}

export function firstCause(finding: Finding): ErrorObject {
  const [first = finding.error] = causes(finding)
  return first
}

export const placeOf = ({error}: Finding) => error.instancePath

/** `expected a string, found 3` */
export function problemOf(finding: Finding): string {
  const {error, parts} = finding
  const what = sentenceOf(error)
  if (parts.length === 0 || error.params.passingSchemas) return what
  const told = new Set<string>()
  for (const cause of causes(finding)) {
    told.add(`${cause.instancePath.slice(error.instancePath.length)} ${sentenceOf(cause)}`.trim())
    if (told.size === MAX_PARTS) break
  }
  return cut(`${what}: ${[...told].join('; ')}`, MAX_CHARACTERS)
}

function sentenceOf(error: ErrorObject): string {
  const {keyword, params, data, schema} = error
  switch (keyword) {
    case 'required':
      return `the member ${quoted(params.missingProperty)} is missing`
    case 'dependencies':
    case 'dependentRequired':
      return `with the member ${quoted(params.property)} there has to be ${quoted(params.missingProperty)}`
    case 'additionalProperties':
      return `the member ${quoted(params.additionalProperty)} is not allowed`
    case 'unevaluatedProperties':
      return `the member ${quoted(params.unevaluatedProperty)} is not allowed`
    case 'propertyNames':
      return `the name ${quoted(params.propertyName)} does not fit`
    case 'false schema':
      return 'nothing is allowed here'
    case 'not':
      return `must not be as ${quoted(schema)}`
    case 'anyOf':
      return 'fits none of anyOf'
    case 'oneOf':
      return params.passingSchemas ? 'fits more than one of oneOf' : 'fits none of oneOf'
    case 'uniqueItems':
      return expectationOf(error)
    default:
      return `${expectationOf(error)}, found ${quoted(data)}`
  }
}

/** `expected a string` */
export function expectationOf({keyword, params, schema, message}: ErrorObject): string {
  switch (keyword) {
    case 'type':
      return `expected ${[params.type].flat().map(withArticle).join(' or ')}`
    case 'enum':
      return `expected one of ${cut((schema as unknown[]).slice(0, 20).map(quoted).join(', '), MAX_CHARACTERS / 2)}`
    case 'const':
      return `expected ${quoted(schema)}`
    case 'pattern':
      return `expected text that matches ${quoted(schema)}`
    case 'multipleOf':
      return `expected a multiple of ${schema}`
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `expected a number ${params.comparison} ${params.limit}`
    case 'minLength':
      return `expected at least ${params.limit} characters`
    case 'maxLength':
      return `expected at most ${params.limit} characters`
    case 'minItems':
      return `expected at least ${params.limit} entries`
    case 'maxItems':
    case 'items':
    case 'additionalItems':
    case 'unevaluatedItems':
      return `expected at most ${params.limit ?? params.len} entries`
    case 'minProperties':
      return `expected at least ${params.limit} members`
    case 'maxProperties':
      return `expected at most ${params.limit} members`
    case 'uniqueItems':
      return `expected entries that differ: ${params.j} and ${params.i} are the same`
    case 'contains':
      return `expected ${params.maxContains === undefined ? 'at least ' : `up to ${params.maxContains}, at least `}${params.minContains} entries as ${quoted(schema)}`
    default:
      return String(message)
  }
}

const withArticle = (type: string) => (type === 'null' ? type : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`)

/** A value in a line. */
export function quoted(value: unknown): string {
  return cut(JSON.stringify(value) ?? String(value), 80)
}

const cut = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text
