import {messageOf} from '../errors.js'
import type {Supervisor} from '../supervisor/types.js'
import {type Asked, answerPart} from './state/asked.js'
import type {Question} from './state/question.js'
import type {Store} from './state/store.js'
import type {Tone} from './transcript/items.js'

/** What came with an answer. `rule`: the offer of an approval that was chosen; `reason`: what to do instead. */
export interface AnswerWords {
  rule?: string | undefined
  reason?: string | undefined
}

export interface AnswerDeskOptions {
  store: Store
  supervisor: Supervisor
  now: () => number
  notice(tone: Tone, text: string): void
}

/** Sends what the person answers to the gateway that asked. */
export class AnswerDesk {
  readonly #options: AnswerDeskOptions

  constructor(options: AnswerDeskOptions) {
    this.#options = options
  }

  /** Answers the question that is next; `undefined` declines it. */
  answer(value: string | undefined, words: AnswerWords = {}): void {
    const [question] = this.#options.store.state.questions
    if (!question) return
    if (question.asked) this.#answerRequest(question, question.asked, value, words.reason)
    else this.#answerEvent(question, value, words)
  }

  /** A question can be read now: the time that the gateway gives for an approval begins. */
  shown({asked, requestId}: Question): void {
    const {store, supervisor} = this.#options
    const liveId = store.state.view.session?.liveId
    if (asked?.method !== 'approval' || !liveId) return
    supervisor.request('approval.received', {session_id: liveId, request_id: requestId}).catch(() => {})
  }

  /** The way of the wire before autumn 2026: a method for each kind of question. */
  #answerEvent(question: Question, value: string | undefined, {rule, reason}: AnswerWords): void {
    const {store, supervisor, now, notice} = this.#options
    const liveId = store.state.view.session?.liveId
    store.dispatch({type: 'answered', now: now()})
    const {requestId} = question
    // A gateway that gives its questions no id is one that hands no reason to its model.
    const told = requestId === undefined ? undefined : reason || undefined
    const approval = {session_id: liveId, choice: value ?? 'deny', request_id: requestId, rule, reason: told}
    const [method, params] = {
      approval: ['approval.respond', defined(approval)] as const,
      clarify: ['clarify.respond', {request_id: requestId, answer: value ?? ''}] as const,
      sudo: ['sudo.respond', {request_id: requestId, password: value ?? ''}] as const,
      secret: ['secret.respond', {request_id: requestId, value: value ?? ''}] as const,
    }[question.kind]
    const words = question.kind === 'clarify' ? question.editor.text : reason
    if (reason && told === undefined) this.#keepReason(reason)
    supervisor.request(method, params).catch((error) => {
      notice('warn', `the answer came too late: ${messageOf(error)}`)
      if (words && (told !== undefined || question.kind === 'clarify')) store.dispatch({type: 'keep-words', words})
    })
  }

  /** The way since autumn 2026: a response under the id of the request, once all of its questions are answered. */
  #answerRequest(question: Question, asked: Asked, value: string | undefined, reason: string | undefined): void {
    const {store, supervisor, notice} = this.#options
    const now = this.#options.now()
    const approves = question.kind === 'approval'
    const answered = approves ? {kind: 'done' as const, result: {choice: value ?? 'deny'}} : answerPart(asked, value)
    if (approves && reason) this.#keepReason(reason)
    if (answered.kind === 'next') {
      store.dispatch({type: 'answered', now, asked: answered.asked})
      // Should time run out for the rest, this one holds.
      if (answered.lock) {
        supervisor.request('clarify.lock', {request_id: String(asked.id), ...answered.lock}).catch(() => {})
      }
      return
    }
    store.dispatch({type: 'answered', now})
    const words = question.masked || approves ? '' : question.editor.text
    void supervisor.answer(asked.id, answered.result).then((taken) => {
      if (taken) return
      notice('warn', 'the answer came too late: the gateway does not wait for it any more')
      if (words) store.dispatch({type: 'keep-words', words})
    })
  }

  #keepReason(reason: string): void {
    this.#options.store.dispatch({type: 'keep-words', words: reason})
    this.#options.notice('info', 'denied · this gateway does not tell its model why: your words are in the draft')
  }
}

/** Without the members that are undefined. */
function defined(members: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
