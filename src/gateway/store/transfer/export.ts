import {isPrompt} from '../../../protocol/prompt-message.js'
import {imagesOfTurn} from '../contents/images.js'
import {StoredJson} from '../contents/stored-json.js'
import {runningTurns} from '../journal/in-flight.js'
import {messagesOfTurn} from '../message-rows.js'
import {messagesInFlight} from '../messages.js'
import type {StoreParts} from '../parts.js'
import {sessionByKey, unknownSession} from '../sessions.js'
import type {Row} from '../sqlite/database.js'
import type {MessageEntry, MessageRow, SessionEntry, SessionHead, TurnEntry, TurnStatus} from '../types.js'

/** So many turns are looked up at once; their messages are read turn by turn. */
const TURNS = 64

interface TurnColumns extends Row {
  id: number
  prompt_id: string
  prompt: string
  status: string
  error: string | null
  deaths: number
  started_at: number
  ended_at: number | null
  calls: number
  tokens_input: number
  tokens_output: number
  tokens_cache_read: number
  tokens_cache_write: number
  tokens_reasoning: number
}

/**
 * A session piece by piece, as it is shown: what was taken back is not in it, and a turn that runs is as if it ended
 * now. No more than one turn is held. What was allowed in the session stays behind: a file must not allow anything.
 *
 * @throws HermesError `store/unknown-session`
 */
export function exportSession(
  parts: StoreParts,
  key: string,
  now: () => number,
): {session: SessionHead; entries: Generator<SessionEntry>} {
  const row = parts.db.read(() => sessionByKey(parts.db, key))
  if (!row) throw unknownSession(key)
  const {context: _, ...session} = row
  return {session, entries: entriesOf(parts, key, now)}
}

function* entriesOf(parts: StoreParts, key: string, now: () => number): Generator<SessionEntry> {
  const {db} = parts
  const last = db.read(() => db.get<{id: number | null}>('SELECT max(id) AS id FROM turns WHERE session_key = ?', key))
  for (let after = 0; ; ) {
    const turns = db.read(() =>
      db.all<TurnColumns>(
        `SELECT id, prompt_id, prompt, status, error, deaths, started_at, ended_at, calls, tokens_input, tokens_output,
           tokens_cache_read, tokens_cache_write, tokens_reasoning
         FROM turns WHERE session_key = ? AND undone = 0 AND id > ? AND id <= ? ORDER BY id LIMIT ${TURNS}`,
        key,
        after,
        last?.id ?? 0,
      ),
    )
    for (const turn of turns) {
      yield {turn: toTurn(turn, now())}
      for (const message of messagesNow(parts, key, turn)) yield {message: toMessage(parts, message, turn.id)}
      after = turn.id
    }
    if (turns.length < TURNS) break
  }
  // Deleted meanwhile: what was told is not whole.
  if (!db.read(() => sessionByKey(db, key))) throw unknownSession(key)
}

function messagesNow(parts: StoreParts, key: string, {id, status}: TurnColumns): MessageRow[] {
  return parts.db.read(() => {
    const stored = messagesOfTurn(parts.db, id)
    const running = status === 'running' ? runningTurns(parts.db, key).find((turn) => turn.id === id) : undefined
    return running ? messagesInFlight(parts, running, stored, 'interrupted') : stored
  })
}

function toTurn(row: TurnColumns, now: number): TurnEntry {
  const runs = row.status === 'running'
  return {
    promptId: row.prompt_id,
    prompt: row.prompt,
    status: runs ? 'interrupted' : (row.status as Exclude<TurnStatus, 'running'>),
    error: row.error,
    deaths: row.deaths,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? (runs ? now : null),
    usage: {
      calls: row.calls,
      usage: {
        input: row.tokens_input,
        output: row.tokens_output,
        cacheRead: row.tokens_cache_read,
        cacheWrite: row.tokens_cache_write,
        reasoning: row.tokens_reasoning,
      },
    },
  }
}

function toMessage({db, contents}: StoreParts, message: MessageRow, turnId: number): MessageEntry {
  const {createdAt, role, text, reasoning, status, toolCalls, signed, attached, tool} = message
  const value = (stored: unknown) =>
    stored instanceof StoredJson ? contents.read(stored, (why) => ({error: `it is no longer stored: ${why}`})) : stored
  const entry: MessageEntry = {createdAt, role, text, reasoning, status, toolCalls, signed, attached, tool: null}
  if (message.steerId !== undefined) entry.steerId = message.steerId
  const has = isPrompt(message) || tool !== null
  const all = has ? db.read(() => imagesOfTurn(db, turnId)) : []
  const images = all.filter(({toolId}) => toolId === tool?.id)
  const kept = images.flatMap(({bytes: _, file, toolId: __, ...image}) => {
    const data = contents.readBytes(file)?.toString('base64')
    return data === undefined ? [] : [{...image, data}]
  })
  if (kept.length > 0) entry.images = kept
  if (!tool) return entry
  const {id, name, context, state, durationS} = tool
  const [args, result] = [value(tool.args), value(tool.result)]
  return {
    ...entry,
    tool: {
      id,
      name,
      context,
      state,
      durationS,
      ...(args === undefined ? {} : {args}),
      ...(result === undefined ? {} : {result}),
    },
  }
}
