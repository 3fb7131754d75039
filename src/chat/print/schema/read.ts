import path from 'node:path'
import {errnoOf, exitCodes, HermesError, messageOf} from '../../../errors.js'
import {readRegularFile} from '../../../regular-file.js'
import {type CheckedSchema, checkSchema, WrongSchema} from './schema.js'

/** It is sent with every prompt. */
const MAX_SCHEMA_BYTES = 262_144

export interface WantedAnswer extends CheckedSchema {
  /** The schema in one line. */
  readonly text: string
}

/**
 * What `--json-schema` says: JSON where it begins as an object, `true` or `false`, else the path of a file. Throws a
 * HermesError `usage/json-schema` that names the place, what is there and what is expected.
 */
export function readSchema(given: string, cwd: string): WantedAnswer {
  const isText = /^\s*(?:\{|true\s*$|false\s*$)/.test(given)
  const from = isText ? '--json-schema' : `--json-schema ${given}`
  const fail = (problem: string, ...suggestions: string[]) =>
    new HermesError(`${from}: ${problem}`, {code: 'usage/json-schema', exit: exitCodes.usage, suggestions})
  const text = isText ? given : textOf(path.resolve(cwd, given), fail)
  if (Buffer.byteLength(text) > MAX_SCHEMA_BYTES) throw fail(`the schema is longer than ${MAX_SCHEMA_BYTES} bytes`)
  let schema: unknown
  try {
    schema = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw fail(`it is no JSON: ${messageOf(error)}`, ...(isText ? ["quote it for the shell: --json-schema '{…}'"] : []))
  }
  try {
    return {...checkSchema(schema), text: JSON.stringify(schema)}
  } catch (error) {
    if (!(error instanceof WrongSchema)) throw error
    throw fail(`${error.place === '' ? 'the schema' : error.place} ${error.message}`)
  }
}

function textOf(file: string, fail: (problem: string, ...suggestions: string[]) => HermesError): string {
  try {
    return readRegularFile(file, MAX_SCHEMA_BYTES)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') {
      throw fail(`it cannot be read: ${messageOf(error)}`, 'give the schema itself: --json-schema "$(cat FILE)"')
    }
    throw fail(`there is no such file: ${file}`, 'give the path of a file, or the schema itself: it begins with {')
  }
}
