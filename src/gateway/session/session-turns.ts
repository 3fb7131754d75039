import {HermesError} from '../../errors.js'
import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {mintPromptId} from '../ids.js'
import type {Reply} from '../methods/method.js'
import {RpcError} from '../rpc-error.js'
import type {MessageRow, QuestionRow, Store, TurnRow} from '../store/types.js'
import {hostTurn} from '../turn/host.js'
import type {ResumedTurn} from '../turn/turn.js'
import type {LiveSession} from './live-session.js'
import {assertNotElsewhere} from './ownership.js'
import {persistSeed} from './seed.js'
import {shownText} from './wire-messages.js'

export interface PromptInput {
  text: string
  promptId: string | undefined
  /** Take back this user message (counted from 0) and all after it first. */
  truncateBefore: number | undefined
}

/** Stores a prompt and starts its turn; a prompt id that is known already starts nothing. */
export async function submitPrompt(gateway: Gateway, session: LiveSession, input: PromptInput): Promise<Reply> {
  const store = await gateway.services.store()
  const known = input.promptId === undefined ? undefined : knownTurn(store, session, input.promptId)
  if (known) return {result: duplicateOf(known)}
  const text = wellFormed(input.text)
  if (text.trim() === '') throw new RpcError(errorCodes.empty, 'the prompt is empty')
  assertIdle(session)
  tellUntold(gateway, store, session)
  const row = {
    key: session.key,
    title: session.title,
    model: session.model ?? null,
    cwd: session.cwd,
    source: 'tui',
  }
  const {turn, duplicate} = store.atomically(() => {
    assertNotElsewhere(gateway, store, session.key)
    if (input.truncateBefore !== undefined) truncate(store, session, input.truncateBefore)
    // Bound before there is a row: a stored prompt can be found by every id that its session ever had.
    store.bindLiveId(session.id, session.key)
    store.setOwner(session.key, gateway.self)
    if (session.seed.length > 0) persistSeed(store, row, session.seed)
    return store.beginTurn({session: row, promptId: input.promptId ?? mintPromptId(), prompt: text})
  })
  session.seed = []
  if (!session.stored) {
    session.stored = true
    // Another session may have got the wanted title meanwhile; then this one has none.
    session.title = store.session(session.key)?.title ?? null
  }
  if (duplicate) return {result: duplicateOf(turn)}
  return hostTurn(gateway, session, store, turn)
}

/** Goes on with the reply of the last turn, which broke off. */
export async function continueTurn(
  gateway: Gateway,
  session: LiveSession,
  promptId: string | undefined,
): Promise<Reply> {
  const store = await gateway.services.store()
  assertIdle(session)
  tellUntold(gateway, store, session)
  const {waiting, turn, rows} = store.atomically(() => {
    assertNotElsewhere(gateway, store, session.key)
    const last = store.lastTurn(session.key)
    if (!last || last.status === 'complete') {
      throw new RpcError(errorCodes.refused, 'nothing to continue: the last reply is complete')
    }
    if (promptId !== undefined && promptId !== last.promptId) {
      throw new RpcError(errorCodes.refused, `nothing to continue: ${promptId} is not the last prompt`)
    }
    store.bindLiveId(session.id, session.key)
    store.setOwner(session.key, gateway.self)
    const rows = store.messages(session.key, 1).filter((row) => row.turnId === last.id)
    const waiting = last.status === 'interrupted' ? store.takeUpTurn(last.id, {byHand: true}) : undefined
    return {waiting, turn: waiting?.turn ?? store.reopenTurn(last.id), rows}
  })
  session.history = undefined
  session.questions.expect(waiting?.questions ?? [])
  return hostTurn(gateway, session, store, turn, {resumed: resumedTurn(rows, waiting?.questions)})
}

export interface LastTurn {
  turn: TurnRow | undefined
  /** It was left waiting for the person, and was taken up: see {@link takeUp}. */
  waiting: {turn: TurnRow; questions: readonly QuestionRow[]} | undefined
  /** See {@link isLeftWaiting}. */
  left: boolean
}

