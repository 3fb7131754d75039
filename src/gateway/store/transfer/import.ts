import {exitCodes, HermesError} from '../../../errors.js'
import {bootId, processBirth} from '../../../platform.js'
import {removeHalf} from '../branch.js'
import {insertImages} from '../contents/images.js'
import {insertMessage} from '../message-rows.js'
import type {StoreParts} from '../parts.js'
import {sessionByKey, titleHolder, unknownSession} from '../sessions.js'
import {storedText} from '../stored-text.js'
import {branchTitle, normalTitle} from '../titles.js'
import type {MessageEntry, NewImage, SessionEntry, SessionHead, SessionRow, TurnEntry} from '../types.js'

/** So much is one transaction: entries, and characters of text in them. */
const SLICE_ENTRIES = 128
const SLICE_CHARS = 1024 * 1024

/**
 * Stores a session under a key that is new, in slices: one at each `next`. It is no session before it is whole; where it
 * fails, or is given up, what there is of it is removed. A title that is taken gets a number.
 *
 * @throws HermesError `store/session-exists`, and whatever reading `entries` throws
 */
export function* importSession(
  parts: StoreParts,
  session: SessionHead,
  entries: Iterable<SessionEntry>,
  now: number,
): Generator<void, SessionRow> {
  const {db} = parts
  const {key} = session
  db.write(() => begin(parts, session, now))
  let whole = false
  try {
    let turn: number | null = null
    let slice: SessionEntry[] = []
    let size = 0
    const store = () => {
      db.write(() => {
        for (const entry of slice) {
          if ('turn' in entry) turn = insertTurn(parts, key, entry.turn)
          else {
            insertMessage(parts, key, toRow(entry.message, turn))
            if (turn !== null) insertImages(parts, turn, imagesOf(entry.message), entry.message.tool?.id)
          }
        }
      })
      slice = []
      size = 0
    }
    for (const entry of entries) {
      slice.push(entry)
      size += 'turn' in entry ? entry.turn.prompt.length : sizeOf(entry.message)
      if (slice.length < SLICE_ENTRIES && size < SLICE_CHARS) continue
      store()
      yield
    }
    store()
    const stored = db.write(() => finish(parts, session))
    whole = true
    return stored
  } finally {
    if (!whole) for (const _ of removeHalf(parts, key));
  }
}

function begin({db}: StoreParts, session: SessionHead, now: number): void {
  const {key} = session
  if (db.get('SELECT 1 FROM sessions WHERE key = ?', key)) {
    throw new HermesError(`session ${key} is stored already`, {code: 'store/session-exists', exit: exitCodes.usage})
  }
  const maker = {pid: process.pid, birth: processBirth(process.pid), boot: bootId()}
  const parent = session.parentKey !== null && sessionByKey(db, session.parentKey) ? session.parentKey : null
  db.run(
    `INSERT INTO sessions(key, model, effort, cwd, source, started_at, last_active_at, ended_at, end_reason, parent_key, maker)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    session.model,
    session.effort,
    session.cwd,
    session.source,
    // A file from the future would be the most recent one for ever.
    Math.min(session.startedAt, now),
    Math.min(session.lastActiveAt, now),
    session.endedAt,
    session.endReason,
    parent,
    JSON.stringify(maker),
  )
}

function insertTurn({db}: StoreParts, key: string, turn: TurnEntry): number {
  const {calls, usage} = turn.usage
  return db.insert(
    `INSERT INTO turns(session_key, prompt_id, prompt, status, error, deaths, started_at, ended_at, calls, tokens_input,
       tokens_output, tokens_cache_read, tokens_cache_write, tokens_reasoning)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    turn.promptId,
    storedText(turn.prompt),
    turn.status,
    turn.error,
    turn.deaths,
    turn.startedAt,
    turn.endedAt,
    calls,
    usage.input,
    usage.output,
    usage.cacheRead,
    usage.cacheWrite,
    usage.reasoning,
  )
}

function sizeOf({text, images = []}: MessageEntry): number {
  return images.reduce((sum, {data}) => sum + data.length, text.length)
}

function imagesOf({images = []}: MessageEntry): NewImage[] {
  return images.map(({data, ...image}) => ({...image, content: Buffer.from(data, 'base64')}))
}

function toRow({text, reasoning, attached, tool, steerId, images: _, ...message}: MessageEntry, turnId: number | null) {
  return {
    ...message,
    id: 0,
    turnId,
    promptId: null,
    text: storedText(text),
    reasoning: storedText(reasoning),
    attached: attached && storedText(attached),
    ...(steerId === undefined ? {} : {steerId}),
    tool: tool && {args: undefined, result: undefined, ...tool},
    toolCalls: message.toolCalls.map((call) => ({args: undefined, ...call})),
  }
}

function finish({db}: StoreParts, {key, title}: SessionHead): SessionRow {
  const wanted = title === null ? undefined : normalTitle(title)
  const taken = (one: string) => titleHolder(db, one) !== undefined
  const free = wanted === undefined || !taken(wanted) ? wanted : branchTitle(wanted, taken)
  db.run('UPDATE sessions SET maker = NULL, title = ? WHERE key = ?', free ?? null, key)
  const session = sessionByKey(db, key)
  if (!session) throw unknownSession(key)
  return session
}
