import {existsSync, lstatSync, readdirSync, rmdirSync, rmSync} from 'node:fs'
import path from 'node:path'
import {homeFiles} from '../../../platform.js'
import {numbered} from './output-file.js'

/** What all commands put out may take, and how long it stays. */
export interface OutputLimits {
  totalBytes: number
  keptMs: number
}

/** Where the outputs of a session's commands are. */
export function outputFolder(home: string, key: string): string {
  return path.join(homeFiles(home).outputs, key.replace(/[^\w-]/g, '_') || '_')
}

/** The file of a call: its name tells the turn and, as far as a name can hold it, the id that the model gave. */
export function outputFileOf(folder: string, turnId: number, callId: string): string {
  return path.join(folder, `${turnId}-${callId.replace(/[^\w-]/g, '_').slice(0, 60) || 'call'}.txt`)
}

/** The newest that is there; undefined where there is none. */
export function storedOutput(folder: string, turnId: number, callId: string): string | undefined {
  const first = outputFileOf(folder, turnId, callId)
  if (!existsSync(first)) return undefined
  for (let number = 2; ; number++) {
    if (!existsSync(numbered(first, number))) return number === 2 ? first : numbered(first, number - 1)
  }
}

/** Removes, in slices, what is too old and, oldest first, what is too much. What can't be removed stays. */
export function* sweepOutputs(root: string, {totalBytes, keptMs}: OutputLimits, now: number): Generator<void> {
  const files: {file: string; at: number; bytes: number}[] = []
  for (const session of listed(root)) {
    yield
    const folder = path.join(root, session)
    for (const name of listed(folder)) {
      const file = path.join(folder, name)
      const stats = lstatSync(file, {throwIfNoEntry: false})
      if (stats?.isFile()) files.push({file, at: stats.mtimeMs, bytes: stats.blocks * 512})
    }
  }
  files.sort((one, other) => other.at - one.at)
  let bytes = 0
  for (const file of files) {
    bytes += file.bytes
    if (now - file.at <= keptMs && bytes <= totalBytes) continue
    yield
    attempt(() => rmSync(file.file, {force: true}))
    // Goes where nothing else is in it.
    attempt(() => rmdirSync(path.dirname(file.file)))
  }
}

export function removeOutputs(home: string, key: string): void {
  attempt(() => rmSync(outputFolder(home, key), {recursive: true, force: true}))
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function attempt(act: () => void): void {
  try {
    act()
  } catch {}
}
