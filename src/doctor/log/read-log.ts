import {lstatSync} from 'node:fs'
import {listCrashLogs} from '../../crash-log/index.js'
import {messageOf} from '../../errors.js'
import {isMissing} from '../missing.js'
import type {LogEntry, LogStatistics} from './entry.js'
import {readLines} from './lines.js'
import {LogParser} from './parser.js'

export function emptyStatistics(): LogStatistics {
  return {files: [], lines: 0, records: 0, torn: 0, lost: 0, foreign: 0, unreadable: []}
}

/**
 * Reads the crash log with what was rotated away from it, oldest first, and hands on each entry.
 * An entry's `body` is complete when the next entry of the same writer comes. Never throws.
 */
export function readCrashLog(file: string, take: (entry: LogEntry) => void): LogStatistics {
  const statistics = emptyStatistics()
  const parser = new LogParser(take, statistics)
  const files = listCrashLogs(file)
  // One that may not be looked at is no missing one.
  if (files.length === 0 && !isMissing(file)) files.push(file)
  for (const each of files) {
    try {
      const stats = lstatSync(each)
      // A FIFO would hold up the reader for ever.
      if (!stats.isFile()) throw new Error(stats.isSymbolicLink() ? 'it is a symbolic link' : 'it is not a file')
      parser.begin(each)
      const bytes = readLines(each, (line) => parser.line(line))
      statistics.files.push({path: each, bytes})
    } catch (error) {
      statistics.unreadable.push({path: each, reason: messageOf(error)})
    }
  }
  return statistics
}
