import {HermesError} from '../../errors.js'
import type {StopReason} from '../../protocol/stop-reason.js'
import {encodeSigned, type SignedStep} from '../models/signed-step.js'
import type {FinishReason, Model, ModelEvent, ModelMessage, ModelUsage, ToolCall} from '../models/types.js'
import {monotonicMs} from '../monotonic.js'
import {lineOf} from '../rpc-error.js'
import type {Store, ToolRow, TurnRow, Usages} from '../store/types.js'
import type {Tool} from '../tools/types.js'
import {continueInstruction} from './history.js'
import {TurnJournal} from './journal.js'
import {incompleteEnd, storedEnd} from './reply-end.js'
import {callsToGoOnWith, ToolCalls, type ToolCallsOptions} from './tool-calls.js'
import {knownCall} from './tool-run.js'
import {TurnStop} from './turn-stop.js'
import {addUsage, type ContextFill, noUsage} from './usage.js'
import {YoungGeneration} from './young-generation.js'

export interface TurnOptions {
  store: Store
  row: TurnRow
  /** What the model is told: instructions, and the messages up to and with the prompt. */
  prepare: () => Promise<{
    model: Model
    system: string
    messages: ModelMessage[]
    tools: readonly Tool[]
    /** Model steps of the turn at most. */
    steps: number
  }>
  /** Asked before `prepare` where calls go on that a process left. */
  tools: () => Promise<readonly Tool[]>
  toolContext: ToolCallsOptions['toolContext']
  mask: ToolCallsOptions['mask']
  ask: ToolCallsOptions['ask']
  emit: (type: string, payload: Record<string, unknown>) => void
  /** One line for the log. */
  note: (text: string) => void
  /** Resolves when the client has taken enough of what it was sent. */
  room: () => Promise<void>
  /** Throws when another process has taken the session. */
  assertOwned: () => void
  resumed?: ResumedTurn
  limits: TurnLimits
}

/** A turn that goes on after an interruption. */
export interface ResumedTurn {
  /** What was shown of it before. */
  text: string
  reasoning: string
  /** Calls of its last step; none where a reply broke off. */
  step: readonly ToolRow[]
  /** Ids of those that wait for the person, or have an answer and did not run. */
  asked: ReadonlySet<string>
}

export interface TurnLimits {
  /** How long streamed text is held back at most, milliseconds; default 20. */
  batchMs: number
  /** How long an interrupted tool may take to end by itself, milliseconds; default 150. */
  toolGraceMs: number
}

export interface TurnEnd {
  status: 'complete' | 'interrupted' | 'error'
  /** Text of the last step, as far as it was shown by this run. */
  text: string
  reasoning: string
  /** One line for the person, where something is to be said. */
  warning?: string
  error?: {message: string; code: string}
  /** What ended it before the model was done, or left the reply incomplete. */
  stopReason?: StopReason
  usage: Usages
  model: Model | undefined
  context: ContextFill | undefined
  /** Messages that the turn added to the model's context after the prompt; only of a complete turn. */
  added: ModelMessage[]
  /** False: the store could not be told how the turn ended. */
  stored: boolean
  /** It waits for the person, and whoever opens the session next asks them: nothing is over. */
  suspended: boolean
}

type Verdict = Pick<TurnEnd, 'status' | 'warning' | 'error' | 'stopReason'> & {leave?: boolean}

/** One prompt at work: model steps and tools until there is an answer, all of it journaled before it is shown. */
export class Turn {
  readonly row: TurnRow
  readonly #options: TurnOptions
  readonly #abort = new AbortController()
  readonly #journal: TurnJournal
  readonly #calls: ToolCalls
  readonly #added: ModelMessage[] = []
  #usage: Usages = {calls: 0, usage: noUsage}
  #context: ContextFill | undefined
  #model: Model | undefined
  #checkedAt = monotonicMs()
  #end: TurnEnd | undefined

