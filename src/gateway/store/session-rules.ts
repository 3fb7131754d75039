import type {Database} from './sqlite/database.js'

/** Rules that the person allowed for a session, oldest first. */
export function sessionRules(db: Database, key: string): string[] {
  return db
    .all<{rule: string}>('SELECT rule FROM session_rules WHERE session_key = ? ORDER BY created_at, rule', key)
    .map(({rule}) => rule)
}

export function addSessionRule(db: Database, key: string, rule: string, now: number): void {
  db.run('INSERT OR IGNORE INTO session_rules(session_key, rule, created_at) VALUES (?, ?, ?)', key, rule, now)
}

export function removeSessionRule(db: Database, key: string, rule: string): boolean {
  return db.run('DELETE FROM session_rules WHERE session_key = ? AND rule = ?', key, rule) > 0
}
