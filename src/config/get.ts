import {exitCodes, HermesError} from '../errors.js'
import {unknownKey} from './files/flatten.js'
import {type ConfigKey, isConfigKey} from './schema.js'

/** The key if it is in the table; a HermesError with what could be meant if not. */
export function requireKey(key: string): ConfigKey {
  if (isConfigKey(key)) return key
  throw new HermesError(unknownKey(key), {
    code: 'config/unknown-key',
    exit: exitCodes.usage,
    suggestions: ['hermes config'],
  })
}
