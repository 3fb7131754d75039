import {randomUUID} from 'node:crypto'
import {visibleText} from '../../control-sequences.js'
import {exitCodes, HermesError, messageOf} from '../../errors.js'
import type {InFlight, LifecycleDetails} from '../../lifecycle/events.js'
import {type EndSignal, signalExitCode} from '../../platform.js'
import {capabilities, knowsPrompts, submitMembers} from '../../protocol/capabilities.js'
import type {EventPayloads, GatewayEvent} from '../../protocol/events.js'
import {errorCodes} from '../../protocol/frames.js'
import type {SessionInfo, SessionOpened} from '../../protocol/methods.js'
import type {ServerRequest} from '../../protocol/requests.js'
import type {StopReason} from '../../protocol/stop-reason.js'
import type {ExitReport, SessionTarget, Supervisor} from '../../supervisor/types.js'
import {declined} from '../../tui/state/asked.js'
import {destinationText} from '../../tui/state/destination.js'
import {oneLine} from '../../tui/text/sanitize.js'
import {visibleLine} from '../../tui/text/visible.js'
import {toolsOfTurn} from '../../tui/transcript/reconcile.js'
import * as answers from './answer.js'
import {denialNote} from './denial-note.js'
import {
  gatewayFailure,
  incompleteReply,
  memoryFailure,
  noSessionHere,
  refusal,
  sessionBusy,
  sessionProblem,
  stepLimit,
  turnFailure,
} from './failure.js'
import {createPrintWriter, type OutputFormat, type PrintResult, type PrintWriter} from './format.js'
import {createOutlet, type Outlet} from './outlet.js'

/** A turn that killed this many gateways is not tried again by itself. */
const POISON_DEATHS = 2
/** How long an interrupted turn may take to end, milliseconds. */
const INTERRUPT_GRACE_MS = 2000
/** How long what may follow an error or an interruption is waited for, milliseconds. */
const END_GRACE_MS = 500

type Signal = Exclude<EndSignal, 'SIGQUIT'>

export interface PrintOptions {
  /** Not started yet; the run starts it and closes it. */
  supervisor: Supervisor
  target: SessionTarget
  prompt: string
  format: OutputFormat
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

type End =
  | {kind: 'complete'}
  | {kind: 'signal'; signal: Signal}
  | {kind: 'reader-gone'}
  | {kind: 'failed'; error: HermesError; stopReason?: StopReason}

/**
 * Answers one prompt on stdout and ends. Resolves to the exit code; rejects with the HermesError that
 * ended it, after the result was printed.
 */
export async function runPrint(options: PrintOptions): Promise<number> {
  const run = new PrintRun(options)
  const end = await run.end
  if (end.kind === 'failed') throw end.error
  return end.kind === 'signal' ? signalExitCode(end.signal) : exitCodes.ok
}

class PrintRun {
  readonly end: Promise<End>
  readonly #options: PrintOptions
  readonly #supervisor: Supervisor
  readonly #outlet: Outlet
  readonly #notes: Outlet
  readonly #write: PrintWriter
  readonly #promptId = randomUUID()
  readonly #started = performance.now()
  readonly #answer = answers.emptyAnswer()
  #session: SessionOpened | undefined
  #key: string | null = null
  #model: string | null = null
  /** What was told of a server that was found. */
  #found: string | undefined
  /** True once the prompt may have reached a gateway. */
  #sent = false
  #deaths = 0
  #recoveries = 0
  readonly #warned = new Set<string>()
  #toolRan = false
  /** The gateway holds the prompt until another turn is over: what comes until then is not its answer. */
  #behind = false
  #lastError: EventPayloads['error'] | undefined
  #stopping: Signal | 'reader-gone' | undefined
  #timer: NodeJS.Timeout | undefined
  #finish: (end: End) => void = () => {}

