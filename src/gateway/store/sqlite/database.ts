import type {DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync} from 'node:sqlite'
import {pathToFileURL} from 'node:url'
import {messageOf} from '../../../errors.js'
import {isWindows} from '../../../platform.js'
import {loadSqlite} from '../../../sqlite.js'
import {monotonicMs} from '../../monotonic.js'
import {hasLog, identityOf, makePrivate, prepareFile, refuseRemoved} from './database-file.js'
import {APPLICATION_ID, migrations} from './migrations.js'
import {isDamaged} from './schema.js'
import {isBrokenIndex, isBusy, isRefusedSql, storeError, toStoreError} from './sqlite-errors.js'

export interface DatabaseOptions {
  /** How long to wait for another process that writes, milliseconds. Default 2000. */
  busyTimeoutMs?: number
  /** Largest size of the file in pages of 4 KiB. Default: as large as the disk allows. */
  maxPages?: number
}

/**
 * SQLite makes the whole process wait: with 5 s, a gateway that only waited for a lock was taken for a
 * stuck one (three heartbeats of 1 s) and killed instead of saying what is wrong.
 */
const DEFAULT_BUSY_TIMEOUT_MS = 2000

/** Instead of a path: a database that is gone when it is closed. */
export const IN_MEMORY = ':memory:'

interface Afterwards {
  commit: (() => void)[]
  rollback: (() => void)[]
}

/** A row whose columns are named and of SQLite's types; the tables are STRICT, so that a column is what it says. */
export type Row = Record<string, SQLOutputValue>

/**
 * One connection: statements are prepared once, every unit of work is one transaction, every failure
 * is a HermesError `store/…`.
 */
export class Database {
  readonly path: string
  readonly #db: DatabaseSync
  /** Of the file when it was opened; undefined where it is not looked after. */
  #identity: string | undefined
  readonly #statements = new Map<string, StatementSync>()
  /** What follows the transaction that is open. */
  #afterwards: Afterwards = {commit: [], rollback: []}
  /** Without a write-ahead log (some network file systems) each transaction is on the disk before it is over. */
  #synced = false
  #closed = false

  private constructor(path: string, db: DatabaseSync) {
    this.path = path
    this.#db = db
  }

  static open(path: string, options: DatabaseOptions = {}): Database {
    const deadline = monotonicMs() + (options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS)
    for (;;) {
      try {
        return Database.#open(path, options, Math.ceil(Math.max(deadline - monotonicMs(), 0)))
      } catch (error) {
        // SQLite does not wait where two processes switch a new file to WAL, or one of them closes it, at the same time.
        if (!isBusy(error) || monotonicMs() >= deadline) throw toStoreError(error, path)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
      }
    }
  }

