import {mintLiveId} from '../ids.js'

export type ApprovalChoice = 'once' | 'session' | 'always' | 'deny'

export interface ApprovalRequest {
  command: string
  description: string
  patternKey: string
}

export interface QuestionsOptions {
  emit: (type: 'approval.request' | 'clarify.request', payload: Record<string, unknown>) => void
  /** Pattern keys that were allowed for ever, which here means: as long as this process lives. */
  always: Set<string>
  /** How long a person has to answer, milliseconds; then it is a no, or an empty answer. */
  timeoutMs: number
}

/** What a session's running turn asks the person, and waits for. */
export class Questions {
  readonly #options: QuestionsOptions
  readonly #session = new Set<string>()
  readonly #approvals: {request: ApprovalRequest; settle: (choice: ApprovalChoice) => void}[] = []
  readonly #clarifies = new Map<string, (answer: string) => void>()

  constructor(options: QuestionsOptions) {
    this.#options = options
  }

  /** True while a question of the model is open; an open approval does not count, as in the reference. */
  get waiting(): boolean {
    return this.#clarifies.size > 0
  }

  approve(request: ApprovalRequest): Promise<boolean> {
    if (this.#session.has(request.patternKey) || this.#options.always.has(request.patternKey)) {
      return Promise.resolve(true)
    }
    const {promise, resolve} = Promise.withResolvers<boolean>()
    const entry = {
      request,
      settle: (choice: ApprovalChoice) => {
        clearTimeout(timer)
        if (choice === 'session') this.#session.add(request.patternKey)
        if (choice === 'always') this.#options.always.add(request.patternKey)
        resolve(choice !== 'deny')
      },
    }
    const timer = setTimeout(() => {
      const index = this.#approvals.indexOf(entry)
      if (index !== -1) this.#approvals.splice(index, 1)
      entry.settle('deny')
    }, this.#options.timeoutMs)
    this.#approvals.push(entry)
    this.#options.emit('approval.request', {
      command: request.command,
      description: request.description,
      pattern_key: request.patternKey,
      pattern_keys: [request.patternKey],
      allow_permanent: true,
    })
    return promise
  }

  clarify(question: string, choices: string[] | null): Promise<string> {
    const {promise, resolve} = Promise.withResolvers<string>()
    const requestId = mintLiveId()
    const timer = setTimeout(() => this.answer(requestId, ''), this.#options.timeoutMs)
    this.#clarifies.set(requestId, (answer) => {
      clearTimeout(timer)
      resolve(answer)
    })
    this.#options.emit('clarify.request', {question, choices, request_id: requestId})
    return promise
  }

  /** Answers the oldest approval, or all of them. Returns how many there were. */
  respond(choice: ApprovalChoice, all: boolean): number {
    const answered = this.#approvals.splice(0, all ? this.#approvals.length : 1)
    for (const entry of answered) entry.settle(choice)
    return answered.length
  }

  /** False when no such question is open. */
  answer(requestId: string, answer: string): boolean {
    const settle = this.#clarifies.get(requestId)
    if (!settle) return false
    this.#clarifies.delete(requestId)
    settle(answer)
    return true
  }

  /** The turn is over or was interrupted: nothing is allowed, every question is declined. */
  release(): void {
    this.respond('deny', true)
    for (const requestId of [...this.#clarifies.keys()]) this.answer(requestId, '')
  }
}