  constructor(options: TurnOptions) {
    this.row = options.row
    this.#options = options
    this.#journal = new TurnJournal({
      store: options.store,
      turnId: options.row.id,
      emit: options.emit,
      batchMs: options.limits.batchMs,
      shownBefore: options.resumed,
      onFailure: (error) => this.#abort.abort(new TurnStop('store', error)),
    })
    this.#calls = new ToolCalls({
      signal: this.#abort.signal,
      record: (entry) => {
        options.assertOwned()
        this.#journal.record(entry)
      },
      emit: options.emit,
      toolContext: options.toolContext,
      mask: options.mask,
      ask: (...question) => {
        options.assertOwned()
        return options.ask(...question)
      },
      room: options.room,
      graceMs: options.limits.toolGraceMs,
    })
  }

  /** What was shown of the reply until now, for a client that joins. */
  get shown(): {text: string; reasoning: string} {
    return {text: this.#journal.text, reasoning: this.#journal.reasoning}
  }

  /** Id of the call that runs. */
  get running(): string | undefined {
    return this.#calls.running
  }

  /** Says again which call runs, to a client that has just come. */
  tell(): void {
    this.#calls.tell()
  }

  /** Ends the turn soon; what was shown stays. */
  interrupt(): void {
    this.#abort.abort(new TurnStop('interrupt'))
  }

  /** As {@link interrupt}, but what waits for the person goes on waiting, for another process. */
  suspend(): void {
    this.#abort.abort(new TurnStop('suspend'))
  }

  /** Closes the turn at once, without waiting for a model or a tool: the process ends now. */
  settleNow(): void {
    this.suspend()
    this.#close(this.#verdictOn(this.#abort.signal.reason))
  }

  async run(): Promise<TurnEnd> {
    let verdict: Verdict
    try {
      verdict = await this.#work()
    } catch (error) {
      verdict = this.#verdictOn(error)
    }
    return this.#close(verdict)
  }

  async #work(): Promise<Verdict> {
    if (this.#options.resumed) await this.#goOn(this.#options.resumed)
    const {model, system, messages, tools, steps} = await this.#unlessStopped(this.#options.prepare())
    this.#model = model
    if (this.#options.resumed && messages.at(-1)?.role === 'assistant') {
      messages.push({role: 'user', text: continueInstruction})
    }
    for (let step = 0; step < steps; step++) {
      this.#options.assertOwned()
      const outcome = await this.#stepOf(model, {system, messages: [...messages, ...this.#added], tools})
      const incomplete = incompleteEnd({...this.#journal.step, ...outcome, calls: outcome.calls.length})
      const signed = outcome.signed && encodeSigned(outcome.signed)
      if (outcome.calls.length === 0) {
        if (incomplete) return incomplete
        if (signed !== undefined) this.#journal.record({kind: 'signed', step: signed})
        return {status: 'complete'}
      }
      this.#options.assertOwned()
      const calls = outcome.calls.map((call) => knownCall(call, tools))
      this.#journal.stepEnd(calls, signed)
      if (incomplete) {
        this.#calls.leave(calls)
        return incomplete
      }
      // The final answer is what follows the tools; what was said before them is told already.
      this.#journal.beginStep()
      this.#added.push(...(await this.#calls.run(calls, tools)))
    }
    const warning = `Stopped after ${steps} model ${steps === 1 ? 'step' : 'steps'}. Continue to let the model go on.`
    return {status: 'interrupted', warning, stopReason: 'step-limit'}
  }

  async #goOn({step, asked}: ResumedTurn): Promise<void> {
    if (step.length === 0) return
    this.#journal.setApart()
    const tools = await this.#unlessStopped(this.#options.tools())
    await this.#calls.run(callsToGoOnWith(step, tools, asked.size > 0), tools, asked)
  }

  /** One call of the model's API. */
  async #stepOf(
    model: Model,
    {system, messages, tools}: {system: string; messages: ModelMessage[]; tools: readonly Tool[]},
  ): Promise<{calls: ToolCall[]; reason: FinishReason; said?: string; signed?: SignedStep}> {
    this.#journal.beginStep()
    const calls: ToolCall[] = []
    const named = new Set<string>()
    let end: {reason: FinishReason; said?: string} = {reason: 'other'}
    let signed: SignedStep | undefined
    const announce = (id: string, name: string) => {
      if (named.has(id)) return
      named.add(id)
      this.#journal.flush()
      this.#options.emit('tool.generating', {name})
    }
    const specs = tools.map(({name, description, parameters}) => ({name, description, parameters}))
    const {signal} = this.#abort
    const young = new YoungGeneration()
    const pump = async () => {
      for await (const event of model.stream({system, messages, tools: specs, signal})) {
        // An adapter that is slow to notice the abort must not write into a closed turn.
        if (signal.aborted) return
        switch (event.type) {
          case 'text':
          case 'reasoning':
            this.#journal.delta(event.type, event.text)
            young.took(event.text.length)
            break
          case 'tool-name':
            announce(event.id, event.name)
            break
          case 'tool-call':
            announce(event.call.id, event.call.name)
            calls.push(event.call)
            break
          case 'signed':
            signed = event.step
            break
          case 'finish':
            end = event.said === undefined ? {reason: event.reason} : {reason: event.reason, said: event.said}
            this.#count(event.usage, model)
            break
          default:
            this.#wait(event)
        }
        this.#checkOwner()
        await this.#options.room()
      }
    }
    await this.#unlessStopped(pump())
    this.#journal.flush()
    const {text, reasoning} = this.#journal.step
    this.#added.push({
      role: 'assistant',
      text,
      ...(reasoning ? {reasoning} : {}),
      ...(calls.length > 0 ? {toolCalls: calls} : {}),
      ...(signed ? {signed} : {}),
    })
    return {calls, ...end, ...(signed ? {signed} : {})}
  }

  /** What is told while nothing comes. */
  #wait(event: Extract<ModelEvent, {type: 'retry' | 'silent' | 'note'}>): void {
    if (event.type === 'note') {
      this.#options.note(event.text)
      return
    }
    this.#journal.flush()
    if (event.type === 'silent') {
      this.#options.emit('model.silent', {silent_ms: event.ms})
      return
    }
    const {attempt, limit, waitMs, reason} = event
    this.#options.emit('model.retry', {attempt, limit, wait_ms: waitMs, reason})
  }

  async #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const {signal} = this.#abort
    const {promise, reject} = Promise.withResolvers<never>()
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, {once: true})
    // What is left behind by an abort may fail later; nobody waits for it any more.
    work.catch(() => {})
    try {
      return await Promise.race([promise, work])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #count(usage: ModelUsage, model: Model): void {
    this.#usage = {calls: this.#usage.calls + 1, usage: addUsage(this.#usage.usage, usage)}
    this.#context = {used: usage.input + usage.output, max: model.contextMax}
  }

  /** At most once a second: a turn may stream for minutes after another process took the session. */
  #checkOwner(): void {
    const now = monotonicMs()
    if (now - this.#checkedAt < 1000) return
    this.#checkedAt = now
    this.#options.assertOwned()
  }

  #verdictOn(error: unknown): Verdict {
    const cause = this.#abort.signal.aborted ? this.#abort.signal.reason : error
    const taken = this.#takeOver()
    if (!taken && cause instanceof TurnStop && cause.kind !== 'store') return {status: 'interrupted'}
    const failure = taken ?? (cause instanceof TurnStop ? cause.cause : cause)
    const code = failure instanceof HermesError ? failure.code : 'gateway/internal'
    const message = lineOf(failure)
    const leave = code === 'session/taken-over'
    return {status: leave ? 'interrupted' : 'error', warning: message, error: {message, code}, leave}
  }

  /** A store that refuses a turn's journal may do so because the session's new owner closed the turn. */
  #takeOver(): unknown {
    try {
      this.#options.assertOwned()
      return undefined
    } catch (error) {
      return error instanceof HermesError && error.code === 'session/taken-over' ? error : undefined
    }
  }

  /** Stores how the turn ended, once. A turn that was taken over is left to its new owner, who may be at work on it. */
  #close(verdict: Verdict): TurnEnd {
    if (this.#end) return this.#end
    let {status, warning, error} = verdict
    let stored = verdict.leave === true
    const {suspended} = this.#calls
    try {
      if (verdict.leave) this.#journal.abandon()
      else {
        this.#journal.flush()
        this.#options.store.finishTurn(this.row.id, {
          status,
          ...(error ? {error: error.message} : {}),
          ...(verdict.stopReason && warning ? {error: storedEnd({stopReason: verdict.stopReason, warning})} : {}),
          usage: this.#usage,
          waiting: suspended,
        })
        stored = true
      }
    } catch (failure) {
      this.#journal.abandon()
      status = 'error'
      warning = lineOf(failure)
      error ??= {message: warning, code: failure instanceof HermesError ? failure.code : 'gateway/internal'}
    }
    this.#end = {
      status,
      ...(warning === undefined ? {} : {warning}),
      ...(error === undefined ? {} : {error}),
      ...(verdict.stopReason === undefined ? {} : {stopReason: verdict.stopReason}),
      ...this.#journal.step,
      usage: this.#usage,
      model: this.#model,
      context: this.#context,
      added: status === 'complete' ? this.#added : [],
      stored,
      suspended: suspended && stored && !verdict.leave,
    }
    return this.#end
  }
}
