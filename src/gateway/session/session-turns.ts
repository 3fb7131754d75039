import {HermesError} from '../../errors.js'
import {homeFiles} from '../../platform.js'
import {errorCodes, wellFormed} from '../../protocol/frames.js'
import {isPrompt} from '../../protocol/prompt-message.js'
import type {Gateway} from '../gateway.js'
import {mintPromptId} from '../ids.js'
import type {Reply} from '../methods/method.js'
import {RpcError} from '../rpc-error.js'
import type {MessageRow, NewImage, QuestionRow, Store, TurnRow} from '../store/types.js'
import {joinContinued} from '../turn/history.js'
import {hostTurn} from '../turn/host.js'
import {readStoredEnd} from '../turn/reply-end.js'
import type {ResumedTurn} from '../turn/turn.js'
import type {LiveSession} from './live-session.js'
import {assertNotElsewhere} from './ownership/ownership.js'
import type {GivenImage} from './prompt-images.js'
import {persistSeed} from './seed.js'
import {shownText} from './wire-messages.js'

export interface PromptInput {
  text: string
  promptId: string | undefined
  /** Take back this user message (counted from 0) and all after it first. */
  truncateBefore: number | undefined
  /** Default none. */
  images?: readonly GivenImage[] | undefined
  /** Model steps at most; default as configured. */
  maxSteps?: number | undefined
}

/** Stores a prompt and starts its turn; a prompt id that is known already starts nothing. */
export async function submitPrompt(gateway: Gateway, session: LiveSession, input: PromptInput): Promise<Reply> {
  const store = await gateway.services.store()
  const known = input.promptId === undefined ? undefined : knownTurn(store, session, input.promptId)
  if (known) return {result: duplicateOf(known)}
  const {text, images} = await withImages(gateway, session, store, {text: wellFormed(input.text), given: input.images})
  if (text.trim() === '') throw new RpcError(errorCodes.empty, 'the prompt is empty')
  await session.puttingBack
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
    const promptId = input.promptId ?? mintPromptId()
    const begun = store.beginTurn({session: row, promptId, prompt: text, images})
    if (!session.stored && session.effort) store.setEffort(session.key, session.effort)
    return begun
  })
  if (images.length > 0) {
    // The next context has them by where they are stored.
    session.history = undefined
  }
  session.seed = []
  if (!session.stored) {
    session.stored = true
    // Another session may have got the wanted title meanwhile; then this one has none.
    session.title = store.session(session.key)?.title ?? null
  }
  if (duplicate) return {result: duplicateOf(turn)}
  return hostTurn(gateway, session, store, turn, {maxSteps: input.maxSteps})
}

/** Most prompts have no images, and for them nothing is loaded. */
async function withImages(
  {home}: Gateway,
  session: LiveSession,
  store: Store,
  {text, given = []}: {text: string; given: readonly GivenImage[] | undefined},
): Promise<{text: string; images: NewImage[]}> {
  const none = given.length === 0 && store.attachedImages(session.key).length === 0
  if (none && !/@|\[Image #/.test(text)) return {text, images: []}
  const {imagesOfPrompt} = await import('./prompt-images.js')
  return imagesOfPrompt(session, store, {text, given, kept: homeFiles(home).pasted})
}

/** Goes on with the reply of the last turn, which broke off. */
export async function continueTurn(
  gateway: Gateway,
  session: LiveSession,
  {promptId, maxSteps}: Pick<PromptInput, 'promptId' | 'maxSteps'>,
): Promise<Reply> {
  const store = await gateway.services.store()
  await session.puttingBack
  assertIdle(session)
  tellUntold(gateway, store, session)
  const {waiting, turn, rows, last} = store.atomically(() => {
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
    return {waiting, turn: waiting?.turn ?? store.reopenTurn(last.id), rows, last}
  })
  session.history = undefined
  session.questions.expect(waiting?.questions ?? [])
  const atLimit = readStoredEnd(last.error)?.stopReason === 'step-limit'
  const resumed = {...resumedTurn(rows, waiting?.questions, {waits: waiting !== undefined}), atLimit}
  return hostTurn(gateway, session, store, turn, {resumed, maxSteps})
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
  const {after} = hostTurn(gateway, session, store, turn, {
    resumed: resumedTurn(rows, questions, {waits: true}),
    announce: false,
  })
  return () => after?.()
}

/** What goes on of a turn, by its messages and by the questions of its calls that wait. */
export function resumedTurn(
  rows: readonly MessageRow[],
  questions: readonly QuestionRow[] = [],
  {waits = false} = {},
): ResumedTurn {
  const {assistant: text, reasoning} = shownText(rows.filter(({role}) => role === 'assistant'))
  const last = rows.findLastIndex(({role}) => role === 'assistant')
  const step = rows.slice(last + 1).flatMap(({tool}) => tool ?? [])
  const earlier = rows.flatMap(({tool}) => tool ?? [])
  const done = joinContinued(rows)
  const goesOn = done.at(-1)?.role === 'assistant' && done.at(-1)?.status !== 'complete'
  const steps = done.filter(({role}) => role === 'assistant').length - (goesOn ? 1 : 0)
  const asked = new Set(questions.map(({toolId}) => toolId))
  return {text, reasoning, step, earlier, asked, steps, atLimit: false, waits}
}

export function assertIdle(session: LiveSession, hint = ''): void {
  if (session.turn) throw new RpcError(errorCodes.busy, `session busy${hint}`)
  assertNotCompacting(session)
}

export function assertNotCompacting(session: LiveSession): void {
  if (session.compaction) throw new RpcError(errorCodes.busy, 'session busy: it is being compacted')
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
  if (!session.stored) return undefined
  // What a turn was told while it ran has no turn of its own.
  return store.turn(session.key, promptId) ?? store.steeredTurn(session.key, promptId)
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
  const userMessages = () => store.shownMessages(session.key).filter(isPrompt).length
  if (!session.stored || ordinal >= userMessages()) {
    throw new RpcError(errorCodes.refused, 'target user message is no longer in session history')
  }
  session.history = undefined
  while (userMessages() > ordinal && store.undoLastTurn(session.key) > 0);
}
