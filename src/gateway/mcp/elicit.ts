import {isObject} from '../../protocol/shapes/shape.js'
import {shown} from './definitions.js'

/** As `clarify`: the person may choose or write; the empty text declines. */
export type AskPerson = (question: string, choices: string[] | null) => Promise<string>

type Answer = string | number | boolean | string[]
type Elicited = {action: 'accept'; content: Record<string, Answer>} | {action: 'decline'}

/** More is a form that nobody fills in by questions. */
const MAX_FIELDS = 20
const MAX_TRIES = 3
const LEAVE_OUT = 'Leave it out'

/**
 * Asks the person what a server wants to know, a question for each field, and the answer is of the type that it asked for.
 * Whoever declines one declines all.
 */
export async function elicited(server: string, params: unknown, ask: AskPerson): Promise<Elicited> {
  const {message, requestedSchema} = isObject(params) ? params : ({} as Record<string, unknown>)
  const {properties, required} = isObject(requestedSchema) ? requestedSchema : ({} as Record<string, unknown>)
  const fields = Object.entries(isObject(properties) ? properties : {})
  const intro = `The MCP server ${server} asks: ${typeof message === 'string' ? message.slice(0, 2000) : ''}`
  if (fields.length > MAX_FIELDS) return {action: 'decline'}
  if (fields.length === 0) {
    const answer = await ask(intro, ['Yes', 'No'])
    return answer === 'Yes' ? {action: 'accept', content: {}} : {action: 'decline'}
  }
  const needed = new Set(Array.isArray(required) ? required : [])
  const content: [string, Answer][] = []
  for (const [name, given] of fields) {
    const field = fieldOf(name, isObject(given) ? given : {}, needed.has(name))
    const answer = await answerTo(field, `${intro}\n${field.question}`, ask)
    if (answer === undefined) return {action: 'decline'}
    if (answer.value !== undefined) content.push([name, answer.value])
  }
  return {action: 'accept', content: Object.fromEntries(content)}
}

interface Field {
  question: string
  choices: string[] | null
  /** The value of an answer; undefined: it is none. */
  read: (answer: string) => Answer | undefined
  expected: string
  optional: boolean
  standard: Answer | undefined
}

function fieldOf(name: string, schema: Record<string, unknown>, isNeeded: boolean): Field {
  const label = typeof schema.title === 'string' ? schema.title : name
  const about = typeof schema.description === 'string' ? ` (${schema.description.slice(0, 500)})` : ''
  const standard = isAnswer(schema.default) ? schema.default : undefined
  const told = standard === undefined ? '' : ` [${String(standard)}]`
  const base = {question: `${shown(label)}${about}${told}`, optional: !isNeeded || standard !== undefined, standard}
  const options = optionsOf(schema)
  if (options) {
    const read = (answer: string) => options.find(({label, value}) => label === answer || value === answer)?.value
    return {...base, choices: options.map(({label}) => label), read, expected: 'one of the choices'}
  }
  const items = schema.type === 'array' && isObject(schema.items) ? optionsOf(schema.items) : undefined
  if (items) {
    const read = (answer: string) => {
      const chosen = answer
        .split(',')
        .map((part) => items.find(({label, value}) => [label, value].includes(part.trim())))
      return chosen.every((item) => item !== undefined) ? chosen.map(({value}) => value) : undefined
    }
    const question = `${base.question}: several of ${items.map(({label}) => label).join(', ')}`
    return {...base, question, choices: null, read, expected: 'some of them, divided by commas'}
  }
  if (schema.type === 'boolean') {
    const read = (answer: string) => ({yes: true, true: true, no: false, false: false})[answer.toLowerCase()]
    return {...base, choices: ['Yes', 'No'], read, expected: 'yes or no'}
  }
  if (schema.type === 'number' || schema.type === 'integer') {
    const {minimum, maximum} = schema
    const read = (answer: string) => {
      const value = Number(answer)
      const fits = Number.isFinite(value) && (schema.type === 'number' || Number.isInteger(value))
      const inRange =
        !(typeof minimum === 'number' && value < minimum) && !(typeof maximum === 'number' && value > maximum)
      return fits && inRange && answer.trim() !== '' ? value : undefined
    }
    const range = [
      typeof minimum === 'number' ? ` from ${minimum}` : '',
      typeof maximum === 'number' ? ` to ${maximum}` : '',
    ]
    const expected = `a ${schema.type === 'integer' ? 'whole number' : 'number'}${range.join('')}`
    return {...base, choices: null, read, expected}
  }
  return {...base, choices: null, read: (answer) => answer, expected: 'text'}
}

/** Undefined: declined. Without a value: left out. */
async function answerTo(
  field: Field,
  question: string,
  ask: AskPerson,
): Promise<{value: Answer | undefined} | undefined> {
  const choices = field.optional ? [...(field.choices ?? []), LEAVE_OUT] : field.choices
  let remark = ''
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const answer = await ask(question + remark, choices)
    if (answer === '') return undefined
    if (field.optional && answer === LEAVE_OUT) return {value: field.standard}
    const value = field.read(answer)
    if (value !== undefined) return {value}
    remark = `\n“${answer.slice(0, 60)}” does not do: ${field.expected} is expected`
  }
  return undefined
}

interface Option {
  label: string
  value: string
}

function optionsOf(schema: Record<string, unknown>): Option[] | undefined {
  const {enum: values, enumNames, oneOf, anyOf} = schema
  if (Array.isArray(values)) {
    const names = Array.isArray(enumNames) ? enumNames : []
    return values
      .filter((value) => typeof value === 'string')
      .map((value, index) => ({value, label: typeof names[index] === 'string' ? names[index] : value}))
  }
  const titled = Array.isArray(oneOf) ? oneOf : Array.isArray(anyOf) ? anyOf : undefined
  return titled?.flatMap((each: unknown) =>
    isObject(each) && typeof each.const === 'string'
      ? [{value: each.const, label: typeof each.title === 'string' ? each.title : each.const}]
      : [],
  )
}

function isAnswer(value: unknown): value is Answer {
  return (
    ['string', 'number', 'boolean'].includes(typeof value) ||
    (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  )
}
