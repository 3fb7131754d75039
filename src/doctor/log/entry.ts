import type {CrashLogWriter} from '../../crash-log/index.js'

/** One record of the crash log, whichever program wrote it. */
export interface LogEntry {
  readonly writer: CrashLogWriter
  /** `hermes`: our own records. `reference`: those of the Python gateway and of its terminal program. */
  dialect: 'hermes' | 'reference'
  /** One word; what both dialects have in common has one name: `spawn`, `exit`, `kill`, `signal`, … */
  event: string
  /** UTC epoch, milliseconds. */
  time: number
  /** False for a wall clock of whole seconds without a zone, read as the local time of this machine. */
  exact: boolean
  fields: ReadonlyMap<string, string>
  /** The line as it stands in the file. */
  text: string
  /** Lines that follow and belong to it, such as stacks: the first 100 and the last 100. Grows while the log is read. */
  body: string[]
  /** Which run of the program and which of its gateways it is about, where it says so: ours do. */
  instance?: string | undefined
  generation?: number
  pid?: number | undefined
  /** One field, faster than by `fields`; only of ours. */
  get?: (name: string) => string | undefined
  file: string
  /** From 1. */
  line: number
}

/** What the reading of the log met, apart from its records. */
export interface LogStatistics {
  files: {path: string; bytes: number}[]
  lines: number
  records: number
  /** Records that were cut off by the death of their writer. */
  torn: number
  /** Records that their writer could not write, by what it said afterwards. */
  lost: number
  /** Lines that belong to nothing that is known. */
  foreign: number
  /** Files that could not be read. */
  unreadable: {path: string; reason: string}[]
}
