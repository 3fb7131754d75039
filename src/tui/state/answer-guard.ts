/**
 * When a question opens, and which keys may answer it. What somebody types for the composer must never decide, so
 * a question waits until nobody types, and then until it can have been read. Times are milliseconds of a clock that
 * only goes forward.
 */

/** It opens when no key came for this long. */
export const QUIET_MS = 1000

/** With an unfinished sentence in the composer: slow typists pause up to 2 s between two letters. */
export const DRAFT_QUIET_MS = 2500

/** Who typed on for this long has seen the line that announces it: it opens at a key of its own only. */
export const MANUAL_MS = 10_000

/** From the moment at which it was drawn, or drawn otherwise, no key counts for this long (Firefox, Chromium: 500). */
export const DEAD_MS = 500

/** A key counts only if none came for this long before it. */
export const PAUSE_MS = 300

/** A letter that came too early was meant for the composer, and so is what follows it within this time. */
export const ASTRAY_MS = DRAFT_QUIET_MS

/** A key that is held down repeats itself for the first time after 250 to 1000 ms. */
export const HELD_MS = 1000

export interface AnswerGuard {
  readonly lastKey: string
  readonly lastKeyAt: number
  /** The last key that was not an answer. */
  readonly typedAt: number
  /** The last letter that came while a question was open, and too early for it. */
  readonly astrayAt: number
  /** The question that is next. */
  readonly question: GuardedQuestion | undefined
}

export interface GuardedQuestion {
  readonly id: number
  readonly announcedAt: number
  /** `announced`: a line, until nobody types. `manual`: a line, until it is opened by its key. */
  readonly phase: 'announced' | 'manual' | 'open'
  /** Somebody typed, or had a draft, when it came: Enter alone answers nothing then. */
  readonly typed: boolean
  /** What was drawn of it last, and since when it looks like that. */
  readonly shows: string | undefined
  readonly shownAt: number
}

export interface Key {
  /** The same for the same key. */
  name: string
  /** Told by the terminal to be the repetition of a key that is held. */
  repeat?: boolean
  /** Came in one chunk with other keys: pasted, or sent by a program. */
  burst?: boolean
}

export const quietGuard: AnswerGuard = {
  lastKey: '',
  lastKeyAt: Number.NEGATIVE_INFINITY,
  typedAt: Number.NEGATIVE_INFINITY,
  astrayAt: Number.NEGATIVE_INFINITY,
  question: undefined,
}

/** The question that is next is this one now; undefined: there is none. `drafted`: the composer holds text. */
export function announce(guard: AnswerGuard, id: number | undefined, now: number, drafted: boolean): AnswerGuard {
  if (id === guard.question?.id) return guard
  if (id === undefined) return {...guard, question: undefined}
  const phase = 'announced'
  const question = {id, announcedAt: now, phase, typed: drafted, shows: undefined, shownAt: now} as const
  const next = advance({...guard, question}, now, drafted)
  return next.question?.phase === 'open' ? next : withQuestion(next, {typed: true})
}

/** Time went on: opens the question where nobody types any more. */
export function advance(guard: AnswerGuard, now: number, drafted: boolean): AnswerGuard {
  const at = opensAt(guard, drafted)
  return at !== undefined && now >= at ? withQuestion(guard, {phase: 'open'}) : guard
}

/** When the question opens by itself if no key comes. */
export function opensAt({question, typedAt}: AnswerGuard, drafted: boolean): number | undefined {
  return question?.phase === 'announced' ? typedAt + (drafted ? DRAFT_QUIET_MS : QUIET_MS) : undefined
}

/** When keys begin to count. */
export function armsAt({question}: AnswerGuard): number | undefined {
  return question?.phase === 'open' && question.shows !== undefined ? question.shownAt + DEAD_MS : undefined
}

/** The person opens it. */
export function openNow(guard: AnswerGuard): AnswerGuard {
  return guard.question && guard.question.phase !== 'open' ? withQuestion(guard, {phase: 'open', typed: true}) : guard
}

/** It is on the screen; `shows` tells one look of it from another. */
export function drawn(guard: AnswerGuard, id: number, shows: string, now: number): AnswerGuard {
  const {question} = guard
  if (question?.id !== id || question.phase !== 'open' || question.shows === shows) return guard
  return withQuestion(guard, {shows, shownAt: now})
}

/** The window has the keyboard again: who comes back to it has to read the question first. */
export function focused(guard: AnswerGuard, now: number): AnswerGuard {
  return guard.question?.shows === undefined ? guard : withQuestion(guard, {shownAt: now})
}

/** What a key is to the question, before {@link pressed} takes note of it. */
export type Verdict =
  /** The question is not open. */
  | 'composer'
  /** It was not on the screen long enough to be read. */
  | 'dead'
  /** It comes too soon after another key, or is no key that was just pressed. */
  | 'hasty'
  | 'counts'

export function judge(guard: AnswerGuard, key: Key, now: number): Verdict {
  if (guard.question?.phase !== 'open') return 'composer'
  const armed = armsAt(guard)
  if (armed === undefined || now < armed) return 'dead'
  const since = now - guard.lastKeyAt
  const held = key.name === guard.lastKey && since < HELD_MS
  const goesOn = since < PAUSE_MS || now - guard.astrayAt < ASTRAY_MS
  return held || key.repeat || key.burst || goesOn ? 'hasty' : 'counts'
}

/**
 * A character went into the draft though the question is open. A digit that begins nothing may be an answer that was
 * given too early: it can be given again soon.
 */
export function astray(guard: AnswerGuard, text: string, now: number): AnswerGuard {
  const begins = now - guard.astrayAt >= ASTRAY_MS
  return begins && /^\d$/.test(text) ? guard : {...guard, astrayAt: now}
}

export function pressed(guard: AnswerGuard, key: Key, now: number): AnswerGuard {
  const next = {...guard, lastKey: key.name, lastKeyAt: now, typedAt: now}
  const {question} = guard
  if (!question || question.phase === 'open') return next
  const manual = question.phase === 'manual' || now - question.announcedAt >= MANUAL_MS
  return withQuestion(next, {typed: true, phase: manual ? 'manual' : 'announced'})
}

/** The last key was an answer: the next question need not wait for the end of a sentence. */
export function answered(guard: AnswerGuard): AnswerGuard {
  return {...guard, typedAt: Number.NEGATIVE_INFINITY}
}

function withQuestion(guard: AnswerGuard, change: Partial<GuardedQuestion>): AnswerGuard {
  return guard.question ? {...guard, question: {...guard.question, ...change}} : guard
}

/** What the screen shows of it. */
export interface Asking {
  id: number
  phase: GuardedQuestion['phase']
  typed: boolean
  /** Keys may count by now. */
  armed: boolean
}

export function askingOf(guard: AnswerGuard, now: number): Asking | undefined {
  const {question} = guard
  if (!question) return undefined
  const {id, phase, typed} = question
  return {id, phase, typed, armed: now >= (armsAt(guard) ?? Number.POSITIVE_INFINITY)}
}
