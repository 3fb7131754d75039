import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {LogEntry, LogStatistics} from '../../../src/doctor/log/entry.js'
import {readCrashLog} from '../../../src/doctor/log/read-log.js'

/** Writes a log, with rotated files by their suffix, reads it and removes it. */
export function readText(
  text: string | Buffer,
  rotated: Record<string, string> = {},
): {entries: LogEntry[]; statistics: LogStatistics} {
  const directory = mkdtempSync(path.join(tmpdir(), 'hermes-log-'))
  const file = path.join(directory, 'crash.log')
  try {
    writeFileSync(file, text)
    for (const [suffix, old] of Object.entries(rotated)) writeFileSync(`${file}.${suffix}`, old)
    const entries: LogEntry[] = []
    const statistics = readCrashLog(file, (entry) => entries.push(entry))
    return {entries, statistics}
  } finally {
    rmSync(directory, {recursive: true, force: true})
  }
}
