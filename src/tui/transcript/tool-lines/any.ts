import {textField} from './fields.js'
import type {ToolCall, ToolSaid} from './line.js'
import {readable} from './readable.js'

/** Members in which tools put what they have to say. */
const telling = ['output', 'stdout', 'content', 'text', 'message', 'answer', 'user_response', 'result']

/** What any tool says: its own summary, the text in its result, else the result as lines. */
export function anySaid({args, result, summary, diff}: ToolCall, limit: number): ToolSaid {
  const input = isEmpty(args) ? {} : {input: readable(args, limit)}
  if (diff) return {...input, body: {kind: 'diff', text: diff}}
  const text = (summary ?? textOf(result, limit)).trim()
  return {...input, ...(text === '' ? {} : {body: {kind: 'text', text, shows: 'head'}})}
}

function textOf(result: unknown, limit: number): string {
  if (result === undefined || result === null) return ''
  if (typeof result === 'string') return asValue(result, limit)
  for (const name of telling) {
    const value = textField(result, name)
    if (value?.trim()) return value
  }
  return readable(result, limit)
}

/** Some gateways hand a result on as JSON in a text. */
function asValue(text: string, limit: number): string {
  if (text.length > limit || !/^\s*[[{"]/.test(text)) return text
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : textOf(value, limit)
  } catch {
    return text
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0
}
