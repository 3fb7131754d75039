import {isDeepStrictEqual} from 'node:util'
import {redactValue} from '../redact/index.js'
import {valueText} from './describe.js'
import {type Config, type ConfigKey, configKeys} from './schema.js'

/** A longer value is told by its key alone. */
const SHOWN_CHARS = 40

/** Keys whose values differ, in the order of the table. */
export function changedKeys(before: Config, after: Config): ConfigKey[] {
  return configKeys.filter((key) => !isDeepStrictEqual(before[key], after[key]))
}

/** `recovery.limit 3 → 5`; without the values where they are long. Secrets are cut. */
export function changeText(key: ConfigKey, before: Config, after: Config): string {
  const [from, to] = [before, after].map((config) => valueText(redactValue(config[key], key)))
  return `${from}${to}`.length > SHOWN_CHARS ? key : `${key} ${from} → ${to}`
}
