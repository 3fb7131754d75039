import {existsSync, statSync} from 'node:fs'
import {messageOf} from '../../errors.js'
import {APPLICATION_ID, migrations} from '../../gateway/store/sqlite/migrations.js'
import {homeFiles} from '../../platform.js'
import {isMissing} from '../missing.js'
import {openForReading} from '../read-database.js'
import {bytesText, count, shellWord} from '../text.js'
import type {Check, Remedy} from '../types.js'

/** `quick_check` reads all of it, at some 200 MB a second. */
const MAX_CHECKED_BYTES = 200 * 1024 * 1024

export const databaseCheck: Check = {
  id: 'database',
  title: 'Database',
  run: ({home}) => {
    const file = homeFiles(home).database
    if (isMissing(file)) return {status: 'ok', summary: 'none yet; it is made with the first session', evidence: [file]}
    if (!existsSync(file)) return {status: 'skipped', summary: 'its folder may not be looked into', evidence: [file]}
    const {size} = statSync(file)
    if (!statSync(file).isFile()) return {...unreadable(file, 'it is not a file'), remedy: [moveAway(file)]}
    const damaged = (detail: string, more: readonly string[] = []) => ({
      status: 'fail' as const,
      summary: `damaged: ${detail}`,
      evidence: [`${file}, ${bytesText(size)}`, ...more],
      remedy: rescue(file),
    })
    let database: ReturnType<typeof openForReading> | undefined
    try {
      database = openForReading(file)
      const one = (sql: string) => Object.values(database?.prepare(sql).get() ?? {})[0]
      const small = size <= MAX_CHECKED_BYTES
      const problems = small
        ? database
            .prepare('PRAGMA quick_check(5)')
            .all()
            .map((row) => String(Object.values(row)[0]))
            .filter((text) => text !== 'ok')
        : []
      if (problems.length > 0) return damaged(problems[0] ?? '', problems.slice(1))
      const version = Number(one('PRAGMA user_version'))
      if (one('SELECT 1 FROM sqlite_schema LIMIT 1') === undefined)
        return {status: 'ok', summary: 'empty; it is filled with the first session', evidence: [file]}
      if (one('PRAGMA application_id') !== APPLICATION_ID)
        return {...unreadable(file, 'it is the database of another program'), remedy: [moveAway(file)]}
      if (version > migrations.length) {
        const fix = ['Update hermes.', 'To go on with this version, set HERMES_HOME to another directory.']
        return {
          ...unreadable(file, `schema ${version}, of a newer hermes; this one knows ${migrations.length}`),
          remedy: fix,
        }
      }
      const sessions = Number(one('SELECT count(*) FROM sessions'))
      const messages = Number(one('SELECT count(*) FROM messages'))
      const unfinished = Number(one("SELECT count(*) FROM turns WHERE status = 'running'"))
      const sound = small ? 'sound' : 'too large to be checked here in time'
      return {
        status: 'ok',
        summary: `${sound}, ${bytesText(size)}, ${count(sessions, 'session')}`,
        evidence: [file, `${count(messages, 'message')}, ${count(unfinished, 'unfinished turn')}, schema ${version}`],
        remedy: small ? [] : [{text: 'Check it', command: `sqlite3 -readonly ${shellWord(file)} 'PRAGMA quick_check'`}],
      }
    } catch (error) {
      const code = (error as {errcode?: unknown}).errcode
      const primary = typeof code === 'number' ? code & 0xff : 0
      // SQLITE_CORRUPT, SQLITE_NOTADB
      if (primary === 11 || primary === 26) return damaged(messageOf(error))
      if (primary === 5)
        return {
          status: 'warn',
          summary: 'locked by another program',
          evidence: [file],
          remedy: [{text: 'See who holds it', command: `fuser -v ${shellWord(file)}`}],
        }
      const fix = {text: 'Look at its owner and mode', command: `ls -l ${shellWord(file)}`}
      return {...unreadable(file, messageOf(error)), remedy: [fix]}
    } finally {
      database?.close()
    }
  },
}

const unreadable = (file: string, why: string) =>
  ({status: 'fail', summary: `cannot be used: ${why}`, evidence: [file]}) as const

const moveAway = (file: string): Remedy => ({
  text: 'Move it away to start with an empty one',
  command: `mv ${shellWord(file)} ${shellWord(`${file}.damaged`)}`,
})

/**
 * `.clone` reads each table from both ends, up to what is damaged, and is in every sqlite3; `.recover`,
 * which could do without the first page, is left out of some (Debian 12).
 */
function rescue(file: string): Remedy[] {
  const saved = `${file}.saved`
  const marks = `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}; SELECT count(*) || ' sessions saved' FROM sessions`
  const log = existsSync(`${file}-wal`) ? ` && mv ${shellWord(`${file}-wal`)} ${shellWord(`${file}.damaged-wal`)}` : ''
  const away = `mv ${shellWord(file)} ${shellWord(`${file}.damaged`)}${log}`
  return [
    {
      text: 'Save what can be read',
      command: `sqlite3 ${shellWord(file)} ${shellWord(`.clone "${saved}"`)}; sqlite3 ${shellWord(saved)} ${shellWord(marks)}`,
    },
    {
      text: 'If it says how many sessions are saved, use it',
      command: `${away} && mv ${shellWord(saved)} ${shellWord(file)}`,
    },
    moveAway(file),
  ]
}
