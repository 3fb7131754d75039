import {readdirSync, renameSync, unlinkSync} from 'node:fs'
import path from 'node:path'

const rotatedSuffix = /^\.\d{8}T\d{9}Z-\d+-\d+$/

/**
 * Rotation by rename to a name that nobody else uses, without a lock. Two processes that rotate at
 * once make one file too many; with `.1`, `.2`, … the second shift would overwrite what the first
 * has just moved. A writer that still holds the old descriptor writes into the renamed file.
 *
 * `files`: how many rotated ones are kept. `sequence`: counts the rotations of this process.
 */
export function rotate(file: string, files: number, time: number, sequence: number): void {
  const stamp = new Date(time).toISOString().replace(/[-:.]/g, '')
  renameSync(file, `${file}.${stamp}-${process.pid}-${sequence}`)
  for (const old of listRotated(file).slice(0, -files)) {
    try {
      unlinkSync(old)
    } catch {
      // Another process has removed it.
    }
  }
}

/** The log and what was rotated away from it, oldest first; `file` itself is the last one, if it exists. */
export function listCrashLogs(file: string): string[] {
  return [...listRotated(file), ...(entriesOf(path.dirname(file)).includes(path.basename(file)) ? [file] : [])]
}

function listRotated(file: string): string[] {
  const name = path.basename(file)
  const directory = path.dirname(file)
  return entriesOf(directory)
    .filter((entry) => entry.startsWith(`${name}.`) && rotatedSuffix.test(entry.slice(name.length)))
    .sort()
    .map((entry) => path.join(directory, entry))
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
