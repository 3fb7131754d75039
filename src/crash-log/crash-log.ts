import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import {messageOf} from '../errors.js'
import {isWindows} from '../platform.js'
import {createRedactor, secretsOfCommand} from '../redact/index.js'
import {type CrashLogWriter, type CrashRecord, formatRecord} from './record.js'
import {rotate} from './rotation.js'

export interface CrashLogOptions {
  /** Absolute. Directories that are missing are made, with mode 0700. */
  path: string
  /** Size in bytes from which the log is rotated; default 1 MiB. */
  maxBytes?: number
  /** Rotated files that are kept; default 5. */
  files?: number
  /** Whose lines these are; default `tui-parent`. */
  writer?: CrashLogWriter
  /** Its secrets are taken out of all texts; default `process.env`. */
  env?: NodeJS.ProcessEnv
  /** Told once, at the first record that could not be written. */
  onFailure?: (message: string) => void
}

export interface CrashLog {
  /**
   * Appends one record before it returns. Never throws. A record that can't be written is counted,
   * and the next one that can says `lost=n`.
   */
  write(record: CrashRecord): void
  close(): void
}

/** Not on Windows, where a link can't be opened unnoticed by others than an administrator. */
const noFollow = constants.O_NOFOLLOW ?? 0
/** A FIFO in place of the log must not hold up the program. */
const nonBlock = constants.O_NONBLOCK ?? 0
const newline = 10

interface OpenFile {
  descriptor: number
  device: number
  inode: number
  regular: boolean
}

/**
 * The crash log: several processes append to it at once, each record by one write to an O_APPEND
 * descriptor, so that lines neither mix nor get lost (supervision: 0 of 536 000 torn).
 */
export function createCrashLog(options: CrashLogOptions): CrashLog {
  const {path: file, maxBytes = 1_048_576, files = 5, writer = 'tui-parent', onFailure} = options
  const env = options.env ?? process.env
  const secrets = new Set<string>()
  let redact = createRedactor(env)
  const lastByte = Buffer.alloc(1)
  let open: OpenFile | undefined
  let lost = 0
  let rotations = 0
  let told = false

  function close(): void {
    if (!open) return
    try {
      closeSync(open.descriptor)
    } catch {
      // Nothing is left to be done with it.
    }
    open = undefined
  }

  /** The descriptor of what `file` names now: another process may have rotated it, a person deleted it. */
  function current(time: number): {open: OpenFile; size: number} {
    const named = statSync(file, {throwIfNoEntry: false})
    if (open && (!named || named.ino !== open.inode || named.dev !== open.device)) close()
    if (open?.regular && named && named.size >= maxBytes) {
      try {
        rotate(file, files, time, ++rotations)
        close()
      } catch {
        // A log that is too long beats a record that is lost.
      }
    }
    if (!open) {
      open = openLog(file)
      return {open, size: fstatSync(open.descriptor).size}
    }
    return {open, size: named?.size ?? 0}
  }

  /** What a command was given may come back in any later text, such as what the program says of its arguments. */
  function learnSecrets({fields}: CrashRecord): void {
    const known = secrets.size
    for (const [, value] of fields) {
      if (typeof value !== 'object' || value === null) continue
      for (const secret of secretsOfCommand(value)) secrets.add(secret)
    }
    if (secrets.size > known) redact = createRedactor(env, [...secrets])
  }

  function append(record: CrashRecord): void {
    learnSecrets(record)
    const {open: target, size} = current(record.time)
    const fields = lost > 0 ? [...record.fields, ['lost', lost] as const] : record.fields
    let text = formatRecord(writer, {...record, fields}, redact)
    if (target.regular && size > 0) {
      // What a killed writer left unfinished must not swallow this record.
      const read = readSync(target.descriptor, lastByte, 0, 1, size - 1)
      if (read === 1 && lastByte[0] !== newline) text = `\n${text}`
    }
    const bytes = Buffer.from(text)
    const written = writeSync(target.descriptor, bytes)
    if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes could be written`)
    lost = 0
    if (record.sync && target.regular) flush(target.descriptor)
  }

  return {
    write(record) {
      try {
        try {
          append(record)
        } catch {
          // Once more, on the file as it is now: what failed may have been the old descriptor, or a moment.
          close()
          append(record)
        }
      } catch (error) {
        lost += 1
        close()
        if (told) return
        told = true
        try {
          onFailure?.(`cannot write the crash log ${file}: ${reasonOf(error)}`)
        } catch {
          // The caller's own trouble; this one never throws.
        }
      }
    },
    close,
  }
}

/** The line is in the page cache by now, and outlives this process without a flush. */
function flush(descriptor: number): void {
  try {
    fdatasyncSync(descriptor)
  } catch {
    // Some file systems can't.
  }
}

function openLog(file: string): OpenFile {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | noFollow | nonBlock
  const descriptor = openSync(file, flags, 0o600)
  try {
    const stats = fstatSync(descriptor)
    const regular = stats.isFile()
    if (!regular && !stats.isCharacterDevice()) throw new Error('it is not a file')
    if (regular) makePrivate(descriptor, stats)
    return {descriptor, device: stats.dev, inode: stats.ino, regular}
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** The reference gateway makes the file with mode 0644. */
function makePrivate(descriptor: number, stats: Stats): void {
  if (isWindows) return
  const user = process.geteuid?.()
  if (user !== undefined && stats.uid !== user) throw new Error(`it belongs to user ${stats.uid}, not to ${user}`)
  if ((stats.mode & 0o077) !== 0) fchmodSync(descriptor, 0o600)
}

/** The system speaks of too many links where one is enough. */
function reasonOf(error: unknown): string {
  const isLink = (error as {code?: unknown} | undefined)?.code === 'ELOOP'
  return isLink ? 'it is a symbolic link, which is not followed' : messageOf(error)
}
