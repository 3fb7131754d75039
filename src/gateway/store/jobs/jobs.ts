import type {Database, Row} from '../sqlite/database.js'
import {storedText} from '../stored-text.js'
import type {JobChange, JobEnd, JobRow, NewJob} from '../types.js'

interface JobColumns extends Row {
  session_key: string
  number: number
  command: string
  cwd: string
  mark: string
  pid: number | null
  birth: string | null
  boot: string | null
  state: string
  exit_code: number | null
  kept: number
  read_to: number
  told: number
  started_at: number
  ended_at: number | null
}

const COLUMNS =
  'session_key, number, command, cwd, mark, pid, birth, boot, state, exit_code, kept, read_to, told, started_at, ended_at'

function toJob(row: JobColumns): JobRow {
  return {
    sessionKey: row.session_key,
    number: row.number,
    command: row.command,
    cwd: row.cwd,
    mark: row.mark,
    pid: row.pid,
    birth: row.birth,
    boot: row.boot,
    state: row.state as JobRow['state'],
    exitCode: row.exit_code,
    kept: row.kept === 1,
    readTo: row.read_to,
    told: row.told === 1,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}

/** Of a session, oldest first. */
export function jobsOf(db: Database, key: string): JobRow[] {
  return db.all<JobColumns>(`SELECT ${COLUMNS} FROM jobs WHERE session_key = ? ORDER BY number`, key).map(toJob)
}

/** There is something to take up, or to tell. */
export function hasOpenJobs(db: Database, key: string): boolean {
  const sql = `SELECT 1 FROM jobs WHERE session_key = ? AND (state = 'running' OR told = 0) LIMIT 1`
  return db.get(sql, key) !== undefined
}

/** Stored before it is started, with the next free number of its session. */
export function addJob(db: Database, key: string, {command, cwd, mark}: NewJob, now: number): JobRow {
  const last = db.get<{last: number | null}>('SELECT max(number) AS last FROM jobs WHERE session_key = ?', key)?.last
  const number = (last ?? 0) + 1
  db.run(
    `INSERT INTO jobs(session_key, number, command, cwd, mark, state, started_at) VALUES (?, ?, ?, ?, ?, 'running', ?)`,
    key,
    number,
    storedText(command),
    storedText(cwd),
    mark,
    now,
  )
  const row = db.get<JobColumns>(`SELECT ${COLUMNS} FROM jobs WHERE session_key = ? AND number = ?`, key, number)
  if (!row) throw new Error(`job ${number} of session ${key} was not stored`)
  return toJob(row)
}

const columnOf: Readonly<Record<keyof JobChange, string>> = {
  pid: 'pid',
  birth: 'birth',
  boot: 'boot',
  kept: 'kept',
  readTo: 'read_to',
  told: 'told',
}

export function changeJob(db: Database, key: string, number: number, change: JobChange): void {
  for (const [name, value] of Object.entries(change)) {
    const column = columnOf[name as keyof JobChange]
    const given = typeof value === 'boolean' ? Number(value) : value
    db.run(`UPDATE jobs SET ${column} = ? WHERE session_key = ? AND number = ?`, given, key, number)
  }
}

/** False: it had ended already, and stays as it did. */
export function endJob(db: Database, key: string, number: number, {state, exitCode}: JobEnd, now: number): boolean {
  const sql = `UPDATE jobs SET state = ?, exit_code = ?, ended_at = ?
    WHERE session_key = ? AND number = ? AND state = 'running'`
  return db.run(sql, state, exitCode, now, key, number) > 0
}
