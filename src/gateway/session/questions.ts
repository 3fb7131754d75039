import {isDeepStrictEqual} from 'node:util'
import type {ApprovalRequest} from '../../protocol/events.js'
import {mintLiveId} from '../ids.js'
import type {QuestionRow, Store} from '../store/types.js'
import type {AskedBy} from '../tool-hooks/before-call.js'

export type ApprovalChoice = 'once' | 'session' | 'always' | 'deny'

/** What a person said to an approval. */
export interface Approval {
  choice: ApprovalChoice
  /** The rule of the offer that was chosen, with `session` and `always`. */
  rule?: string
  /** With `deny`: what to do instead. */
  reason?: string
}

/** What can be asked, and what an answer to it is. The empty text declines a clarifying question. */
interface Kinds {
  approval: {payload: ApprovalRequest; answer: Approval}
  clarify: {payload: {question: string; choices: string[] | null}; answer: string}
}

export type QuestionKind = keyof Kinds
export type Payload<K extends QuestionKind> = Kinds[K]['payload']
export type Answer<K extends QuestionKind> = Kinds[K]['answer']

/** The call that asks. */
export interface Asking {
  turnId: number
  toolId: string
}

/** Asks the person, and waits as long as it takes. Rejects when the question is let go of without an answer. */
export type Ask = <K extends QuestionKind>(kind: K, payload: Payload<K>) => Promise<Answer<K>>

export interface QuestionsOptions {
  emit: (type: 'approval.request' | 'clarify.request', payload: Record<string, unknown>) => void
  /** Store a question and an answer; throw where the store refuses or another process has the session. */
  ask: Store['ask']
  answer: Store['answer']
  /** What is open is no longer what it was; default nobody is told. */
  changed?: () => void
  /** It was open, and nobody waits for an answer any more, as the person wanted; default nobody is told. */
  withdrawn?: (kind: QuestionKind, id: string) => void
}

interface Open {
  id: string
  kind: QuestionKind
  payload: Record<string, unknown>
  settle: (answer: Approval | string) => void
  letGo: () => void
}

/**
 * What a session's running turn asks the person, and waits for. A question is stored before it is shown and its answer
 * before anybody acts by it, so that both outlive this process.
 */
export class Questions {
  readonly #options: QuestionsOptions
  /** Open ones by id, oldest first. */
  readonly #open = new Map<string, Open>()
  /** From a process before this one, until the call that asked them asks again. */
  #expected: QuestionRow[] = []

  constructor(options: QuestionsOptions) {
    this.#options = options
  }

  /** True while the person is waited for. */
  get waiting(): boolean {
    return this.#open.size > 0 || this.#expected.some(({answer}) => answer === undefined)
  }

  /** What the person is waited for with; the oldest one's. */
  get kind(): QuestionKind | undefined {
    const [oldest] = this.#open.values()
    return oldest?.kind ?? this.#expected.find(({answer}) => answer === undefined)?.kind
  }

  /** Calls that asked these are about to run up to their questions again. */
  expect(rows: readonly QuestionRow[]): void {
    this.#expected = [...rows]
  }

  /** Who had the person asked about that call, where a process before this one asked for a hook of a plugin. */
  askedBy(toolId: string): AskedBy | undefined {
    const row = this.#expected.find((each) => each.toolId === toolId && each.kind === 'approval')
    return (row?.payload as ApprovalRequest | undefined)?.asked_by
  }

  /**
   * The answer of the person. One that was given to the same question of the same call is that answer; one that
   * was asked and not answered is asked again as it was.
   */
  async ask<K extends QuestionKind>({turnId, toolId}: Asking, kind: K, payload: Payload<K>): Promise<Answer<K>> {
    const plain = JSON.parse(JSON.stringify(payload))
    const earlier = this.#expected.filter((row) => row.toolId === toolId)
    const same = earlier.find((row) => row.kind === kind && isDeepStrictEqual(row.payload, plain))
    // What it asked before is settled by that, or is no longer what it asks.
    this.#expected = this.#expected.filter((row) => (same ? row !== same : row.toolId !== toolId))
    if (same?.answer !== undefined) return same.answer as Answer<K>
    const id = same?.id ?? mintLiveId()
    const replaces = same ? [] : earlier.map((row) => row.id)
    this.#options.ask(turnId, {id, toolId, kind, payload: plain, replaces})
    const {promise, resolve, reject} = Promise.withResolvers<Answer<K>>()
    const letGo = () => reject(new Error('not answered: the turn ended'))
    const open = {id, kind, payload: plain, settle: resolve as Open['settle'], letGo}
    this.#open.set(id, open)
    this.#emit(open)
    this.#options.changed?.()
    return promise
  }

  /** Shows again what is open, to a client that has just come. */
  tell(): void {
    for (const open of this.#open.values()) this.#emit(open)
  }

  has(requestId: string): boolean {
    return this.#open.has(requestId)
  }

  /** Answers an approval, the oldest one, or all of them. Returns how many; 0 too where `requestId` is not open. */
  respond(answer: Approval, which: {requestId?: string | undefined; all?: boolean}): number {
    const approvals = [...this.#open.values()].filter(({kind}) => kind === 'approval')
    const asked = which.requestId === undefined ? approvals : approvals.filter(({id}) => id === which.requestId)
    return asked.slice(0, which.all ? undefined : 1).filter((open) => this.#settle(open, answer)).length
  }

  /** Answers a clarifying question. False when no such one is open. */
  answer(requestId: string, text: string): boolean {
    const open = this.#open.get(requestId)
    return open?.kind === 'clarify' && this.#settle(open, text)
  }

  /** The turn is over here: nobody waits for an answer any more. What is stored of the questions stays as it is. `told`: it was ended by hand. */
  release({told = false} = {}): void {
    const open = [...this.#open.values()]
    this.#open.clear()
    this.#expected = []
    for (const {letGo} of open) letGo()
    if (told) for (const {kind, id} of open) this.#options.withdrawn?.(kind, id)
    if (open.length > 0) this.#options.changed?.()
  }

  #settle(open: Open, answer: Approval | string): boolean {
    if (!this.#options.answer(open.id, answer)) return false
    this.#open.delete(open.id)
    this.#options.changed?.()
    open.settle(answer)
    return true
  }

  #emit({id, kind, payload}: Open): void {
    this.#options.emit(`${kind}.request`, {...payload, request_id: id})
  }
}
