import {isObject} from '../../../protocol/shapes/shape.js'

/** A call as a model wrote it: a name, and arguments as text. */
interface WrittenCall {
  toolName: string
  input: string
}

/**
 * A call without what a model has put around it: the name in another case or behind a prefix of its own, arguments in a
 * code block or as JSON within JSON. The same call where there is nothing to take away: what is cut off or broken is
 * never made whole, since it would run as something that the model did not write.
 */
export function repairedCall<C extends WrittenCall>(call: C, names: readonly string[]): C {
  return {...call, toolName: meantName(call.toolName, names), input: unwrapped(call.input)}
}

/** What models put before a name. Another prefix is that of another tool. */
const prefix = /^(?:functions?|tools?|default_api|default|api|hermes)[.:/]/i
/** Some count their calls there. */
const count = /:\d+$/

function meantName(name: string, names: readonly string[]): string {
  if (names.includes(name)) return name
  const bare = fold(name.trim().replace(prefix, '').replace(count, ''))
  const [meant, another] = names.filter((one) => fold(one) === bare)
  return meant !== undefined && another === undefined ? meant : name
}

/** `ReadFile`, `read-file` and `read_file` are one. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}

const codeBlock = /^\s*```[a-z]*[^\S\n]*\n([\s\S]*?)\n?\s*```\s*$/i

function unwrapped(text: string): string {
  let input = codeBlock.exec(text)?.[1] ?? text
  // Twice is seen; more would be a text that happens to look like it.
  for (let layer = 0; layer < 2; layer++) {
    const value = parsed(input)
    if (isObject(value)) return input
    if (typeof value !== 'string') return text
    input = codeBlock.exec(value)?.[1] ?? value
  }
  return isObject(parsed(input)) ? input : text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
