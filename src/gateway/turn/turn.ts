import {HermesError} from '../../errors.js'
import type {StopReason} from '../../protocol/stop-reason.js'
import type {ContextRoom, Smaller} from '../compaction/room.js'
import {encodeSigned, type SignedStep} from '../models/signed-step.js'
import type {FinishReason, Model, ModelEvent, ModelMessage, ToolCall} from '../models/types.js'
import {monotonicMs} from '../monotonic.js'
import {lineOf} from '../rpc-error.js'
import type {ContextFill, Store, ToolRow, TurnRow, Usages} from '../store/types.js'
import type {Tool} from '../tools/types.js'
import {addSteer, continueInstruction} from './history.js'
import {TurnJournal} from './journal.js'
import {LongReply} from './long-reply.js'
import {incompleteEnd, storedEnd} from './reply-end.js'
import {callsToGoOnWith, ToolCalls, type ToolCallsOptions} from './tool-calls.js'
import {knownCall} from './tool-run.js'
import {TurnStop} from './turn-stop.js'
import {addStep, estimatedUsage, noUsage} from './usage.js'

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
  /** Keeps the conversation within the model's window. Default: nobody does. */
  fit?: Pick<ContextRoom, 'beforeStep' | 'refused' | 'counted' | 'windowOf'>
  /** Asked before `prepare` where calls go on that a process left. */
  tools: () => Promise<readonly Tool[]>
  toolContext: ToolCallsOptions['toolContext']
  mask: ToolCallsOptions['mask']
  /** Default: one after another. */
  sideBySide?: ToolCallsOptions['sideBySide']
  /** Default: no plugin is asked. */
  hooks?: ToolCallsOptions['hooks']
  /** What happened beside the turn; default nothing does. */
  news?: ToolCallsOptions['news']
  /** Keeps an image of a call's result; default such are not read. What the model is told then is made anew by `rebuild`. */
  keepImage?: ToolCallsOptions['keepImage']
  rebuild?: () => Promise<ModelMessage[]>
  /** There is a person who can be asked; default true. */
  interactive?: boolean
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
  /** All calls of the turn, in order; default none. */
  earlier?: readonly ToolRow[]
  /** Ids of those that wait for the person, or have an answer and did not run. */
  asked: ReadonlySet<string>
  /** Model steps that are done, without one that broke off and goes on now. */
  steps: number
  /** It was stopped at the most steps, and gets as many again. */
  atLimit: boolean
  /** What it delegated waits for the person, and nothing of its own: what had not run runs all the same. */
  waits?: boolean
}

export interface TurnLimits {
  /** How long streamed text is held back at most, milliseconds; default 20. */
  batchMs: number
  /** How long an interrupted tool may take to end by itself, milliseconds; default 150. */
  toolGraceMs: number
}

/** What the person says to a turn that runs. */
export interface Steer {
  id: string
  text: string
  /** Nobody else keeps it: where the turn ends before its model is told, it is stored with it all the same. */
  kept: boolean
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
  /** Model steps of the prompt, those before a death included. */
  steps: number
  model: Model | undefined
  context: ContextFill | undefined
  /** The model's context with what the turn added to it; only of a complete turn. */
  told: readonly ModelMessage[]
  /** False: the store could not be told how the turn ended. */
  stored: boolean
  /** It waits for the person, and whoever opens the session next asks them: nothing is over. */
  suspended: boolean
}

interface StepOutcome {
  calls: ToolCall[]
  reason: FinishReason
  said?: string
  signed?: SignedStep
}

type Verdict = Pick<TurnEnd, 'status' | 'warning' | 'error' | 'stopReason'> & {leave?: boolean}

/** One prompt at work: model steps and tools until there is an answer, all of it journaled before it is shown. */
export class Turn {
  readonly row: TurnRow
  readonly #options: TurnOptions
  readonly #abort = new AbortController()
  readonly #journal: TurnJournal
  readonly #calls: ToolCalls
  /** What the model is told up to here, without what is added since. */
  #told: readonly ModelMessage[] = []
  readonly #added: ModelMessage[] = []
  /** Said to it, and to be told to the model when it has the results of its step. */
  #steers: Steer[] = []
  readonly #steered = new Set<string>()
  /** The model is asked no more. */
  #over = false
  #usage: Usages = {calls: 0, usage: noUsage}
  #context: ContextFill | undefined
  #reply: LongReply | undefined
  /** What the step that streams was asked with; undefined once its provider has told what it took. */
  #sent: {system: string; messages: readonly ModelMessage[]} | undefined
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
      toolContext: (given) => ({
        ...options.toolContext(given),
        spent: ({model, usage, cost}) => {
          this.#usage = addStep(this.#usage, model, usage, cost)
        },
      }),
      mask: options.mask,
      sideBySide: options.sideBySide ?? (() => 1),
      interactive: options.interactive ?? true,
      keepImage: options.keepImage,
      news: options.news,
      hooks: options.hooks,
      earlier: options.resumed?.earlier ?? [],
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

