import {exitCodes, HermesError, messageOf} from '../../errors.js'
import {createRedactor, redactCommand, safeAddress} from '../../redact/index.js'
import {collect, oneLine} from './error-evidence.js'
import {type CallPlace, judge, keyCommandSetting, keyRemedy, type Problem} from './error-rules.js'

export type {CallPlace}

/** The error of a provider that has no key, made without calling it. */
export function noKeyError(place: CallPlace): HermesError {
  const suggestions = [...keyRemedy(place), 'Or choose another model: hermes chat --model offline']
  return build('no-key', place, `no API key for ${place.provider}`, suggestions)
}

/** The error of a command that was to print the key; the message says what it did. */
export function keyCommandError(message: string, place: CallPlace): HermesError {
  const command = redactCommand(place.keyCommand ?? []).join(' ')
  return build('key-command', place, `no API key for ${place.provider}: its command ${command} ${message}`, [
    'Run it in a shell, to see what it asks for',
    `It is ${keyCommandSetting(place)}`,
    'Or choose another model: hermes chat --model offline',
  ])
}

/**
 * Turns anything thrown by a provider's library, by `fetch` or by the system into one line for a
 * person, with the remedy as suggestions. Pure; a HermesError passes through.
 */
export function providerError(error: unknown, place: CallPlace): HermesError {
  if (error instanceof HermesError) return error
  const {problem, text, suggestions} = judge(collect(error), place)
  return build(problem, place, text, suggestions, error)
}

function build(
  problem: Problem,
  place: CallPlace,
  text: string,
  suggestions: readonly string[],
  cause?: unknown,
): HermesError {
  const id = `${place.provider}/${place.model}`
  const where = problem === 'no-key' || problem === 'key-command' ? id : `${id} at ${safeAddress(place.baseUrl)}`
  const redact = createRedactor({}, place.secrets)
  return new HermesError(redact(oneLine(`${where}: ${text}`)), {
    code: `provider/${problem}`,
    exit: exitCodes.provider,
    suggestions: suggestions.map(redact),
    ...(cause === undefined ? {} : {cause: safeCause(cause, redact)}),
  })
}

/** The library's error holds the request with its headers and the whole conversation: only name and message go on. */
function safeCause(cause: unknown, redact: (text: string) => string): Error {
  const copy = new Error(redact(oneLine(messageOf(cause))))
  copy.name = cause instanceof Error ? cause.name : 'Error'
  // The stack begins with the message as it was; where it was thrown in a library helps nobody.
  copy.stack = `${copy.name}: ${copy.message}`
  return copy
}