  constructor(options: PrintOptions) {
    this.#options = options
    this.#supervisor = options.supervisor
    this.#outlet = createOutlet(options.stdout, {
      onGone: () => this.#stop('reader-gone'),
      onError: (cause) =>
        this.#fail(new HermesError(`the answer cannot be written: ${cause.message}`, {code: 'print/output', cause})),
    })
    this.#notes = createOutlet(options.stderr)
    this.#write = createPrintWriter(options.format, this.#outlet, () => this.#live())
    const ended = new Promise<End>((resolve) => {
      this.#finish = resolve
    })
    this.end = this.#run(ended)
  }

  async #run(ended: Promise<End>): Promise<End> {
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
    void this.#options.memoryCritical?.then(() => this.#fail(memoryFailure(this.#key)))

    const end = await ended
    clearTimeout(this.#timer)
    for (const off of unsubscribe) off()
    this.#write({type: 'result', ...this.#result(end)})
    // A gateway that was interrupted by the person has nothing more to say to them.
    await supervisor.close(closeReason(end))
    await this.#outlet.flush()
    await this.#notes.flush()
    for (const [signal, listener] of listeners) signals.off(signal, listener)
    return end
  }

  /** Text is shown at once where a broken reply goes on; a reply that may start over is shown when it is whole. */
  #live(): boolean {
    return this.#outlet.isTerminal || this.#can(capabilities.continue)
  }

  #can(capability: string): boolean {
    return this.#supervisor.view.capabilities.has(capability)
  }

  #opened(opened: SessionOpened, how: 'created' | 'resumed' | 'recovered'): void {
    const first = this.#session === undefined
    this.#session = opened
    this.#key = opened.stored_session_id ?? opened.session_key ?? opened.resumed ?? this.#key
    this.#model = opened.info.model
    if (first) {
      this.#write({
        type: 'init',
        session_key: this.#key,
        model: opened.info.model,
        cwd: opened.info.cwd,
        prompt_id: this.#promptId,
      })
    }
    if (this.#stopping) return
    if (first && how === 'created' && this.#options.target.kind === 'latest') {
      void this.#begin(opened)
      return
    }
    if (how === 'recovered') this.#recoveries += 1
    if (this.#sent) this.#resume(opened)
    else if (opened.running || opened.status === 'waiting' || opened.auto_continue) this.#fail(sessionBusy(this.#key))
    else this.#submit()
  }

  /** There is no session to go on with: a new one, unless those of other folders may have been meant. */
  async #begin({info}: SessionOpened): Promise<void> {
    const listed = this.#can(capabilities.journal) ? await this.#request('session.list', {limit: 1}, true) : undefined
    if (Array.isArray(listed?.sessions) && listed.sessions.length > 0) this.#fail(noSessionHere(info.cwd))
    else if (!this.#sent && !this.#stopping) this.#submit()
  }

  /** The session is back: finds out what became of the prompt, and goes on from there. */
  #resume(opened: SessionOpened): void {
    const {interrupted, inflight, ended} = opened
    if (opened.running && inflight?.prompt_id === this.#promptId) {
      const tools = toolsOfTurn(opened.messages, this.#promptId)
      this.#show(
        answers.adoptStored(this.#answer, {assistant: inflight.assistant, reasoning: inflight.reasoning ?? '', tools}),
      )
      if (this.#poisoned()) return
      this.#recovered('continues')
      this.#note('session recovered, the reply goes on')
      return
    }
    if (ended && ended.prompt_id === this.#promptId) {
      const turn = interrupted ?? answers.findTurn(opened.messages, this.#promptId, this.#options.prompt)
      if ('assistant' in turn) this.#show(answers.adoptStored(this.#answer, turn))
      else if (turn.kind === 'answered') {
        this.#show(answers.adoptStored(this.#answer, {assistant: turn.text, reasoning: turn.reasoning, tools: []}))
      }
      this.#recovered('complete')
      this.#incomplete(ended.stop_reason, ended.warning)
      return
    }
    if (interrupted && interrupted.prompt_id === this.#promptId) {
      this.#show(answers.adoptStored(this.#answer, interrupted))
      this.#deaths = Math.max(this.#deaths, interrupted.deaths)
      if (this.#poisoned()) return
      if (this.#can(capabilities.continue)) {
        this.#recovered('continues')
        this.#note('session recovered, the reply goes on')
        void this.#request('prompt.continue', {prompt_id: this.#promptId})
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
    const turn = answers.findTurn(opened.messages, this.#promptId, this.#options.prompt)
    if (turn.kind === 'answered') {
      this.#show(answers.adoptStored(this.#answer, {assistant: turn.text, reasoning: turn.reasoning, tools: []}))
      this.#recovered('complete')
      if (turn.failed) this.#fail(turnFailure(this.#lastError ?? {message: 'the turn failed'}))
      else this.#finish({kind: 'complete'})
    } else if (turn.kind === 'absent' && knowsPrompts(this.#supervisor.view.capabilities)) {
      this.#recovered('starts-over')
      this.#submit()
    } else this.#again(turn.kind === 'unanswered')
  }

  /** For a gateway that cannot go on with a reply: the same prompt once more, unless that could do harm. */
  #again(stored = true): void {
    if (this.#poisoned()) return
    if (this.#toolRan) {
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
    if (this.#deaths < POISON_DEATHS) return false
    this.#fail(this.#lost(`this prompt ended the gateway ${this.#deaths} times`, 'gateway/poison-turn'))
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
    this.#sent = true
    const members = submitMembers(this.#supervisor.view.capabilities, this.#promptId)
    void this.#request('prompt.submit', {text: this.#options.prompt, ...members}).then((result) => {
      if (result?.status !== 'queued') return
      this.#behind = true
      this.#note('the gateway is busy: the prompt goes after the turn that runs')
    })
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
      this.#fail(refusal(code, messageOf(error), error))
      return undefined
    }
  }

  #event(event: GatewayEvent): void {
    if (!this.#sent || (event.sessionId !== undefined && event.sessionId !== this.#session?.session_id)) return
    if (this.#behind && event.type !== 'gateway.request') {
      if (event.type === 'message.complete' || event.type === 'error') this.#behind = false
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
        this.#toolRan = true
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
      case 'approval.request':
        this.#note(`denied, as nobody can be asked: ${visibleLine(event.payload.command)}`)
        void this.#request(
          'approval.respond',
          {request_id: event.payload.request_id, choice: 'deny', reason: 'not allowed in this run'},
          true,
        )
        return
      case 'clarify.request':
        this.#note(`not answered, as nobody can be asked: ${visibleLine(event.payload.question)}`)
        void this.#request('clarify.respond', {request_id: event.payload.request_id, answer: ''}, true)
        return
      case 'sudo.request':
        this.#note('no password given, as nobody can be asked')
        void this.#request('sudo.respond', {request_id: event.payload.request_id, password: ''}, true)
        return
      case 'secret.request':
        this.#note(`not given, as nobody can be asked: ${event.payload.env_var}`)
        void this.#request('secret.respond', {request_id: event.payload.request_id, value: ''}, true)
        return
      case 'gateway.request':
        this.#decline(event.payload)
        return
      case 'status.update':
        if (event.payload.kind === 'warn') this.#warn(event.payload.text)
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
      case 'session.info':
        this.#key = event.payload.session_key ?? this.#key
        this.#model = event.payload.model
        this.#tellFound(event.payload)
        return
      case 'error':
        this.#lastError = event.payload
        // The end of the turn brings the usage; the reference does not always send it.
        this.#after(END_GRACE_MS, () => this.#fail(turnFailure(event.payload)))
        return
      case 'message.complete':
        this.#completed(event.payload)
        return
    }
  }

  #decline(request: ServerRequest): void {
    const what =
      request.method === 'approval'
        ? `denied, as nobody can be asked: ${visibleLine(request.params.command)}`
        : undefined
    this.#note(what ?? `not answered, as nobody can be asked: ${visibleLine(request.method)}`)
    void this.#supervisor.answer(request.id, declined(request))
  }

  #toolEnded(payload: EventPayloads['tool.complete']): void {
    const before = this.#answer.denials.length
    answers.completeTool(this.#answer, payload)
    const denial = this.#answer.denials.at(before)
    if (denial) this.#note(denialNote(denial))
  }

  #completed(payload: EventPayloads['message.complete']): void {
    if (payload.prompt_id !== undefined && payload.prompt_id !== this.#promptId) return
    this.#show(answers.complete(this.#answer, payload))
    const {stop_reason: stopReason} = payload
    if (stopReason !== undefined && stopReason !== 'step-limit' && payload.status !== 'error' && !this.#stopping) {
      this.#incomplete(stopReason, payload.warning)
    } else if (payload.status === 'complete') this.#finish({kind: 'complete'})
    else if (payload.status === 'error') {
      this.#fail(turnFailure(this.#lastError ?? {message: (payload.text ?? 'the turn failed').replace(/^Error: /, '')}))
    } else if (this.#stopping) this.#stopped(this.#stopping)
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
    if (this.#sent) this.#deaths += 1
    clearTimeout(this.#timer)
    const {attempt, limit} = this.#supervisor.view
    this.#write({type: 'recovery', state: 'died', cause: exit.cause, attempt, limit})
    if (this.#stopping) this.#stopped(this.#stopping)
    else this.#note(`the gateway ${exit.summary}`)
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
      this.#fail(sessionProblem(problem, target.kind === 'stored' ? target.key : (this.#key ?? '')))
    } else if (phase === 'exhausted' || phase === 'closed') this.#fail(gatewayFailure(lastExit))
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
    if (!this.#sent || why === 'SIGTERM' || why === 'SIGHUP') {
      this.#stopped(why)
      return
    }
    this.#after(INTERRUPT_GRACE_MS, () => this.#stopped(why))
    void this.#request('session.interrupt', {}, true)
  }

  #stopped(why: Signal | 'reader-gone'): void {
    this.#finish(why === 'reader-gone' ? {kind: 'reader-gone'} : {kind: 'signal', signal: why})
  }

  #fail(error: HermesError, stopReason?: StopReason): void {
    if (this.#stopping) this.#stopped(this.#stopping)
    else this.#finish({kind: 'failed', error, ...(stopReason && {stopReason})})
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
    if (!this.#sent) return undefined
    const {text, tools} = this.#answer
    const openTools = tools.filter((tool) => tool.status === 'unknown').length
    return {promptId: this.#promptId, replyChars: text.length, openTools}
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

  #result(end: End): PrintResult {
    const {text, reasoning, usage, tools, denials, steps} = this.#answer
    return {
      session_key: this.#key,
      model: this.#model,
      text,
      ...(reasoning && {reasoning}),
      usage: usage ?? null,
      status: statusOf(end),
      ...(end.kind === 'failed' && end.stopReason && {stop_reason: end.stopReason}),
      ...(end.kind === 'failed' && {
        error: {code: end.error.code, message: end.error.message, suggestions: end.error.suggestions},
      }),
      tools,
      permission_denials: denials,
      num_turns: steps,
      recoveries: this.#recoveries,
      duration_ms: Math.round(performance.now() - this.#started),
    }
  }
}

function statusOf(end: End): PrintResult['status'] {
  if (end.kind === 'complete') return 'complete'
  if (end.kind !== 'failed') return 'interrupted'
  return end.error.exit === exitCodes.incomplete ? 'incomplete' : 'error'
}

function closeReason(end: End): 'quit' | 'parent-signal' | 'memory' {
  if (end.kind === 'failed' && end.error.exit === exitCodes.memoryCritical) return 'memory'
  return end.kind === 'signal' && end.signal !== 'SIGINT' ? 'parent-signal' : 'quit'
}

/** `0.3 s`, `20 s`. */
function seconds(ms: number): string {
  return `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)} s`
}
