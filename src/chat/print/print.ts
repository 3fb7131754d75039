import {visibleText} from '../../control-sequences.js'
import {exitCodes, HermesError, messageOf} from '../../errors.js'
import type {InFlight, LifecycleDetails} from '../../lifecycle/events.js'
import {signalExitCode} from '../../platform.js'
import {capabilities, knowsPrompts, submitMembers} from '../../protocol/capabilities.js'
import type {EventPayloads, GatewayEvent} from '../../protocol/events.js'
import {errorCodes} from '../../protocol/frames.js'
import type {SessionInfo, SessionOpened} from '../../protocol/methods.js'
import type {StopReason} from '../../protocol/stop-reason.js'
import type {ExitReport, SessionTarget, Supervisor} from '../../supervisor/types.js'
import {destinationText} from '../../tui/state/destination.js'
import {oneLine} from '../../tui/text/sanitize.js'
import {toolsOfTurn} from '../../tui/transcript/reconcile.js'
import * as answers from './answer.js'
import {
  type Asked,
  asked,
  closeReason,
  type End,
  failed,
  noImagesKept,
  nothingAsked,
  type Signal,
  statusOf,
} from './asked.js'
import {denialNote} from './denial-note.js'
import {
  gatewayFailure,
  incompleteReply,
  memoryFailure,
  noImages,
  noSessionHere,
  refusal,
  sessionBusy,
  sessionProblem,
  stepLimit,
  timeLimit,
  turnFailure,
  unfitAnswer,
} from './failure.js'
import {createPrintWriter, type OutputFormat, type PrintResult, type PrintStop, type PrintWriter} from './format.js'
import {askInTurn, type Prompts} from './in-turn.js'
import type {KeptImages} from './kept-images.js'
import type {PrintedPrompt} from './messages.js'
import {createOutlet, type Outlet} from './outlet.js'
import {refusalOf, refusalOfRequest} from './refusals.js'
import type {Structure} from './structure.js'

/** A turn that killed this many gateways is not tried again by itself. */
const POISON_DEATHS = 2
/** How long an interrupted turn may take to end, milliseconds. */
const INTERRUPT_GRACE_MS = 2000
/** How long what may follow an error or an interruption is waited for, milliseconds. */
const END_GRACE_MS = 500

export interface PrintOptions {
  /** Not started yet; the run starts it and closes it. */
  supervisor: Supervisor
  target: SessionTarget
  /** What is asked, one after the other, in one session. A wrong one is told, and the next one is asked. */
  prompts: Prompts
  format: OutputFormat
  /** What each answer has to be; default any text. */
  structure?: Structure | undefined
  /** How long one prompt may take, milliseconds; default without end. */
  maxMs?: number | undefined
  /** Model steps that one prompt may take, as the gateway was told; for what is left of them. */
  maxSteps?: number | undefined
  /** Where images of prompts lie while they are asked. */
  imageFolder: string
  /** Take the session over where another hermes has it open; default false. */
  takeOver?: boolean
  stdout: NodeJS.WritableStream & {isTTY?: boolean}
  stderr: NodeJS.WritableStream
  /** Where signals arrive; default this process. */
  signals?: Pick<NodeJS.EventEmitter, 'on' | 'off'>
  record?: (details: LifecycleDetails) => void
  /** Resolves when memory is nearly full: the run ends in order, with exit code 90. */
  memoryCritical?: Promise<void>
  /** Called once, before the supervisor starts, with what tells of the turn in flight: for the record of a death. */
  provideInFlight?: (probe: () => InFlight | undefined) => void
}

/**
 * Answers prompts on stdout and ends. Resolves to the exit code; rejects with the HermesError that ended it, after the
 * result was printed. Where one of several prompts fails that is told, the others are asked, and the code is that of the
 * first that did.
 */
export async function runPrint(options: PrintOptions): Promise<number> {
  const run = new PrintRun(options)
  const {end, told} = await run.end
  if (end.kind === 'failed' && !told) throw end.error
  if (end.kind === 'failed') return end.error.exit
  return end.kind === 'signal' ? signalExitCode(end.signal) : exitCodes.ok
}

