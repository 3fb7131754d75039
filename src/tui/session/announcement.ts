import {capabilities} from '../../protocol/capabilities.js'
import type {SessionOpened} from '../../protocol/methods.js'
import {POISON_DEATHS} from '../outbox/delivery.js'
import {queued} from '../state/prompts.js'
import type {ChatState} from '../state/state.js'
import {causeText} from '../state/status/status.js'
import {keepsReplies} from '../state/unanswered.js'
import {elapsed} from '../text/amounts.js'
import {placeOf} from '../text/place.js'
import type {Tone} from '../transcript/items.js'

export type HowOpened = 'created' | 'resumed' | 'recovered'

export interface Notice {
  tone: Tone
  text: string
}

export interface OpenedFacts {
  how: HowOpened
  before: ChatState
  after: ChatState
  opened: SessionOpened
  downtimeMs: number | undefined
  /** How it is announced, in place of `resumed`; '': as ever. */
  verb: string
  /** The last session of this folder was wanted. */
  wantsLatest: boolean
  /** Folder that the person is in. */
  cwd: string
}

/** What is told of a session that was opened. */
export function openedNotices(facts: OpenedFacts): Notice[] {
  const {how, before, after, downtimeMs, verb} = facts
  if (how === 'created') return [createdNotice(facts)]
  if (how === 'recovered') {
    const time = downtimeMs === undefined ? '' : ` after ${duration(downtimeMs)}`
    const {lastExit} = after.view
    const cause = lastExit ? ` · cause: ${causeText(lastExit)} · /doctor explains it` : ''
    return [{tone: 'good', text: `session recovered${time}${cause}`}]
  }
  return before.session.key !== after.session.key || verb ? resumedNotices(facts) : []
}

/** Its key is told where it is of use: by /status, and when one leaves. */
function createdNotice({before, after: {session}, wantsLatest}: OpenedFacts): Notice {
  // The header tells it where a new one was wanted.
  const place = wantsLatest && session.cwd ? `in ${placeOf(session.cwd)}` : ''
  const fresh = ['new session', session.title, session.model, place].filter(Boolean).join(' · ')
  if (before.diedAt === undefined || before.session.key === undefined) return {tone: 'info', text: fresh}
  return {tone: 'good', text: `${fresh} · in place of the one that was lost: nothing had been said in it`}
}

function resumedNotices({after: {session}, opened, verb, cwd: here}: OpenedFacts): Notice[] {
  const {title, cwd} = session
  const place = cwd ? ` · in ${placeOf(cwd)}` : ''
  const notices: Notice[] = [
    {tone: 'info', text: `${verb || 'resumed'} ${title || 'a session without a title'}${place}`},
  ]
  if (opened.lost_cwd) {
    const text = `its own folder ${placeOf(opened.lost_cwd)} is not there any more: its tools work here`
    notices.push({tone: 'warn', text})
  } else if (place && cwd !== here) {
    notices.push({tone: 'warn', text: `its tools work there, where it was begun: you are in ${placeOf(here)}`})
  }
  return notices
}

/** The gateway goes on with a reply unasked. */
export function goesOnNotice(attempt: number, {prompts}: ChatState): Notice {
  const waits = queued(prompts).length > 0 ? ' · the queue waits for it' : ''
  return {tone: 'info', text: `the gateway goes on with the reply by itself (try ${attempt})${waits}`}
}

/** A reply that broke off is left to the person. `again`: in a session that was open here before. */
export function brokenNotice({broken, prompts, held, view}: ChatState, {again}: {again: boolean}): Notice {
  const deaths = broken?.deaths ?? 0
  const poisoned = deaths >= POISON_DEATHS ? `. ${deaths} gateways died on it, so it is not tried again by itself` : ''
  const {capabilities: offered} = view
  if (queued(prompts).length > 0 && !held) {
    return {tone: 'warn', text: `the reply was interrupted${poisoned} · what is queued goes out now`}
  }
  const can = offered.has(capabilities.continue) ? '/continue goes on with it · ' : ''
  if (keepsReplies(offered)) {
    return {tone: 'warn', text: `the reply was interrupted${poisoned}. ${can}/retry asks again`}
  }
  const what = again
    ? 'the reply was interrupted'
    : 'the last prompt has no reply: it was lost, unless another program is at it'
  const merged = 'your next prompt asks it along, unless /undo takes it back'
  return {tone: 'warn', text: `${what}. ${can}/retry asks again · ${merged}`}
}

/** `84 ms`, `2.4 s`, `1m 05s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : elapsed(ms)
}
