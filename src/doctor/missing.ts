import {lstatSync} from 'node:fs'
import {errnoOf} from '../errors.js'

/** Whether there is surely no such file; one in a folder that may not be looked into can be there. */
export function isMissing(file: string): boolean {
  try {
    return lstatSync(file, {throwIfNoEntry: false}) === undefined
  } catch (error) {
    return errnoOf(error) === 'ENOTDIR'
  }
}
