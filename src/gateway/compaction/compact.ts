import type {Model, ToolSpec} from '../models/types.js'
import type {CompactionReason, CompactionRow, Store, StoredContext, Usages} from '../store/types.js'
import {toModelMessages} from '../turn/history.js'
import {noUsage} from '../turn/usage.js'
import {outlinedResults, outlinesOnly, type Plan, toText, withSummary} from './plan.js'
import {summarise} from './summarise.js'
import {tokensOfFixed, tokensOfRequest} from './tokens.js'
import {shortCount} from './told.js'

export interface CompactionWork {
  store: Pick<Store, 'context' | 'addCompaction' | 'atomically'>
  key: string
  model: Model
  /** Context window in tokens; undefined where it is not known. */
  window: number | undefined
  /** What each request has beside the conversation. */
  system: string
  tools: readonly ToolSpec[]
  /** Tokens that the provider counted for each that is estimated. */
  scale: number
  reason: CompactionReason
  /** Part of the window that may be full afterwards, at most; default 0.9. */
  upTo?: number
  focus?: string | undefined
  /** The turn that runs. */
  turnId: number | null
  signal: AbortSignal
  /** What is done, for the status line. */
  tell: (text: string) => void
  /** Throws where another process has the session now. */
  assertOwned: () => void
}

/** Of what the window has beside instructions and tools: what stays as it is, and what the whole may be then. */
const KEPT = 0.25
const GOAL = 0.5
/** Above it a request is refused by some: a reply needs room too. */
const FULL = 0.9
/** How much of the window is summarised at once: the summary from before and the next one need room too. */
const AT_ONCE = 0.6

/** A word has about 1.3 tokens. The summary takes a tenth of the window at most, and there is enough of it. */
const WORDS_PER_TOKEN = 0.75
const LEAST_WORDS = 120
const MOST_WORDS = 1500

/**
 * Makes smaller what a model is told of a session: results of tools first, then a summary of all but the newest, in steps
 * that fit the window. Nothing is changed until the row is there. Undefined where there is nothing to make smaller, or it
 * would not be enough. Throws what the model throws, or the signal's reason.
 */
export async function compact(work: CompactionWork): Promise<CompactionRow | undefined> {
  const {store, key, reason, tell} = work
  const context = store.context(key)
  const sizes = sizesOf(work, context)
  tell(`compacting ${shortCount(sizes.before)} tokens`)
  const outlines = reason === 'asked' ? undefined : outlinesOnly(context.rows, context.compaction, sizes.room)
  if (outlines && sizeWith(work, context, outlines, '') <= sizes.goal) return save(work, context, outlines, sizes)
  const plan = summaryPlan(work, context, sizes)
  if (!plan) {
    // What outlines save is not what was hoped for, and all that there is.
    if (reason !== 'overflow' || !outlines) return undefined
    return sizeWith(work, context, outlines, '') <= sizes.most ? save(work, context, outlines, sizes) : undefined
  }
  const {text, usage} = await summarise({
    model: work.model,
    parts: plan.older.map(toText).filter((part) => part !== ''),
    earlier: context.compaction?.summary ?? '',
    focus: work.focus,
    words: sizes.words,
    atOnce: sizes.atOnce,
    signal: work.signal,
    tell: (piece, pieces) =>
      tell(`compacting ${shortCount(sizes.before)} tokens${pieces > 1 ? ` (part ${piece} of ${pieces})` : ''}`),
    retried: (why) => tell(`compacting ${shortCount(sizes.before)} tokens (${why}, asking again)`),
  })
  return save(work, context, plan, sizes, {text, usage})
}

interface Sizes {
  before: number
  room: {keep: number; turn: number}
  /** The whole request is to be no larger afterwards. */
  goal: number
  /** It must not be larger. */
  most: number
  atOnce: number
  words: number
}

function sizesOf(work: CompactionWork, {rows, compaction}: StoredContext): Sizes {
  const {window, reason, scale} = work
  const before = tokensOfRequest({...work, messages: toModelMessages(rows, compaction)}, scale)
  // Where nobody said what fits: what there is was too much, or was not.
  const limit = window ?? (reason === 'overflow' ? before / 2 : before)
  const fixed = tokensOfFixed(work) * scale
  const free = Math.max(0, limit - fixed)
  const told = Math.max(0, before - fixed)
  const keep = reason === 'asked' ? Math.min(KEPT * free, told / 4) : KEPT * free
  return {
    before,
    // Rows are measured unscaled.
    room: {keep: keep / scale, turn: (GOAL * free) / scale},
    goal: fixed + GOAL * free,
    most: window === undefined ? (reason === 'asked' ? before : before * 0.75) : limit * (work.upTo ?? FULL),
    atOnce: Math.max(500, Math.floor((AT_ONCE * limit) / scale)),
    words: Math.round(Math.min(MOST_WORDS, Math.max(LEAST_WORDS, 0.1 * limit * WORDS_PER_TOKEN))),
  }
}

/** Of what is kept outlines alone, where the whole does not fit otherwise. */
function summaryPlan(work: CompactionWork, context: StoredContext, {room, most, words}: Sizes): Plan | undefined {
  const allowance = 'word '.repeat(words)
  for (const outlined of [false, true]) {
    const plan = withSummary(context.rows, context.compaction, outlined ? {keep: 0, turn: 0} : room, outlined)
    if (plan && sizeWith(work, context, plan, allowance) <= most) return plan
    // By hand nothing is made an outline that the model has not gone on from.
    if (work.reason === 'asked') return plan
  }
  return undefined
}

function sizeWith(work: CompactionWork, {rows}: StoredContext, plan: Plan, summary: string): number {
  const messages = toModelMessages(rowsWith(rows, plan), {...plan, turnId: work.turnId, summary})
  return tokensOfRequest({...work, messages}, work.scale)
}

/** The rows that the store would give with the plan. */
function rowsWith(rows: StoredContext['rows'], {covers}: Plan): StoredContext['rows'] {
  const cut = rows.findLast(({id}) => id > 0 && id <= covers)?.turnId
  const left = rows.filter(({id}) => id < 0 || id > covers)
  const prompt = rows.find(({role, turnId, id}) => role === 'user' && turnId === cut && id > 0 && id <= covers)
  return prompt && cut !== null && left.some(({turnId}) => turnId === cut) ? [prompt, ...left] : left
}

function save(
  work: CompactionWork,
  context: StoredContext,
  plan: Plan,
  {before, most}: Sizes,
  summary?: {text: string; usage: Usages},
): CompactionRow | undefined {
  const text = summary?.text ?? context.compaction?.summary ?? ''
  const after = sizeWith(work, context, plan, text)
  // A model that wrote more than it was given.
  if (after >= before || (work.reason === 'overflow' && after > most)) return undefined
  const {store, key, reason, turnId} = work
  return store.atomically(() => {
    work.signal.throwIfAborted()
    work.assertOwned()
    return store.addCompaction(key, {
      reason,
      covers: plan.covers,
      outlines: plan.outlines,
      turnId,
      summary: text,
      messages: plan.older.filter(isSaid).length,
      results: outlinedResults(context.rows, context.compaction, plan),
      tokensBefore: before,
      tokensAfter: after,
      usage: summary?.usage ?? {calls: 0, usage: noUsage},
    })
  })
}

function isSaid({text, tool}: StoredContext['rows'][number]): boolean {
  return text.trim() !== '' || tool !== null
}
