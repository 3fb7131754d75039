import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {type DeathsOptions, findDeaths} from '../../../src/doctor/deaths/find-deaths.js'
import type {FoundDeaths} from '../../../src/doctor/deaths/types.js'

/** Writes a log, as one text or with rotated files by their suffix, and reads the deaths in it. All are gone. */
export function deathsIn(log: string | Record<string, string>, options: Partial<DeathsOptions> = {}): FoundDeaths {
  const directory = mkdtempSync(path.join(tmpdir(), 'hermes-deaths-'))
  try {
    const file = path.join(directory, 'crash.log')
    for (const [suffix, text] of Object.entries(typeof log === 'string' ? {'': log} : log)) {
      writeFileSync(suffix === '' ? file : `${file}.${suffix}`, text)
    }
    return findDeaths(file, {isAlive: () => false, ...options})
  } finally {
    rmSync(directory, {recursive: true, force: true})
  }
}
