import type {Database, Row} from '../sqlite/database.js'
import type {McpPin} from '../types.js'

interface PinColumns extends Row {
  server: string
  identity: string
  hash: string
  definitions: string
}

export function mcpPins(db: Database): McpPin[] {
  return db
    .all<PinColumns>('SELECT server, identity, hash, definitions FROM mcp_pins ORDER BY server, identity')
    .map(({server, identity, hash, definitions}) => ({server, identity, hash, definitions}))
}

export function pinMcp(db: Database, {server, identity, hash, definitions}: McpPin, now: number): void {
  db.run(
    `INSERT INTO mcp_pins(server, identity, hash, definitions, pinned_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (server, identity) DO UPDATE SET hash = excluded.hash, definitions = excluded.definitions,
       pinned_at = excluded.pinned_at`,
    server,
    identity,
    hash,
    definitions,
    now,
  )
}

export function unpinMcp(db: Database, server: string): number {
  return db.run('DELETE FROM mcp_pins WHERE server = ?', server)
}
