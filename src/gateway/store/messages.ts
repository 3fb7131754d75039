import {isPrompt} from '../../protocol/prompt-message.js'
import {lastCompaction} from './compaction/compactions.js'
import type {Contents} from './contents/contents.js'
import {imagesOfSession} from './contents/images.js'
import {StoredJson} from './contents/stored-json.js'
import {foldTurn} from './fold.js'
import {entriesOf, type RunningTurn, runningTurns} from './journal/in-flight.js'
import {messageRows} from './message-rows.js'
import type {StoreParts} from './parts.js'
import type {Database} from './sqlite/database.js'
import type {MessageRow, MessageStatus, StoredContext, ToolRow} from './types.js'

/**
 * What is shown of a session, in order, with the journal of a running turn folded in. With `newest`
 * only the turns that hold that many of the newest messages: of 10 000 a resume needs 200. `whole`: with what is
 * told to a model only.
 */
export function messagesOf(
  parts: StoreParts,
  key: string,
  {newest, whole}: {newest: number | undefined; whole: boolean},
): MessageRow[] {
  const {db, contents} = parts
  const first = newest === undefined ? undefined : turnOfNewest(db, key, newest)
  const messages = withValues(contents, withFlight(parts, key, messageRows(db, key, {first, whole})), whole)
  if (whole) addImages(db, key, messages)
  return messages
}

function addImages(db: Database, key: string, messages: readonly MessageRow[]): void {
  const images = imagesOfSession(db, key)
  if (images.size === 0) return
  for (const message of messages) {
    const ofTurn = message.turnId === null ? undefined : images.get(message.turnId)
    if (!ofTurn || !(isPrompt(message) || message.tool)) continue
    const its = ofTurn.filter(({toolId}) => toolId === message.tool?.id)
    if (its.length > 0) message.images = its
  }
}

/** See {@link StoredContext}. Messages that a summary stands for are not read, but for those of the turn in which it ends. */
export function contextOf(parts: StoreParts, key: string): StoredContext {
  const {db, contents} = parts
  const compaction = lastCompaction(db, key)
  const covers = compaction?.covers ?? 0
  const cut = covers === 0 ? undefined : turnOfMessage(db, covers)
  const failed = failedTurns(db, key)
  const rows = withFlight(parts, key, messageRows(db, key, {first: cut, whole: true})).filter(
    ({id, turnId}) => (id < 0 || id > covers || turnId === cut) && !(turnId !== null && failed.has(turnId)),
  )
  const goesOn = rows.some(({id, turnId}) => turnId === cut && (id < 0 || id > covers))
  const told = rows.filter((row) => row.id < 0 || row.id > covers || (goesOn && row.turnId === cut && isPrompt(row)))
  const messages = withValues(contents, told, true)
  addImages(db, key, messages)
  return {compaction, rows: messages}
}

/** As they are when the turns end now. Values of tools are as stored. */
export function messagesInFlight(
  parts: Pick<StoreParts, 'db' | 'journals'>,
  turn: RunningTurn,
  stored: readonly MessageRow[],
  end: MessageStatus | 'running',
): MessageRow[] {
  return foldTurn(stored, entriesOf(parts, turn), end).messages
}

export function countMessages(parts: StoreParts, key: string): number {
  const {db} = parts
  if (runningTurns(db, key).length > 0) {
    return withFlight(parts, key, messageRows(db, key, {first: undefined, whole: false})).length
  }
  const row = db.get<{n: number}>('SELECT count(*) AS n FROM messages WHERE session_key = ? AND hidden = 0', key)
  return row?.n ?? 0
}

function withFlight(parts: StoreParts, key: string, messages: MessageRow[]): MessageRow[] {
  return runningTurns(parts.db, key).reduce((all, turn) => {
    const first = all.findIndex((message) => message.turnId === turn.id)
    const last = all.findLastIndex((message) => message.turnId === turn.id)
    if (first === -1) return all
    const folded = messagesInFlight(parts, turn, all.slice(first, last + 1), 'running')
    return [...all.slice(0, first), ...folded, ...all.slice(last + 1)]
  }, messages)
}

/** Puts the values of tools in, and their arguments into the calls. What can't be read is told in its place. */
function withValues(contents: Contents, messages: MessageRow[], whole: boolean): MessageRow[] {
  const read = (value: unknown, what: string, inWords: (text: string) => unknown) =>
    value instanceof StoredJson ? contents.read(value, (why) => inWords(`${what} no longer stored: ${why}`)) : value
  /** Calls of the last assistant message that have no tool yet. */
  let calls: MessageRow['toolCalls'] = []
  for (const message of messages) {
    const {tool} = message
    if (!tool) {
      message.toolCalls = message.toolCalls.map((call) => ({...call}))
      calls = [...message.toolCalls]
      continue
    }
    const known: ToolRow = {...tool, result: read(tool.result, 'the result is', (error) => ({error}))}
    message.tool = known
    if (!whole) continue
    known.args = read(tool.args, 'the arguments are', (text) => text)
    const call = calls.find(({id}) => id === known.id)
    if (!call) continue
    call.args = known.args
    calls.splice(calls.indexOf(call), 1)
  }
  return messages
}

/** Turns that ended by an error before there was anything of a reply. */
function failedTurns(db: Database, key: string): ReadonlySet<number> {
  const rows = db.all<{id: number}>(
    `SELECT t.id FROM turns t WHERE t.session_key = ? AND t.undone = 0 AND t.status = 'error' AND NOT EXISTS (
       SELECT 1 FROM messages m WHERE m.turn_id = t.id
         AND (m.role = 'tool' OR m.role = 'assistant' AND (trim(m.text) <> '' OR m.tool_calls IS NOT NULL)))`,
    key,
  )
  return new Set(rows.map(({id}) => id))
}

function turnOfMessage(db: Database, id: number): number | undefined {
  return db.get<{turn_id: number | null}>('SELECT turn_id FROM messages WHERE id = ?', id)?.turn_id ?? undefined
}

/** The turn of the oldest of the newest messages; undefined where there are no more, or it is older than all turns. */
function turnOfNewest(db: Database, key: string, newest: number): number | undefined {
  const row = db.get<{turn_id: number | null}>(
    'SELECT turn_id FROM messages WHERE session_key = ? AND hidden = 0 ORDER BY turn_id DESC, id DESC LIMIT 1 OFFSET ?',
    key,
    Math.max(0, newest - 1),
  )
  return row?.turn_id ?? undefined
}