  static #open(path: string, options: DatabaseOptions, timeout: number): Database {
    const isFile = path !== IN_MEMORY
    if (isFile) prepareFile(path)
    const log = isFile && hasLog(path)
    const {DatabaseSync} = loadSqlite()
    const db = new DatabaseSync(path, {timeout})
    const database = new Database(path, db)
    try {
      // In one snapshot: another process may be at its migration.
      database.#transaction('BEGIN', () => database.#checkVersion())
      if (isFile) makePrivate(path)
      const mode = database.#pragma('journal_mode = WAL')
      // Without WAL (some network file systems) NORMAL could lose more than the last moments at a power cut.
      database.#synced = isFile && mode !== 'wal'
      db.exec(`PRAGMA synchronous = ${database.#synced ? 'FULL' : 'NORMAL'}; PRAGMA foreign_keys = ON`)
      // A log that one large transaction made grow is cut back at the next checkpoint.
      db.exec(`PRAGMA journal_size_limit = ${8 * 1024 * 1024}`)
      if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`)
      database.#migrate()
      // Windows keeps a file that is open.
      if (isFile && !isWindows) database.#identity = identityOf(path)
      db.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS}`)
      return database
    } catch (failure) {
      const error = database.#told(failure)
      if (log) closeKeepingLog(db, () => new DatabaseSync(path, {readOnly: true}))
      else db.close()
      throw error
    }
  }

  /**
   * For looking alone, where nothing can be written. What a process that died left in the log is not seen where even
   * the log's index can't be made.
   *
   * @throws as {@link open}
   */
  static openForReading(path: string): Database {
    const {DatabaseSync} = loadSqlite()
    const still = pathToFileURL(path)
    still.searchParams.set('immutable', '1')
    let failure: unknown
    for (const place of hasLog(path) ? [path, still] : [still]) {
      let db: DatabaseSync | undefined
      try {
        db = new DatabaseSync(place, {readOnly: true, timeout: DEFAULT_BUSY_TIMEOUT_MS})
        const database = new Database(path, db)
        const version = database.#checkVersion()
        if (version === migrations.length) return database
        throw storeError(
          'read-only',
          `The session database ${path} is that of an older hermes (schema version ${version}), and cannot be brought up to date where it cannot be written.`,
        )
      } catch (error) {
        failure ??= error
        db?.close()
      }
    }
    throw toStoreError(failure, path)
  }

  #pragma(text: string): SQLOutputValue | undefined {
    const row = this.#db.prepare(`PRAGMA ${text}`).get()
    return row && Object.values(row)[0]
  }

  #checkVersion(): number {
    const version = Number(this.#pragma('user_version'))
    const application = Number(this.#pragma('application_id'))
    const empty = this.#db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
    if (application !== APPLICATION_ID && !(application === 0 && version === 0 && empty)) {
      throw storeError('corrupt', `The session database ${this.path} is the database of another program.`)
    }
    if (version > migrations.length) {
      throw storeError(
        'newer',
        `The session database ${this.path} has schema version ${version}, from a newer hermes; this one knows ${migrations.length}.`,
      )
    }
    return version
  }

  #migrate(): void {
    if (this.#pragma('user_version') === migrations.length) return
    for (;;) {
      const done = this.#transaction('BEGIN IMMEDIATE', () => {
        // Read under the lock: another process may have been faster.
        const version = this.#checkVersion()
        const migration = migrations[version]
        if (migration === undefined) return true
        this.#db.exec(migration)
        this.#db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`)
        return false
      })
      if (done) return
    }
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** What was asked of this connection so far. */
  get statements(): string[] {
    return [...this.#statements.keys()]
  }

  /** Compiles statements before they are asked: each takes 0.1 ms. */
  prepare(statements: readonly string[]): void {
    this.#asStoreError(() => {
      for (const sql of statements) this.#prepared(sql)
    })
  }

  get<R extends Row>(sql: string, ...values: SQLInputValue[]): R | undefined {
    return this.#prepared(sql).get(...values) as R | undefined
  }

  all<R extends Row>(sql: string, ...values: SQLInputValue[]): R[] {
    return this.#prepared(sql).all(...values) as R[]
  }

  /** Returns the number of changed rows. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes)
  }

  /** Returns the id of the inserted row. */
  insert(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).lastInsertRowid)
  }

  /** Runs `work` on one snapshot, as {@link write} does within a transaction as a part of it. */
  read<T>(work: () => T): T {
    return this.#asStoreError(() => this.#transaction('BEGIN', work))
  }

  /** Runs `work` with the write lock, taken at the start so that SQLite waits for it (`busyTimeoutMs`). All or nothing. */
  write<T>(work: () => T): T {
    return this.#asStoreError(() => {
      if (this.#identity !== undefined) refuseRemoved(this.path, this.#identity)
      return this.#transaction('BEGIN IMMEDIATE', work)
    })
  }

  #transaction<T>(begin: string, work: () => T): T {
    if (this.#db.isTransaction) return work()
    this.#db.exec(begin)
    const afterwards: Afterwards = {commit: [], rollback: []}
    this.#afterwards = afterwards
    try {
      const result = work()
      this.#db.exec('COMMIT')
      afterwards.rollback = []
      return result
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#db.isTransaction) rollBack(this.#db)
      afterwards.commit = []
      throw error
    } finally {
      for (const act of [...afterwards.commit, ...afterwards.rollback.reverse()]) act()
    }
  }

  /** Whether a commit that makes the log longer than 1000 pages moves it into the file; default true. */
  set checkpoints(on: boolean) {
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${on ? 1000 : 0}`)
  }

  /** Moves the log into the file as far as nobody reads it; apart from a commit, which takes long enough. */
  checkpoint(): void {
    this.#asStoreError(() => this.#pragma('wal_checkpoint(PASSIVE)'))
  }

  get synced(): boolean {
    return this.#synced
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction
  }

  /** Runs `act`, which never throws, when the transaction that is open is committed. */
  onCommit(act: () => void): void {
    this.#afterwards.commit.push(act)
  }

  /** As {@link onCommit}, where it is not: what was done beside the database is undone, the last first. */
  onRollback(act: () => void): void {
    this.#afterwards.rollback.push(act)
  }

  #asStoreError<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw toStoreError(this.#told(error), this.path)
    }
  }

  /** SQL that fails on a schema that is not ours is a damaged file, no defect. */
  #told(error: unknown): unknown {
    if (!isBrokenIndex(error) && !(isRefusedSql(error) && isDamaged(this.#db))) return error
    return storeError('corrupt', `The session database ${this.path} is damaged (${messageOf(error)}).`, error)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#statements.clear()
    this.#db.close()
  }
}

/** What failed first is what is told; a rollback that fails is made up for when the file is opened next. */
function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK')
  } catch {}
}

/**
 * Closes a database that is refused. The last connection that closes would write the log of a process
 * that died into the file; a reader beside it, which may not write, keeps the file as it was found.
 */
function closeKeepingLog(db: DatabaseSync, openReader: () => DatabaseSync): void {
  let reader: DatabaseSync | undefined
  try {
    reader = openReader()
    reader.exec('PRAGMA user_version')
  } catch {
    // A file that cannot be read at all is not written either.
  }
  db.close()
  reader?.close()
}
