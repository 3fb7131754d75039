import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {errnoOf, HermesError, messageOf} from '../errors.js'
import {readRegularFile} from '../regular-file.js'

/** Beside the list of what was installed. */
const fileIn = (dataDir: string) => path.join(dataDir, 'disabled-plugins.json')
const MAX_BYTES = 1_048_576

/** Names of the plugins that are not to be used. `dataDir`: oclif's. Throws a HermesError where the file can't be read. */
export function disabledPlugins(dataDir: string): string[] {
  const file = fileIn(dataDir)
  try {
    const {disabled} = JSON.parse(readRegularFile(file, MAX_BYTES))
    if (!Array.isArray(disabled) || !disabled.every((name) => typeof name === 'string')) {
      throw new Error('expected {"disabled": [names of plugins]}')
    }
    return disabled
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw new HermesError(`which plugins are disabled can't be read from ${file}: ${messageOf(error)}`, {
      code: 'plugins/disabled-unreadable',
      suggestions: [`rm ${file}, which enables all of them`],
    })
  }
}

/** In one step: a reader finds the old list or the new one. */
export function writeDisabled(dataDir: string, names: readonly string[]): void {
  const file = fileIn(dataDir)
  const draft = `${file}.${process.pid}.tmp`
  mkdirSync(dataDir, {recursive: true, mode: 0o700})
  try {
    writeFileSync(draft, `${JSON.stringify({disabled: [...new Set(names)].sort()}, null, 2)}\n`, {mode: 0o600})
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, {force: true})
    throw error
  }
}
