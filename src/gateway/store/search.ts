import {likePattern, markSubstrings, planSearch} from './search-query.js'
import {WHOLE} from './sessions.js'
import type {Database} from './sqlite/database.js'
import type {SearchHit} from './types.js'

interface Hit {
  [column: string]: string | number | null
  key: string
  title: string | null
  messageId: number
  role: string
  snippet: string
  createdAt: number
}

const COLUMNS = 'm.session_key AS key, s.title, m.id AS messageId, m.role, m.created_at AS createdAt'

/** Best match first. */
export function searchMessages(db: Database, query: string, limit: number): SearchHit[] {
  const plan = planSearch(query)
  switch (plan.kind) {
    case 'nothing':
      return []
    case 'words':
      return db
        .all<Hit>(
          `SELECT ${COLUMNS}, snippet(messages_fts, 0, char(2), char(3), '…', 16) AS snippet
           FROM messages_fts JOIN messages m ON m.id = messages_fts.rowid JOIN sessions s ON s.key = m.session_key
           WHERE messages_fts MATCH ? AND ${WHOLE} ORDER BY messages_fts.rank, m.id DESC LIMIT ?`,
          plan.expression,
          limit,
        )
        .map(toHit)
    case 'substrings':
      return db
        .all<Hit>(
          `SELECT ${COLUMNS}, m.text AS snippet FROM messages m JOIN sessions s ON s.key = m.session_key
           WHERE m.hidden = 0 AND ${WHOLE} AND ${plan.parts.map(() => `m.text LIKE ? ESCAPE '\\'`).join(' AND ')}
           ORDER BY m.id DESC LIMIT ?`,
          ...plan.parts.map(likePattern),
          limit,
        )
        .map((hit) => ({...toHit(hit), snippet: markSubstrings(hit.snippet, plan.parts)}))
  }
}

function toHit({key, title, messageId, role, snippet, createdAt}: Hit): SearchHit {
  return {key, title, messageId, role, snippet, createdAt}
}
