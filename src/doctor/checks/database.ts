import {existsSync, statSync} from 'node:fs'
import {messageOf} from '../../errors.js'
import {homeFiles} from '../../platform.js'
import {openForReading} from '../read-database.js'
import {bytesText, count, shellWord} from '../text.js'
import type {Check} from '../types.js'

/** `quick_check` reads all of it, at some 200 MB a second. */
const MAX_CHECKED_BYTES = 200 * 1024 * 1024

export const databaseCheck: Check = {
  id: 'database',
  title: 'Database',
  run: ({home}) => {
    const file = homeFiles(home).database
    if (!existsSync(file))
      return {status: 'ok', summary: 'none yet; it is made with the first session', evidence: [file]}
    const {size} = statSync(file)
    const recover = `sqlite3 ${shellWord(file)} .recover | sqlite3 saved.db`
    const damaged = (detail: string, more: readonly string[] = []) => ({
      status: 'fail' as const,
      summary: `damaged: ${detail}`,
      evidence: [`${file}, ${bytesText(size)}`, ...more],
      remedy: [
        `Save what can be read: ${recover}`,
        `Or move it away to start with an empty one: mv ${shellWord(file)} ${shellWord(`${file}.damaged`)}`,
      ],
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
      const sessions = Number(one('SELECT count(*) FROM sessions'))
      const messages = Number(one('SELECT count(*) FROM messages'))
      const unfinished = Number(one("SELECT count(*) FROM turns WHERE status = 'running'"))
      const sound = small ? 'sound' : 'too large to be checked here in time'
      return {
        status: 'ok',
        summary: `${sound}, ${bytesText(size)}, ${count(sessions, 'session')}`,
        evidence: [
          file,
          `${count(messages, 'message')}, ${count(unfinished, 'unfinished turn')}, schema ${one('PRAGMA user_version')}`,
        ],
        remedy: small ? [] : [`sqlite3 -readonly ${shellWord(file)} 'PRAGMA quick_check'`],
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
          remedy: [`Who holds it: fuser ${shellWord(file)}`],
        }
      return {
        status: 'fail',
        summary: `cannot be read: ${messageOf(error)}`,
        evidence: [file],
        remedy: [`Look at its owner and mode: ls -l ${shellWord(file)}`],
      }
    } finally {
      database?.close()
    }
  },
}