/**
 * The session's last turn, taken up where it was left waiting for the person. Where nobody can be asked it would be
 * denied what it asks, and the person who is asked later would find it done: there it is left as it is.
 */
export function lastTurnOf(gateway: Gateway, store: Store, key: string): LastTurn {
  const turn = store.lastTurn(key)
  const left = isLeftWaiting(gateway, store, turn)
  return {turn, left, waiting: turn?.status === 'interrupted' && !left ? store.takeUpTurn(turn.id) : undefined}
}

/** A turn that waits for the person, who cannot be asked here. */
export function isLeftWaiting({permissions}: Gateway, store: Store, turn: TurnRow | undefined): boolean {
  return !permissions.interactive && turn?.status === 'interrupted' && store.turnWaits(turn.id)
}

/**
 * Goes on with a turn that another process left waiting for the person, up to its question. Returns what starts it, once
 * the answer to the request says that it runs.
 */
export function takeUp(
  gateway: Gateway,
  session: LiveSession,
  store: Store,
  {turn, questions}: {turn: TurnRow; questions: readonly QuestionRow[]},
): () => void {
  // The newest message, and so the whole of the last turn.
  const rows = store.messages(session.key, 1).filter((row) => row.turnId === turn.id)
  session.questions.expect(questions)
  const {after} = hostTurn(gateway, session, store, turn, {resumed: resumedTurn(rows, questions), announce: false})
  return () => after?.()
}

function resumedTurn(rows: readonly MessageRow[], questions: readonly QuestionRow[] = []): ResumedTurn {
  const {assistant: text, reasoning} = shownText(rows.filter(({role}) => role === 'assistant'))
  const last = rows.findLastIndex(({role}) => role === 'assistant')
  const step = rows.slice(last + 1).flatMap(({tool}) => tool ?? [])
  return {text, reasoning, step, asked: new Set(questions.map(({toolId}) => toolId))}
}

export function assertIdle(session: LiveSession, hint = ''): void {
  if (session.turn) throw new RpcError(errorCodes.busy, `session busy${hint}`)
}

/** A turn whose end the store refused (full, locked) is still open there: it is closed before anything follows it. */
export function tellUntold(gateway: Gateway, store: Store, session: LiveSession): void {
  const {untold} = session
  if (!untold) return
  try {
    store.atomically(() => {
      // Another process that has the session now may go on with that turn.
      assertNotElsewhere(gateway, store, session.key)
      store.finishTurn(untold.turnId, untold.end)
    })
  } catch (error) {
    // One that had it meanwhile has closed the turn.
    if (!(error instanceof HermesError) || error.code !== 'store/turn-state') throw error
  }
  session.untold = undefined
}

function knownTurn(store: Store, session: LiveSession, promptId: string): TurnRow | undefined {
  if (session.turn?.row.promptId === promptId) return session.turn.row
  return session.stored ? store.turn(session.key, promptId) : undefined
}

/** The outcome that the first submission of a prompt had, or has until now. */
function duplicateOf(turn: TurnRow): Record<string, unknown> {
  const status = turn.status === 'running' ? 'streaming' : turn.status
  return {status, duplicate: true, prompt_id: turn.promptId}
}

/** Takes turns back until the user message with this ordinal is gone. */
function truncate(store: Store, session: LiveSession, ordinal: number): void {
  if (!Number.isInteger(ordinal) || ordinal < 0) {
    throw new RpcError(errorCodes.empty, 'truncate_before_user_ordinal must be a whole number from 0')
  }
  const userMessages = () => store.shownMessages(session.key).filter((row) => row.role === 'user').length
  if (!session.stored || ordinal >= userMessages()) {
    throw new RpcError(errorCodes.refused, 'target user message is no longer in session history')
  }
  session.history = undefined
  while (userMessages() > ordinal && store.undoLastTurn(session.key) > 0);
}