  /** What it took until now, as far as its provider has told. */
  get spent(): Usages {
    return this.#usage
  }

  /** Ids of the calls that run. */
  get running(): ReadonlySet<string> {
    return this.#calls.running
  }

  /** Says again which calls run, to a client that has just come. */
  tell(): void {
    this.#calls.tell()
  }

  /**
   * Words for the model, which reach it with the results of the step that runs, or as the next message where that has
   * none. False: it is too late. The same id again changes nothing.
   */
  steer(steer: Steer): boolean {
    if (this.#over || this.#abort.signal.aborted) return false
    if (this.#steers.some(({id}) => id === steer.id)) return true
    if (steer.kept) this.#journal.record({kind: 'steer', id: steer.id, text: steer.text})
    this.#steers.push(steer)
    return true
  }

  /** Takes words back that the model was not told; false: it was. */
  unsteer(id: string): boolean {
    const waiting = this.#steers.filter((steer) => steer.id !== id || steer.kept)
    const found = waiting.length < this.#steers.length
    this.#steers = waiting
    return found
  }

  /** Ids of what its model was told by this run. */
  get steered(): ReadonlySet<string> {
    return this.#steered
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
    const end = this.#close(verdict)
    this.#reply?.collect()
    return end
  }

  async #work(): Promise<Verdict> {
    if (this.#options.resumed) await this.#goOn(this.#options.resumed)
    if (this.#calls.halted !== undefined) return this.#loopEnd(this.#calls.halted)
    const {model, system, messages, tools, steps} = await this.#unlessStopped(this.#options.prepare())
    this.#model = model
    this.#told = this.#asked(messages)
    for (let step = stepsSpent(this.#options.resumed, steps); step < steps; step++) {
      this.#options.assertOwned()
      const outcome = await this.#fittingStep(model, system, tools)
      const incomplete = incompleteEnd({...this.#journal.step, ...outcome, calls: outcome.calls.length})
      const signed = outcome.signed && encodeSigned(outcome.signed)
      if (outcome.calls.length === 0) {
        if (incomplete) return incomplete
        if (signed !== undefined) this.#journal.record({kind: 'signed', step: signed})
        if (this.#tellSteers()) continue
        this.#over = true
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
      const before = this.#calls.images
      this.#added.push(...(await this.#calls.run(calls, tools)))
      if (this.#calls.halted !== undefined) return this.#loopEnd(this.#calls.halted)
      this.#tellSteers()
      if (this.#calls.images > before) await this.#rebuild()
    }
    const warning = `Stopped after ${steps} model ${steps === 1 ? 'step' : 'steps'}. Continue to let the model go on.`
    return {status: 'interrupted', warning, stopReason: 'step-limit'}
  }

  /** From the store, which says what of all images one request takes. */
  async #rebuild(): Promise<void> {
    const {rebuild} = this.#options
    if (!rebuild) return
    this.#told = this.#asked(await this.#unlessStopped(rebuild()))
    this.#added.length = 0
  }

  #loopEnd(warning: string): Verdict {
    return {status: 'interrupted', warning, stopReason: 'loop'}
  }

  /** What was said to the turn becomes part of it. False: there is nothing. */
  #tellSteers(): boolean {
    const steers = this.#steers
    if (steers.length === 0) return false
    this.#options.assertOwned()
    this.#journal.record(...steers.map(({id, text}) => ({kind: 'steered' as const, id, text})))
    this.#steers = []
    for (const {id, text} of steers) {
      this.#steered.add(id)
      addSteer(this.#added, text)
      this.#options.emit('prompt.steered', {prompt_id: id, text})
    }
    this.#journal.setApart()
    return true
  }

  /** Of a reply that broke off the model is asked to go on. */
  #asked(messages: ModelMessage[]): ModelMessage[] {
    if (this.#options.resumed && messages.at(-1)?.role === 'assistant') {
      messages.push({role: 'user', text: continueInstruction})
    }
    return messages
  }

  /** A step within the model's window: the conversation is made smaller before it, or when the provider refuses it. */
  async #fittingStep(model: Model, system: string, tools: readonly Tool[]): Promise<StepOutcome> {
    const {fit} = this.#options
    const {signal} = this.#abort
    const request = () => ({model, system, messages: [...this.#told, ...this.#added], tools})
    const first = fit && (await this.#unlessStopped(fit.beforeStep(request(), signal)))
    if (first) this.#tellLess(first, model)
    for (let tries = 0; ; tries++) {
      this.#options.assertOwned()
      try {
        return await this.#stepOf(model, request())
      } catch (error) {
        const {text, reasoning} = this.#journal.step
        if (!fit || signal.aborted || text !== '' || reasoning !== '') throw error
        const less = await this.#unlessStopped(fit.refused(error, request(), tries, signal))
        if (!less) throw error
        this.#tellLess(less, model)
      }
    }
  }

  #tellLess({messages, used}: Smaller, model: Model): void {
    this.#told = this.#asked(messages)
    this.#added.length = 0
    this.#context = {model: model.id, used, max: this.#windowOf(model)}
  }

  #windowOf(model: Model): number | undefined {
    return this.#options.fit ? this.#options.fit.windowOf(model) : model.contextMax
  }

  async #goOn({step, asked, waits = false}: ResumedTurn): Promise<void> {
    if (step.length === 0) return
    this.#journal.setApart()
    const tools = await this.#unlessStopped(this.#options.tools())
    await this.#calls.run(callsToGoOnWith(step, tools, waits || asked.size > 0), tools, asked)
  }

  /** One call of the model's API. */
  async #stepOf(
    model: Model,
    {system, messages, tools}: {system: string; messages: ModelMessage[]; tools: readonly Tool[]},
  ): Promise<StepOutcome> {
    this.#journal.beginStep()
    this.#sent = {system, messages}
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
    const reply = new LongReply()
    this.#reply = reply
    const pump = async () => {
      for await (const event of model.stream({system, messages, tools: specs, signal})) {
        // An adapter that is slow to notice the abort must not write into a closed turn.
        if (signal.aborted) return
        switch (event.type) {
          case 'text':
          case 'reasoning':
            this.#journal.delta(event.type, event.text)
            reply.took(event.text.length)
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
            this.#count(event, model)
            this.#options.fit?.counted({model, system, messages, tools}, event.usage.input)
            break
          default:
            this.#wait(event)
        }
        this.#checkOwner()
        await this.#options.room()
      }
    }
    try {
      await this.#unlessStopped(pump())
    } finally {
      this.#journal.join()
      reply.end()
    }
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

  #count({usage, cost}: Extract<ModelEvent, {type: 'finish'}>, model: Model): void {
    this.#sent = undefined
    this.#usage = addStep(this.#usage, model.id, usage, cost)
    this.#context = {model: model.id, used: usage.input + usage.output, max: this.#windowOf(model)}
  }

  /** A reply that broke off costs what came of it, and its prompt; nothing is known of one of which nothing came. */
  #countBroken(): void {
    const {text, reasoning} = this.#journal.step
    if (!this.#sent || text.length + reasoning.length === 0) return
    const usage = estimatedUsage(this.#sent, {text, reasoning})
    this.#sent = undefined
    this.#usage = {...addStep(this.#usage, this.#model?.id ?? '', usage, undefined), estimated: true}
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

  /** What nobody else keeps was stored with the end. */
  #tellKept(): void {
    for (const {id, text, kept} of this.#steers) {
      if (!kept) continue
      this.#steered.add(id)
      this.#options.emit('prompt.steered', {prompt_id: id, text})
    }
  }

  /** Stores how the turn ended, once. A turn that was taken over is left to its new owner, who may be at work on it. */
  #close(verdict: Verdict): TurnEnd {
    if (this.#end) return this.#end
    this.#over = true
    let {status, warning, error} = verdict
    let stored = verdict.leave === true
    const {suspended} = this.#calls
    try {
      if (verdict.leave) this.#journal.abandon()
      else {
        this.#journal.flush()
        this.#countBroken()
        this.#options.store.finishTurn(this.row.id, {
          status,
          ...(error ? {error: error.message} : {}),
          ...(verdict.stopReason && warning ? {error: storedEnd({stopReason: verdict.stopReason, warning})} : {}),
          usage: this.#usage,
          ...(this.#context ? {context: this.#context} : {}),
          waiting: suspended,
        })
        stored = true
        this.#tellKept()
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
      steps: (this.#options.resumed?.steps ?? 0) + this.#usage.calls,
      model: this.#model,
      context: this.#context,
      told: status === 'complete' ? [...this.#told, ...this.#added] : [],
      stored,
      suspended: suspended && stored && !verdict.leave,
    }
    return this.#end
  }
}

/**
 * Steps of the limit that are spent when a turn goes on: a death gives it none anew, only whoever goes on with one that
 * was stopped at the limit.
 */
function stepsSpent(resumed: ResumedTurn | undefined, limit: number): number {
  if (!resumed || resumed.atLimit || resumed.steps === 0) return 0
  return ((resumed.steps - 1) % limit) + 1
}
