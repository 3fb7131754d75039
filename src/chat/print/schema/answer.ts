import {type Misfit, misfitsOf} from './fit.js'
import type {CheckedSchema} from './schema.js'

export type Fitted = {value: unknown} | {misfits: Misfit[]}

/** Answers that a model may give until one fits. */
export const MAX_TRIES = 3

/**
 * The value in an answer, of which each text is a part, and whether it fits: a text as a whole, what stands in its fences, or what follows a line
 * that begins as JSON does; of several the first that fits, else what is wrong with the first.
 */
export function fittedAnswer(texts: readonly string[], schema: CheckedSchema): Fitted {
  let misfits: Misfit[] | undefined
  for (const json of texts.flatMap((text) => [...valuesIn(text)])) {
    const found = misfitsOf(schema, JSON.parse(json))
    if (found.length === 0) return {value: exactly(json)}
    misfits ??= found
  }
  return {misfits: misfits ?? [{place: '', problem: 'there is no JSON in it, or more than one value'}]}
}

/** Texts that are JSON. */
function* valuesIn(text: string): Generator<string> {
  const parts = [text]
  for (const [, inside = ''] of text.matchAll(/^[ \t]*```[^\n]*\n([\s\S]*?)^[ \t]*```[ \t]*$/gm)) parts.push(inside)
  // The last ones first: what precedes is talk.
  const begins = [...text.matchAll(/^[{["]/gm)].slice(-MAX_BEGINS).toReversed()
  for (const {index} of begins) if (index > 0) parts.push(text.slice(index))
  for (const part of parts) {
    if (isJson(part)) yield part
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The value, with numbers that are written again as they were: of 2^53 + 1 and 1e400 JavaScript makes others. */
function exactly(json: string): unknown {
  const {rawJSON} = JSON as typeof JSON & {rawJSON?(text: string): unknown}
  return JSON.parse(json, (_, value: unknown, {source}: {source?: string} = {}) => {
    const isOther = typeof value === 'number' && source !== undefined && String(value) !== source
    return isOther && rawJSON ? rawJSON(source) : value
  })
}

/** Lines at which a value is looked for; each is read to the end. */
const MAX_BEGINS = 50

/** A prompt with what its answer has to be. It stands last, where models heed it most. */
export function promptFor(prompt: string, schemaText: string): string {
  return `${prompt}\n\n${unmentioned(`Answer with one JSON value that fits this JSON Schema, and with nothing else: no Markdown, no comment. Use tools before where you need them.\n${schemaText}`)}`
}

export function correctionFor(misfits: readonly string[]): string {
  const lines = misfits.map((misfit) => `- ${misfit}`)
  return unmentioned(
    `That answer does not fit the JSON Schema:\n${lines.join('\n')}\nAnswer with the whole value again, put right, and with nothing else.`,
  )
}

/** `/list/0: expected a string, found 3`. */
export function misfitText({place, problem}: Misfit): string {
  return place === '' ? problem : `${place}: ${problem}`
}

/** In a prompt an @ may name a file, which would be sent along; in JSON it may be written so. */
const unmentioned = (text: string) => text.replaceAll('@', '\\u0040')
