import {errnoOf} from '../errors.js'
import {isWindows} from '../platform.js'
import {shellWord} from './text.js'
import type {Remedy} from './types.js'

/** What helps where `error` came of an access to a place that can't be written: no mode does on a read-only mount. */
export function writeRemedies(error: unknown, place: string, chmod: string): Remedy[] {
  if (errnoOf(error) !== 'EROFS') return [{text: 'Give yourself permission', command: chmod}]
  const look = isWindows
    ? []
    : [{text: 'Its file system is mounted read-only; see which one', command: `df ${shellWord(place)}`}]
  return [...look, 'Mount it writable, or set HERMES_HOME to a directory that you can write.']
}
