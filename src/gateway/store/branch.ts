import {foldTurn} from './fold.js'
import {insertMessage, journalOf, messagesOfTurn} from './messages.js'
import {sessionByKey, setTitle, unknownSession} from './sessions.js'
import type {Database} from './sqlite/database.js'
import type {SessionRow} from './types.js'

/** A session under another key with the same past. */
export function branchSession(
  db: Database,
  key: string,
  branch: {key: string; title: string | null},
  now: number,
): SessionRow {
  db.run(
    `INSERT INTO sessions(key, model, cwd, source, started_at, last_active_at, parent_key)
     SELECT ?, model, cwd, source, ?, ?, key FROM sessions WHERE key = ?`,
    branch.key,
    now,
    now,
    key,
  )
  const session = sessionByKey(db, branch.key)
  if (!session) throw unknownSession(key)
  if (branch.title !== null) setTitle(db, branch.key, branch.title)
  const turns = db.all<{id: number; status: string}>(
    'SELECT id, status FROM turns WHERE session_key = ? AND undone = 0 ORDER BY id',
    key,
  )
  for (const {id, status} of turns) copyTurn(db, id, status === 'running', branch.key, now)
  return sessionByKey(db, branch.key) ?? session
}

function copyTurn(db: Database, id: number, running: boolean, key: string, now: number): void {
  db.run(
    `INSERT INTO turns(session_key, prompt_id, prompt, status, error, deaths, started_at, ended_at)
     SELECT ?, prompt_id, prompt, iif(status = 'running', 'interrupted', status), error, deaths, started_at,
       coalesce(ended_at, ?) FROM turns WHERE id = ?`,
    key,
    now,
    id,
  )
  const copy = db.get<{id: number}>('SELECT max(id) AS id FROM turns WHERE session_key = ?', key)
  if (!copy) return
  const stored = messagesOfTurn(db, id)
  // The journal stays with the process that writes it.
  const messages = running ? foldTurn(stored, journalOf(db, id), 'interrupted').messages : stored
  for (const message of messages) insertMessage(db, key, {...message, turnId: copy.id})
}
