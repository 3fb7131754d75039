import {exitCodes, HermesError, messageOf} from '../../errors.js'
import {createRedactor, redactCommand, safeAddress} from '../../redact/index.js'
import type {Lack} from './cloud/clouds.js'
import type {LibraryMissing} from './cloud/library.js'
import {collect, oneLine} from './error-evidence.js'
import {type CallPlace, judge, keyCommandSetting, keyRemedy, type Problem} from './error-rules.js'

export type {CallPlace}

const otherwise = 'Or choose another model: hermes chat --model offline'

/** The error of a provider that has no key, made without calling it. */
export function noKeyError(place: CallPlace): HermesError {
  const suggestions = [...keyRemedy(place), otherwise]
  return build('no-key', place, `no API key for ${place.provider}`, suggestions)
}

/** The error of a cloud that something is missing for, made without calling it. */
export function lackError({text, remedy}: Lack, place: CallPlace): HermesError {
  return build('not-set-up', place, text, [...remedy, otherwise])
}

/** The error of a library that is not installed. */
export function libraryError({message, remedy}: LibraryMissing, place: CallPlace): HermesError {
  return build('no-library', place, message, [...remedy, otherwise])
}

/** The error of a command that was to print the key; the message says what it did. */
export function keyCommandError(message: string, place: CallPlace): HermesError {
  const command = redactCommand(place.keyCommand ?? []).join(' ')
  return build('key-command', place, `no API key for ${place.provider}: its command ${command} ${message}`, [
    'Run it in a shell, to see what it asks for',
    `It is ${keyCommandSetting(place)}`,
    otherwise,
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

/** Problems that are found without a call. */
const uncalled: ReadonlySet<Problem> = new Set(['no-key', 'key-command', 'not-set-up', 'no-library'])

function build(
  problem: Problem,
  place: CallPlace,
  text: string,
  suggestions: readonly string[],
  cause?: unknown,
): HermesError {
  const id = `${place.provider}/${place.model}`
  const where = uncalled.has(problem) || place.baseUrl === '' ? id : `${id} at ${safeAddress(place.baseUrl)}`
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