class PrintRun {
  readonly end: Promise<{end: End; told: boolean}>
  readonly #options: PrintOptions
  readonly #supervisor: Supervisor
  readonly #outlet: Outlet
  readonly #notes: Outlet
  readonly #write: PrintWriter
  #asked: Asked = nothingAsked()
  /** What was asked before of the same prompt, whose answers did not fit. */
  #before: answers.Answer[] = []
  /** When the prompt was begun. */
  #started = performance.now()
  #structured: {value: unknown} | undefined
  #session: SessionOpened | undefined
  #key: string | null = null
  #model: string | null = null
  /** What was told of a server that was found. */
  #found: string | undefined
  /** Prompts can be sent to it. */
  #isOpen = false
  #recoveries = 0
  readonly #warned = new Set<string>()
  #stopping: Signal | 'reader-gone' | undefined
  #timeIsUp = false
  #timer: NodeJS.Timeout | undefined
  /** Of the whole run: nothing more is asked. */
  #over: End | undefined
  #tellOver: (end: End) => void = () => {}

  constructor(options: PrintOptions) {
    this.#options = options
    this.#supervisor = options.supervisor
    this.#outlet = createOutlet(options.stdout, {
      onGone: () => this.#stop('reader-gone'),
      onError: (cause) =>
        this.#finishAll(
          new HermesError(`the answer cannot be written: ${cause.message}`, {code: 'print/output', cause}),
        ),
    })
    this.#notes = createOutlet(options.stderr)
    this.#write = createPrintWriter(options.format, this.#outlet, () => this.#live())
    const over = new Promise<End>((resolve) => {
      this.#tellOver = resolve
    })
    this.end = this.#run(over)
  }

  get #answer(): answers.Answer {
    return this.#asked.answer
  }

  async #run(over: Promise<End>): Promise<{end: End; told: boolean}> {
    const supervisor = this.#supervisor
    const signals = this.#options.signals ?? process
    const names: Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
    const listeners = names.map((signal) => [signal, () => this.#signalled(signal)] as const)
    for (const [signal, listener] of listeners) signals.on(signal, listener)
    const unsubscribe = [
      supervisor.on('session', (opened, how) => this.#opened(opened, how)),
      supervisor.on('event', (event) => this.#event(event)),
      supervisor.on('death', (exit) => this.#died(exit)),
      supervisor.on('view', () => this.#viewed()),
    ]
    this.#options.provideInFlight?.(() => this.#inFlight())
    supervisor.start(this.#options.target)
    void this.#options.memoryCritical?.then(() => this.#finishAll(memoryFailure(this.#key)))

    const {end, told} = await askInTurn(this.#options.prompts, {
      over,
      ask: (prompt) => this.#askOne(prompt),
      tell: (end, line) => this.#tellResult(end, line),
      note: (text) => this.#note(text),
      canGoOn: () => knowsPrompts(this.#supervisor.view.capabilities),
    })
    clearTimeout(this.#timer)
    for (const off of unsubscribe) off()
    // A gateway that was interrupted by the person has nothing more to say to them.
    await supervisor.close(closeReason(end))
    await this.#outlet.flush()
    await this.#notes.flush()
    for (const [signal, listener] of listeners) signals.off(signal, listener)
    return {end, told}
  }

  /** One prompt: asked again, with what was wrong, as long as its answer does not fit. */
  async #askOne({text, images}: PrintedPrompt): Promise<End> {
    const {structure, maxMs, maxSteps, imageFolder} = this.#options
    let kept: KeptImages
    try {
      kept = images ? await (await import('./kept-images.js')).keepImages(images, imageFolder) : noImagesKept
    } catch (error) {
      return {kind: 'failed', error: error as HermesError}
    }
    this.#timeIsUp = false
    const limit = maxMs === undefined ? undefined : setTimeout(() => this.#timeUp(), maxMs)
    try {
      let end = await this.#ask(structure ? structure.promptFor(text) : text, kept)
      for (let tries = 1; structure && end.kind === 'complete'; tries++) {
        const fitted = structure.fitted(this.#answer)
        if ('value' in fitted) {
          this.#structured = fitted
          return end
        }
        const steps = this.#steps
        if (maxSteps !== undefined && steps >= maxSteps) return failed(stepLimit(undefined, this.#key), 'step-limit')
        if (tries >= structure.tries) return failed(unfitAnswer(fitted.misfits, this.#key), 'schema-mismatch')
        this.#before.push(this.#answer)
        end = await this.#ask(structure.correctionFor(fitted.misfits), noImagesKept, fitted.misfits)
      }
      return end
    } finally {
      clearTimeout(limit)
      kept.remove()
    }
  }

  /** Sends it as soon as there is a session. */
  #ask(text: string, images: KeptImages, misfits?: readonly string[]): Promise<End> {
    if (this.#over) return Promise.resolve(this.#over)
    return new Promise((resolve) => {
      this.#asked = asked(text, images, resolve)
      if (misfits) {
        this.#write({type: 'correction', prompt_id: this.#asked.promptId, problems: [...misfits]})
        this.#note(`the answer does not fit, asking again: ${misfits.join('; ')}`)
      } else this.#tellBegin()
      this.#submitOnceOpen()
    })
  }

  #tellBegin(): void {
    if (!this.#session || this.#asked.ended) return
    const {model, cwd} = this.#session.info
    this.#write({type: 'init', session_key: this.#key, model, cwd, prompt_id: this.#asked.promptId})
  }

  #submitOnceOpen(): void {
    if (this.#isOpen && !this.#asked.sent && !this.#asked.ended && !this.#stopping) this.#submit()
  }

  /** Model steps of the prompt until now. */
  get #steps(): number {
    return [...this.#before, this.#answer].reduce((sum, {steps}) => sum + steps, 0)
  }

  /** The result of a prompt; what is told next belongs to another one. */
  #tellResult(end: End, line?: number): void {
    this.#write({type: 'result', ...this.#result(end, line)})
    this.#asked = nothingAsked()
    this.#before = []
    this.#structured = undefined
    this.#recoveries = 0
    this.#started = performance.now()
  }

  /** Text is shown at once where a broken reply goes on; a reply that may start over is shown when it is whole. */
  #live(): boolean {
    // Of an answer that has to fit the value alone is printed.
    return !this.#options.structure && (this.#outlet.isTerminal || this.#can(capabilities.continue))
  }

  #can(capability: string): boolean {
    return this.#supervisor.view.capabilities.has(capability)
  }

  #opened(opened: SessionOpened, how: 'created' | 'resumed' | 'recovered'): void {
    const first = this.#session === undefined
    this.#session = opened
    this.#key = opened.stored_session_id ?? opened.session_key ?? opened.resumed ?? this.#key
    this.#model = opened.info.model
    if (first) this.#tellBegin()
    if (this.#stopping) return
    if (first && how === 'created' && this.#options.target.kind === 'latest') {
      void this.#begin(opened)
      return
    }
    if (how === 'recovered') this.#recoveries += 1
    if (this.#asked.sent && !this.#asked.ended) {
      this.#isOpen = true
      this.#resume(opened)
    } else if (opened.running || opened.status === 'waiting' || opened.auto_continue) {
      this.#finishAll(sessionBusy(this.#key))
    } else {
      this.#isOpen = true
      this.#submitOnceOpen()
    }
  }

  /** There is no session to go on with: a new one, unless those of other folders may have been meant. */
  async #begin({info}: SessionOpened): Promise<void> {
    const listed = this.#can(capabilities.journal) ? await this.#request('session.list', {limit: 1}, true) : undefined
    if (Array.isArray(listed?.sessions) && listed.sessions.length > 0) this.#finishAll(noSessionHere(info.cwd))
    else {
      this.#isOpen = true
      this.#submitOnceOpen()
    }
  }

  /** The session is back: finds out what became of the prompt, and goes on from there. */
  #resume(opened: SessionOpened): void {
    const {interrupted, inflight, ended} = opened
    const {promptId, text} = this.#asked
    if (opened.running && inflight?.prompt_id === promptId) {
      const tools = toolsOfTurn(opened.messages, promptId)
      this.#show(
        answers.adoptStored(this.#answer, {assistant: inflight.assistant, reasoning: inflight.reasoning ?? '', tools}),
      )
      if (this.#poisoned()) return
      this.#recovered('continues')
      this.#note('session recovered, the reply goes on')
      return
    }
    if (ended && ended.prompt_id === promptId) {
      const turn = interrupted ?? answers.findTurn(opened.messages, promptId, text)
      if ('assistant' in turn) this.#show(answers.adoptStored(this.#answer, turn))
      else if (turn.kind === 'answered') {
        this.#show(answers.adoptAnswered(this.#answer, turn))
      }
      this.#recovered('complete')
      this.#incomplete(ended.stop_reason, ended.warning)
      return
    }
    if (interrupted && interrupted.prompt_id === promptId) {
      this.#show(answers.adoptStored(this.#answer, interrupted))
      this.#asked.deaths = Math.max(this.#asked.deaths, interrupted.deaths)
      if (this.#poisoned()) return
      if (this.#can(capabilities.continue)) {
        this.#recovered('continues')
        this.#note('session recovered, the reply goes on')
        void this.#request('prompt.continue', {prompt_id: promptId, ...this.#stepsLeft()})
        return
      }
      this.#again()
      return
    }
    if (opened.auto_continue && !opened.running) {
      if (this.#poisoned()) return
      this.#recovered('starts-over')
      this.#note('session recovered, the gateway asks again by itself')
      Object.assign(this.#answer, answers.emptyAnswer())
      return
    }
    const turn = answers.findTurn(opened.messages, promptId, text)
    if (turn.kind === 'answered') {
      this.#show(answers.adoptAnswered(this.#answer, turn))
      this.#recovered('complete')
      if (turn.failed) this.#fail(turnFailure(this.#asked.lastError ?? {message: 'the turn failed'}))
      else this.#finish({kind: 'complete'})
    } else if (turn.kind === 'absent' && knowsPrompts(this.#supervisor.view.capabilities)) {
      this.#recovered('starts-over')
      this.#submit()
    } else this.#again(turn.kind === 'unanswered')
  }

  /** For a gateway that cannot go on with a reply: the same prompt once more, unless that could do harm. */
  #again(stored = true): void {
    if (this.#poisoned()) return
    if (this.#asked.toolRan) {
      this.#fail(
        this.#lost('the reply was lost after a tool had run; it is not run again by itself', 'gateway/reply-lost'),
      )
      return
    }
    this.#recovered('starts-over')
    this.#note('session recovered, the reply was lost: the prompt is sent again')
    Object.assign(this.#answer, answers.emptyAnswer())
    // Else the model would read the same prompt twice (the reference merges consecutive user messages).
    if (stored) void this.#request('command.dispatch', {name: 'undo'}, true).then(() => this.#submit())
    else this.#submit()
  }

  #poisoned(): boolean {
    if (this.#asked.deaths < POISON_DEATHS) return false
    this.#fail(this.#lost(`this prompt ended the gateway ${this.#asked.deaths} times`, 'gateway/poison-turn'))
    return true
  }

  #lost(message: string, code: string): HermesError {
    return new HermesError(message, {
      code,
      exit: exitCodes.gateway,
      suggestions: this.#key ? [`hermes chat --resume ${this.#key} shows what there is and lets you go on`] : [],
    })
  }

  #submit(): void {
    const asked = this.#asked
    if (asked.ended) return
    const can = this.#supervisor.view.capabilities
    const {members: images} = asked.images
    if (images.images && !can.has(capabilities.promptImages)) {
      this.#fail(noImages())
      return
    }
    asked.sent = true
    const members = {...submitMembers(can, asked.promptId), ...images, ...this.#stepsLeft()}
    void this.#request('prompt.submit', {text: asked.text, ...members}).then((result) => {
      if (result?.status !== 'queued') return
      asked.behind = true
      this.#note('the gateway is busy: the prompt goes after the turn that runs')
    })
  }

  /** Of a prompt that is asked again the steps that are left; the first time the gateway knows by itself. */
  #stepsLeft(): {max_steps?: number} {
    const {maxSteps} = this.#options
    if (maxSteps === undefined || this.#before.length === 0 || !this.#can(capabilities.stepLimit)) return {}
    return {max_steps: Math.max(1, maxSteps - this.#before.reduce((sum, {steps}) => sum + steps, 0))}
  }

  /** `lenient`: a refusal does not end the run. A gateway that died is the recovery's matter. */
  async #request(
    method: string,
    params: Record<string, unknown>,
    lenient = false,
  ): Promise<Record<string, unknown> | undefined> {
    try {
      return await this.#supervisor.request(method, {session_id: this.#session?.session_id, ...params})
    } catch (error) {
      const code = (error as {code?: unknown} | null)?.code
      if (code === 'gateway-gone' || lenient) return undefined
      const refused = refusal(code, messageOf(error), error)
      if (code === errorCodes.ownedElsewhere) this.#finishAll(refused)
      else this.#fail(refused)
      return undefined
    }
  }

  #event(event: GatewayEvent): void {
    const asked = this.#asked
    if (event.sessionId !== undefined && event.sessionId !== this.#session?.session_id) return
    if (event.type === 'session.info' && this.#session) this.#informed(event.payload)
    if (!asked.sent || asked.ended) return
    if (asked.behind && event.type !== 'gateway.request') {
      if (event.type === 'message.complete' || event.type === 'error') asked.behind = false
      return
    }
    switch (event.type) {
      case 'message.delta':
        this.#show(answers.addText(this.#answer, event.payload.text))
        return
      case 'message.interim': {
        const {text, already_streamed: streamed} = event.payload
        if (!streamed && !this.#answer.text.includes(text)) this.#show(answers.addText(this.#answer, `${text}\n\n`))
        return
      }
      case 'reasoning.delta':
        answers.addReasoning(this.#answer, event.payload.text)
        this.#write({type: 'reasoning', text: event.payload.text})
        return
      case 'tool.start': {
        const {tool_id, name, context} = event.payload
        asked.toolRan = true
        answers.startTool(this.#answer, event.payload)
        this.#write({type: 'tool_start', tool_id, name, context})
        return
      }
      case 'tool.complete': {
        const {tool_id, name, result, duration_s} = event.payload
        this.#toolEnded(event.payload)
        this.#write({type: 'tool_complete', tool_id, name, duration_s: duration_s ?? null, result: result ?? null})
        return
      }
      case 'subagent.start':
      case 'subagent.tool':
      case 'subagent.complete':
        this.#agent(event)
        return
      case 'approval.request':
      case 'clarify.request':
      case 'sudo.request':
      case 'secret.request': {
        const {note, method, params} = refusalOf(event)
        this.#note(note)
        void this.#request(method, params, true)
        return
      }
      case 'gateway.request': {
        const {note, result} = refusalOfRequest(event.payload)
        this.#note(note)
        void this.#supervisor.answer(event.payload.id, result)
        return
      }
      case 'status.update':
        if (event.payload.kind === 'warn') this.#warn(event.payload.text)
        if (event.payload.kind === 'scaled') this.#note(event.payload.text)
        // What takes it back is of the chat.
        if (event.payload.kind === 'compacted') this.#note(event.payload.text.replace(/ · \/compact undo$/, ''))
        return
      case 'model.retry': {
        const {attempt, limit, wait_ms, reason} = event.payload
        this.#write({type: 'retry', attempt, limit, wait_ms, reason})
        this.#note(`${reason}, trying again in ${seconds(wait_ms)} (${attempt}/${limit})`)
        return
      }
      case 'model.silent':
        this.#write({type: 'silent', silent_ms: event.payload.silent_ms})
        this.#note(`nothing has come from the model for ${seconds(event.payload.silent_ms)}`)
        return
      case 'error':
        asked.lastError = event.payload
        // The end of the turn brings the usage; the reference does not always send it.
        this.#after(END_GRACE_MS, () => this.#fail(turnFailure(event.payload)))
        return
      case 'message.complete':
        this.#completed(event.payload)
        return
    }
  }

  #informed(info: SessionInfo): void {
    this.#key = info.session_key ?? this.#key
    this.#model = info.model
    this.#tellFound(info)
  }

  #agent({type, payload}: Extract<GatewayEvent, {type: `subagent.${'start' | 'tool' | 'complete'}`}>): void {
    const {goal, task_index: index, name = goal, subagent_id: id = `${index}`} = payload
    if (type === 'subagent.start') {
      this.#write({type: 'subagent_start', subagent_id: id, name, goal})
      return
    }
    if (type === 'subagent.tool') {
      const {tool_name: tool = '', tool_preview: context = payload.text ?? ''} = payload
      this.#write({type: 'subagent_tool', subagent_id: id, name: tool, context})
      return
    }
    for (const denial of payload.denials ?? []) {
      this.#answer.denials.push(denial)
      this.#note(denialNote(denial))
    }
    const {status = 'completed', summary = '', api_calls: steps = 0, duration_seconds: seconds = null} = payload
    this.#write({type: 'subagent_complete', subagent_id: id, status, text: summary, steps, duration_s: seconds})
  }

  #toolEnded(payload: EventPayloads['tool.complete']): void {
    const before = this.#answer.denials.length
    answers.completeTool(this.#answer, payload)
    const denial = this.#answer.denials.at(before)
    if (denial) this.#note(denialNote(denial))
  }

  #completed(payload: EventPayloads['message.complete']): void {
    if (payload.prompt_id !== undefined && payload.prompt_id !== this.#asked.promptId) return
    this.#show(answers.complete(this.#answer, payload))
    const {stop_reason: stopReason} = payload
    if (stopReason !== undefined && stopReason !== 'step-limit' && payload.status !== 'error' && !this.#stopping) {
      this.#incomplete(stopReason, payload.warning)
    } else if (payload.status === 'complete') this.#finish({kind: 'complete'})
    else if (payload.status === 'error') {
      this.#fail(
        turnFailure(this.#asked.lastError ?? {message: (payload.text ?? 'the turn failed').replace(/^Error: /, '')}),
      )
    } else if (this.#stopping) this.#stopped(this.#stopping)
    else if (this.#timeIsUp) this.#fail(this.#late(), 'time-limit')
    else if (stopReason === 'step-limit') this.#incomplete(stopReason, payload.warning)
    else {
      // A gateway that is asked to end closes its turn first: its death follows, and then the recovery.
      const why = payload.warning ?? 'the turn was interrupted'
      this.#after(END_GRACE_MS, () => this.#fail(this.#lost(why, 'gateway/interrupted')))
    }
  }

  #incomplete(reason: StopReason, warning: string | undefined): void {
    if (reason === 'step-limit') this.#fail(stepLimit(warning, this.#key), reason)
    else this.#fail(incompleteReply(reason, warning, this.#key), reason)
  }

  #died(exit: ExitReport): void {
    this.#isOpen = false
    this.#asked.deaths += 1
    clearTimeout(this.#timer)
    const {attempt, limit} = this.#supervisor.view
    this.#write({type: 'recovery', state: 'died', cause: exit.cause, attempt, limit})
    if (this.#stopping) this.#stopped(this.#stopping)
    else this.#note(`the gateway ${exit.summary}`)
    if (this.#timeIsUp && !this.#asked.ended) this.#finishAll(this.#late(), 'time-limit')
  }

  #viewed(): void {
    const {phase, problem, lastExit, silence, pid} = this.#supervisor.view
    if (silence) this.#warn(`the gateway ${silence.stopped ? 'is stopped' : 'does not answer'} (pid ${pid})`)
    if (problem) {
      const {target, takeOver} = this.#options
      const key = problem.code === errorCodes.ownedElsewhere ? problem.data?.session_key : undefined
      if (takeOver && typeof key === 'string' && !this.#session) {
        this.#supervisor.open({kind: 'stored', key, takeOver: true})
        return
      }
      this.#finishAll(sessionProblem(problem, target.kind === 'stored' ? target.key : (this.#key ?? '')))
    } else if (phase === 'exhausted' || phase === 'closed') this.#finishAll(gatewayFailure(lastExit))
  }

  #signalled(signal: Signal): void {
    if (this.#stopping) {
      this.#stopped(this.#stopping)
      return
    }
    const {generation, pid} = this.#supervisor.view
    this.#options.record?.({type: 'signal', signal, generation, pid, sessionKey: this.#key ?? undefined})
    this.#stop(signal)
  }

  /** Interrupts the turn, so that what was answered is stored, and ends. */
  #stop(why: Signal | 'reader-gone'): void {
    if (this.#stopping) return
    this.#stopping = why
    if (!this.#asked.sent || this.#asked.ended || why === 'SIGTERM' || why === 'SIGHUP') {
      this.#stopped(why)
      return
    }
    this.#after(INTERRUPT_GRACE_MS, () => this.#stopped(why))
    void this.#request('session.interrupt', {}, true)
  }

  #stopped(why: Signal | 'reader-gone'): void {
    this.#endAll(why === 'reader-gone' ? {kind: 'reader-gone'} : {kind: 'signal', signal: why})
  }

  /** Interrupts the turn, so that what was answered is stored, and goes on with the next prompt. */
  #timeUp(): void {
    if (this.#asked.ended || this.#stopping) return
    this.#timeIsUp = true
    if (!this.#asked.sent || !this.#isOpen) {
      this.#finishAll(this.#late(), 'time-limit')
      return
    }
    // A turn that does not end would be in the way of the next one.
    this.#after(INTERRUPT_GRACE_MS, () => this.#finishAll(this.#late(), 'time-limit'))
    void this.#request('session.interrupt', {}, true)
  }

  #late(): HermesError {
    return timeLimit(this.#options.maxMs ?? 0, {sent: this.#asked.sent || this.#before.length > 0, key: this.#key})
  }

  /** This prompt failed; the next one can be asked. */
  #fail(error: HermesError, stopReason?: PrintStop): void {
    if (this.#stopping) this.#stopped(this.#stopping)
    else this.#finish(failed(error, stopReason))
  }

  /** Nothing more can be asked. */
  #finishAll(error: HermesError, stopReason?: PrintStop): void {
    if (this.#stopping) this.#stopped(this.#stopping)
    else this.#endAll(failed(error, stopReason))
  }

  #endAll(end: End): void {
    this.#over ??= end
    this.#tellOver(this.#over)
    this.#finish(this.#over)
  }

  #finish(end: End): void {
    if (this.#asked.ended) return
    clearTimeout(this.#timer)
    this.#asked.ended = true
    this.#asked.end(end)
  }

  #after(ms: number, act: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(act, ms)
  }

  #show(text: string): void {
    if (text !== '') this.#write({type: 'delta', text})
  }

  #recovered(reply: 'continues' | 'starts-over' | 'complete'): void {
    this.#write({type: 'recovery', state: 'recovered', reply})
  }

  #inFlight(): InFlight | undefined {
    const {promptId, sent, ended} = this.#asked
    if (!sent || ended) return undefined
    const {text, tools} = this.#answer
    const openTools = tools.filter((tool) => tool.status === 'unknown').length
    return {promptId, replyChars: text.length, openTools}
  }

  /** Once: a file of rules that can't be read is told of with every call. */
  #warn(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.#note(text)
  }

  /** An address that somebody set is known to who set it. */
  #tellFound(info: SessionInfo): void {
    const text = info.sends_to?.found ? destinationText(info) : undefined
    if (text !== undefined && text !== this.#found) this.#note(text)
    this.#found = text ?? this.#found
  }

  #note(text: string): void {
    this.#notes.write(`hermes: ${visibleText(oneLine(text))}\n`)
  }

  #result(end: End, line?: number): PrintResult {
    const {reasoning} = this.#answer
    const all = [...this.#before, this.#answer]
    // Of a correction that was not begun nothing is to be seen; the answer before it is.
    const text = all.findLast((each) => each.text !== '')?.text ?? ''
    const usage = all.findLast((each) => each.usage)?.usage
    return {
      session_key: this.#key,
      model: this.#model,
      ...(line !== undefined && {line}),
      text,
      ...(this.#structured && {structured_output: this.#structured.value}),
      ...(reasoning && {reasoning}),
      usage: usage ?? null,
      cost_usd: usage?.cost_usd ?? null,
      status: statusOf(end),
      ...(end.kind === 'failed' && end.stopReason && {stop_reason: end.stopReason}),
      ...(end.kind === 'failed' && {
        error: {code: end.error.code, message: end.error.message, suggestions: end.error.suggestions},
      }),
      tools: all.flatMap(({tools}) => tools),
      permission_denials: all.flatMap(({denials}) => denials),
      num_turns: this.#steps,
      recoveries: this.#recoveries,
      duration_ms: Math.round(performance.now() - this.#started),
    }
  }
}

/** `0.3 s`, `20 s`. */
function seconds(ms: number): string {
  return `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)} s`
}
