import {waitingQuestions} from '../questions.js'
import type {Database, Row} from '../sqlite/database.js'
import type {AgentCall, AgentRow, AgentStore, NewAgent} from './types.js'

interface AgentColumns extends Row {
  key: string
  parent_key: string
  turn_id: number | null
  call_id: string | null
  round: number
  position: number
  task: string
  state: string
  place: string | null
  result: string | null
  worked_ms: number
  started_at: number
  ended_at: number | null
}

const COLUMNS =
  'key, parent_key, turn_id, call_id, round, position, task, state, place, result, worked_ms, started_at, ended_at'

/** Sessions of tasks that were delegated: they are part of the one that delegates, and stand in no list. */
export const DELEGATED = 'subagent'

const OPEN = `state IN ('waiting', 'working')`

function toAgent(row: AgentColumns): AgentRow {
  const call = row.turn_id === null ? null : {turnId: row.turn_id, callId: row.call_id ?? '', round: row.round}
  return {
    key: row.key,
    parentKey: row.parent_key,
    call,
    position: row.position,
    task: JSON.parse(row.task),
    state: row.state as AgentRow['state'],
    place: row.place === null ? null : JSON.parse(row.place),
    result: row.result === null ? null : JSON.parse(row.result),
    workedMs: row.worked_ms,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}

export function agentStore(db: Database, now: () => number): AgentStore {
  return {
    add: (agents) => db.write(() => addAgents(db, agents, now())),
    one: (key) => db.read(() => agentOf(db, key)),
    ofCall: (call) => db.read(() => agentsOfCall(db, call)),
    of: (parentKey) => db.read(() => agentsOf(db, parentKey)),
    change: (key, {state, place, workedMs}) =>
      db.write(() => {
        if (state !== undefined) db.run(`UPDATE agents SET state = ? WHERE key = ? AND ${OPEN}`, state, key)
        if (place !== undefined)
          db.run('UPDATE agents SET place = ? WHERE key = ?', place && JSON.stringify(place), key)
        if (workedMs !== undefined) db.run('UPDATE agents SET worked_ms = ? WHERE key = ?', Math.round(workedMs), key)
      }),
    end: (key, {state, result, workedMs}) =>
      db.write(
        () =>
          db.run(
            `UPDATE agents SET state = ?, result = ?, worked_ms = ?, ended_at = ? WHERE key = ? AND ${OPEN}`,
            state,
            JSON.stringify(result),
            Math.round(workedMs),
            now(),
            key,
          ) > 0,
      ),
  }
}

function addAgents(db: Database, agents: readonly NewAgent[], now: number): void {
  for (const {key, parentKey, call, position, task, state} of agents) {
    db.run(
      `INSERT INTO agents(key, parent_key, turn_id, call_id, round, position, task, state, started_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      key,
      parentKey,
      call?.turnId ?? null,
      call?.callId ?? null,
      call?.round ?? 0,
      position,
      JSON.stringify(task),
      state,
      now,
    )
  }
}

function agentOf(db: Database, key: string): AgentRow | undefined {
  const row = db.get<AgentColumns>(`SELECT ${COLUMNS} FROM agents WHERE key = ?`, key)
  return row && toAgent(row)
}

function agentsOfCall(db: Database, {turnId, callId, round}: AgentCall): AgentRow[] {
  return db
    .all<AgentColumns>(
      `SELECT ${COLUMNS} FROM agents WHERE turn_id = ? AND call_id = ? AND round = ? ORDER BY position`,
      turnId,
      callId,
      round,
    )
    .map(toAgent)
}

function agentsOf(db: Database, parentKey: string): AgentRow[] {
  return db
    .all<AgentColumns>(
      `SELECT ${COLUMNS} FROM agents WHERE parent_key = ? ORDER BY started_at, turn_id, position, key`,
      parentKey,
    )
    .map(toAgent)
}

/** Keys of sessions of delegated tasks; `open`: only of those that are not over. */
export function delegatedBy(db: Database, parentKey: string, {open = false} = {}): string[] {
  const sql = `SELECT key FROM agents WHERE parent_key = ? AND turn_id IS NOT NULL ${open ? `AND ${OPEN}` : ''}`
  return db.all<{key: string}>(sql, parentKey).map(({key}) => key)
}

/** Another prompt follows: what an earlier one delegated, and nobody went on with, is over. */
export function closeDelegated(db: Database, parentKey: string, now: number): void {
  const open = delegatedBy(db, parentKey, {open: true})
  for (const key of open) db.run('DELETE FROM questions WHERE session_key = ?', key)
  if (open.length === 0) return
  db.run(
    `UPDATE agents SET state = 'interrupted', ended_at = ? WHERE parent_key = ? AND turn_id IS NOT NULL AND ${OPEN}`,
    now,
    parentKey,
  )
}

/** Turns of what a turn delegated that wait for the person. */
export function waitingDelegated(db: Database, turnId: number, byHand: boolean): number[] {
  const turns = db.all<{id: number}>(
    `SELECT t.id FROM agents a JOIN turns t ON t.id = (SELECT max(id) FROM turns WHERE session_key = a.key AND undone = 0)
      WHERE a.turn_id = ? AND a.state = 'working' AND t.status = 'interrupted'`,
    turnId,
  )
  return turns.map(({id}) => id).filter((id) => waitingQuestions(db, id, byHand).length > 0)
}
