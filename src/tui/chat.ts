import {messageOf} from '../errors.js'
import {type Bindings, bindingsOf} from '../keys/bindings.js'
import {firstKey, type KeyNames} from '../keys/text.js'
import type {InFlight} from '../lifecycle/events.js'
import {homeFiles} from '../platform.js'
import {capabilities} from '../protocol/capabilities.js'
import type {GatewayEvent} from '../protocol/events.js'
import type {SessionOpened} from '../protocol/methods.js'
import type {AdoptedGateway, ExitReport, SessionTarget, SupervisorView} from '../supervisor/types.js'
import {RequestError} from '../supervisor/wire/request-error.js'
import {AskingDesk} from './asking.js'
import {argumentsFor} from './commands/gateway/arguments.js'
import {CommandDesk, isBuiltIn} from './commands/gateway/desk.js'
import {execSlash} from './commands/gateway/run.js'
import {missingSetup} from './commands/gateway/setup.js'
import {setEffort, setModel} from './commands/model-commands.js'
import {runCommand, slashCommands} from './commands/registry.js'
import {chooseFiles, choosePrompt, offerPrompts} from './commands/rewind/rewind.js'
import {listSessions} from './commands/session-commands.js'
import {chooseTheme} from './commands/theme-command.js'
import type {CommandContext, HelpRow, SlashCommand, ThemeControl} from './commands/types.js'
import {CompletionDesk} from './completion/desk.js'
import {History} from './composer/history.js'
import {sentOf} from './composer/literal.js'
import {PastedTexts} from './composer/pasted.js'
import {parseCommand} from './composer/slash-command.js'
import {ImageDesk} from './images/desk.js'
import {Delivery, POISON_DEATHS} from './outbox/delivery.js'
import {SavedInput} from './outbox/saved-input.js'
import type {SessionRequest} from './outbox/take-back.js'
import {refusedWords} from './refused.js'
import {refusalText, SessionDesk} from './session-list/desk.js'
import {SharedSession} from './shared-session.js'
import {ShellDesk} from './shell/desk.js'
import {shellLine} from './shell/line.js'
import {type Asked, answerPart} from './state/asked.js'
import {DeltaBatch} from './state/delta-batch.js'
import {elsewhereOf} from './state/elsewhere.js'
import type {PickerChoice} from './state/picker.js'
import type {ChatChange, InflightPolicy} from './state/policy.js'
import {queued} from './state/prompts.js'
import type {Question} from './state/question.js'
import {onReturn} from './state/returned.js'
import {type ChatState, initialState, isBusy, isLive, notice} from './state/state.js'
import {causeText} from './state/status/status.js'
import {Store} from './state/store.js'
import {keepsReplies} from './state/unanswered.js'
import {elapsed} from './text/amounts.js'
import {placeOf} from './text/place.js'
import {oneLine} from './text/sanitize.js'
import type {ItemBody, Tone} from './transcript/items.js'
import type {ChatOptions} from './types.js'
import {welcomeItems} from './welcome.js'

/** Streamed text is drawn at most this often. */
export const FRAME_MS = 25

const RESIZE_MS = 100

/** A gateway that goes on with a turn by itself builds its agent first, and gives that 120 s. */
const AWAITED_MS = 150_000
const STDERR_LINES = 200

export type ChatSettings = Pick<
  ChatOptions,
  | 'supervisor'
  | 'home'
  | 'showReasoning'
  | 'initialPrompt'
  | 'choose'
  | 'awayMs'
  | 'queueWhileDetached'
  | 'terms'
  | 'adopted'
  | 'reach'
  | 'commands'
  | 'takeOver'
  | 'keepMode'
  | 'keys'
  | 'doctor'
  | 'newHome'
> & {
  inflight?: InflightPolicy | undefined
  crashLog?: string | undefined
  cwd: string
  now?: () => number
  /** How long a gateway that goes on with a turn by itself may take to begin, milliseconds; default 150 000. */
  awaitedMs?: number
  /** Milliseconds of a clock that only goes forward, for keys and questions; default that of Node. */
  monotonic?: () => number
}

/** What the chat needs of the terminal beyond drawing. */
export interface TerminalServices {
  write(data: string): void
  themes?: ThemeControl
  /** What keys do, where the table does not hold: in a terminal's own line. */
  lineKeys?: readonly HelpRow[]
  /** On what it depends whether the terminal takes what is sent to its clipboard; default on the terminal. */
  clipboard?: string
}

/**
 * The chat without its screen: what the supervisor tells becomes state, and what the person does
 * becomes requests. Everything here can be driven without a terminal.
 */
export class Chat {
  readonly store: Store
  readonly delivery: Delivery
  readonly asking: AskingDesk
  readonly completion: CompletionDesk
  readonly shell: ShellDesk
  readonly images: ImageDesk
  readonly history: History
  readonly pasted: PastedTexts
  readonly sessions: SessionDesk
  readonly crashLog: string
  /** What keys do. */
  bindings: Bindings
  /** The keys that hints name. */
  readonly key: KeyNames = (action) => firstKey(this.bindings.rows, action)
  /** Resolves when the person wants to leave. */
  readonly quitting: Promise<void>
  /** What runs is to go on without a terminal. */
  detaches = false
  readonly #settings: ChatSettings
  readonly #desk: CommandDesk
  readonly #saved: SavedInput
  readonly #shared: SharedSession
  readonly #deltas: DeltaBatch
  readonly #stderr: string[] = []
  readonly #now: () => number
  readonly #unsubscribe: (() => void)[] = []
  #resolveQuit: () => void = () => {}
  #resizeTimer: NodeJS.Timeout | undefined
  #awaited: NodeJS.Timeout | undefined
  /** The person asked for another session. A new one that replaces a session without prompts keeps draft and queue. */
  #leaving = false
  /** How the session that is being opened is announced. */
  #verb = ''
  /** A reply ended that the person did not stop, and it has not been said yet. */
  #brokeOff = false
  #terminal: TerminalServices | undefined
  /** The person wanted the last session of this folder, and does not know yet that there is none. */
  #wantsLatest = false
  /** The person wanted to choose one, and has not yet. */
  #chooses = false
  /** What was said on the command line is sent to the session that was chosen. */
  #goesOut = false
  /** Asked for on the command line: for every new session of this run. */
  #model: string | undefined
  #configured: Pick<ChatChange, 'showReasoning' | 'inflight'>
  /** A gateway of another chat, whose session is about to be opened. */
  #adopted: AdoptedGateway | undefined
  /** Asked for on the command line of a chat that came back in mid-reply. */
  #modelToCome: string | undefined
  /** Gateways up to this generation work by a configuration that was changed since. */
  #outdated = -1
  #welcomed = false

  constructor(settings: ChatSettings) {
    const files = homeFiles(settings.home)
    this.#settings = settings
    this.#adopted = settings.adopted
    this.#configured = {showReasoning: settings.showReasoning, inflight: settings.inflight ?? 'keep'}
    this.#desk = new CommandDesk([...slashCommands, ...(settings.commands ?? [])])
    this.#now = settings.now ?? Date.now
    this.bindings = bindingsOf(settings.keys ?? {})
    this.crashLog = settings.crashLog ?? files.crashLog
    this.store = new Store(
      initialState({view: settings.supervisor.view, showReasoning: settings.showReasoning, cwd: settings.cwd}),
    )
    this.asking = new AskingDesk(this.store, settings.monotonic ?? (() => performance.now()), (question) =>
      this.#shown(question),
    )
    this.completion = new CompletionDesk({
      store: this.store,
      commands: () => this.commands,
      request: (method, params, timeoutMs) => settings.supervisor.request(method, params, timeoutMs),
      submit: (text) => this.submit(text),
    })
    this.delivery = new Delivery(this.store, settings.supervisor, this.#now, {
      elsewhere: (error) => this.#takenOver(error),
      reopen: () => this.#reopen(),
      imagesOf: (text) => this.pasted.images(text),
      folded: (text) => this.history.folded(text),
    })
    this.#shared = new SharedSession({
      store: this.store,
      supervisor: settings.supervisor,
      takeOver: settings.takeOver ?? false,
      reach: settings.reach,
      move: (target, adopt, {carry, verb}) => {
        this.#leaving = !carry
        if (!carry) this.#saved.leave()
        this.#verb = verb
        this.#adopted = adopt
        settings.supervisor.move(target, adopt)
      },
      open: (target, {carry, verb}) => {
        if (!this.open(target)) return
        if (carry) this.#leaving = false
        this.#verb = verb
      },
    })
    this.pasted = new PastedTexts(files.pasted, files.outbox)
    this.history = new History(files.history, this.pasted)
    this.images = new ImageDesk({
      store: this.store,
      pasted: this.pasted,
      cwd: settings.cwd,
      notice: (tone, text) => this.notice(tone, text),
    })
    this.shell = new ShellDesk({
      store: this.store,
      pasted: this.pasted,
      now: this.#now,
      request: (method, params, timeoutMs) => settings.supervisor.request(method, params, timeoutMs),
    })
    this.sessions = new SessionDesk(this.store, settings.supervisor, {
      notice: (tone, text) => this.notice(tone, text),
      folder: () => settings.cwd,
    })
    this.#saved = new SavedInput(this.store, this.history, this.pasted, {
      folder: files.outbox,
      cwd: settings.cwd,
      key: this.key,
    })
    this.#deltas = new DeltaBatch(FRAME_MS, (held) =>
      this.store.dispatch(...held.map((each) => ({...each, now: this.#now()}))),
    )
    this.quitting = new Promise((resolve) => {
      this.#resolveQuit = resolve
    })
  }

  get state(): ChatState {
    return this.store.state
  }

  /** What can be typed after a slash. */
  get commands(): readonly SlashCommand[] {
    return this.#desk.all
  }

  /** Listens to the supervisor and starts it. */
  start(target: SessionTarget, terminal?: TerminalServices): void {
    this.#terminal = terminal
    this.#model = target.model
    this.#wantsLatest = target.kind === 'latest'
    const {supervisor, initialPrompt, awayMs, choose = false} = this.#settings
    this.#chooses = choose
    if (awayMs !== undefined) this.#verb = `after ${duration(awayMs)} without a terminal, back in`
    this.#unsubscribe.push(
      supervisor.on('view', (view) => this.#onView(view)),
      supervisor.on('event', (event) => this.#onEvent(event)),
      supervisor.on('death', (exit) => this.#onDeath(exit)),
      supervisor.on('session', (opened, how, downtimeMs) => this.#onSession(opened, how, downtimeMs)),
      supervisor.on('stderr', (line) => {
        this.#stderr.push(line)
        if (this.#stderr.length > STDERR_LINES) this.#stderr.shift()
      }),
    )
    if (target.kind === 'new' && !choose) this.#saved.takeOrphans()
    if (initialPrompt?.trim()) this.delivery.enqueue(initialPrompt)
    supervisor.start(target)
  }

  /** Nothing is heard or written after this; the draft is on disk. */
  stop(): void {
    this.#deltas.flush()
    this.#saved.stop()
    clearTimeout(this.#resizeTimer)
    clearTimeout(this.#awaited)
    this.asking.stop()
    this.completion.stop()
    this.sessions.stop()
    this.#shared.stop()
    this.delivery.stop()
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
  }

  /** Leaves; what runs goes on without a terminal. */
  detach(): void {
    this.detaches = true
    this.quit()
  }

  quit(): void {
    this.store.dispatch({type: 'closing'})
    this.#resolveQuit()
  }

  /** A line was entered: a command, or a prompt; with `steers` one for the turn that runs. */
  submit(text: string, {steers = false}: {steers?: boolean} = {}): void {
    if (this.state.elsewhere && !parseCommand(text)) {
      this.#shared.ask()
      return
    }
    if (text.trim() === '') {
      this.store.dispatch({type: 'release'})
      this.delivery.pump()
      return
    }
    const whole = this.pasted.expand(text)
    if (whole.missing.length > 0) {
      this.notice(
        'warn',
        `${whole.missing.join(', ')}: what it stands for is not kept any more · delete it, or paste it again`,
      )
      return
    }
    this.history.add(text)
    // What was pasted runs nothing.
    const line = shellLine(text) === undefined ? undefined : shellLine(whole.text)
    if (line !== undefined) {
      if (this.shell.run(line)) this.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
      return
    }
    if (parseCommand(text) && runCommand(this.#context(text.trim()), whole.text)) {
      this.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
      return
    }
    const sent = {fromDraft: true, folded: sentOf(text)}
    if (steers) this.delivery.steer(sentOf(text, whole.text), sent)
    else this.delivery.enqueue(sentOf(text, whole.text), sent)
  }

  /** Interrupts the running turn; false if none runs. */
  interrupt(): boolean {
    const {turn, view, elsewhere, compacting} = this.state
    if (!turn && compacting !== undefined) return this.#endCompaction()
    if (turn && elsewhere?.watched) {
      this.notice('info', 'it is only watched here: nothing was interrupted · Enter: take it over, …')
      return true
    }
    if (!turn || !view.session) return false
    this.store.dispatch({type: 'interrupting'})
    this.#settings.supervisor
      .request('session.interrupt', {session_id: view.session.liveId})
      // A turn that has not begun ends without a word.
      .then(() => this.#giveUpAwaited('the gateway does not go on with the reply · /retry asks again'))
      .catch((error) => this.notice('warn', `the turn could not be interrupted: ${messageOf(error)}`))
    return true
  }

  /** The Python gateway takes an interrupt between turns for one of the next turn. */
  #endCompaction(): boolean {
    const {view} = this.state
    if (!view.session || !isBuiltIn(view.capabilities)) return false
    this.#settings.supervisor
      .request('session.interrupt', {session_id: view.session.liveId})
      .catch((error) => this.notice('warn', `the compaction could not be ended: ${messageOf(error)}`))
    return true
  }

  /**
   * Answers the question that is next; `undefined` declines it. `rule`: the offer of an approval that was chosen;
   * `reason`: what to do instead.
   */
  answer(value: string | undefined, {rule, reason}: {rule?: string; reason?: string} = {}): void {
    const [question] = this.state.questions
    if (!question) return
    if (question.asked) this.#answerRequest(question, question.asked, value, reason)
    else this.#answerEvent(question, value, {rule, reason})
  }

  /** The way of the wire before autumn 2026: a method for each kind of question. */
  #answerEvent(
    question: Question,
    value: string | undefined,
    {rule, reason}: {rule?: string | undefined; reason?: string | undefined},
  ): void {
    const liveId = this.state.view.session?.liveId
    this.store.dispatch({type: 'answered', now: this.#now()})
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
    this.#settings.supervisor.request(method, params).catch((error) => {
      this.notice('warn', `the answer came too late: ${messageOf(error)}`)
      if (words && (told !== undefined || question.kind === 'clarify')) this.store.dispatch({type: 'keep-words', words})
    })
  }

  /** Tab behind a command: a gateway of somebody else's knows what may follow. */
  async completeArguments(): Promise<void> {
    const {editor, view} = this.state
    const draft = editor.text
    if (!parseCommand(draft) || !view.session || isBuiltIn(view.capabilities)) return
    const found = await argumentsFor(draft, (text) => this.#settings.supervisor.request('complete.slash', {text}))
    // What was typed meanwhile wins.
    if (found === undefined || this.state.editor.text !== draft) return
    if (found.draft !== draft) this.store.dispatch({type: 'edit', action: {type: 'load', text: found.draft}})
    if (found.choices.length > 1) this.store.dispatch({type: 'hint', text: found.choices.join('  ')})
  }

  /** The way since autumn 2026: a response under the id of the request, once all of its questions are answered. */
  #answerRequest(question: Question, asked: Asked, value: string | undefined, reason: string | undefined): void {
    const {supervisor} = this.#settings
    const now = this.#now()
    const approves = question.kind === 'approval'
    const answered = approves ? {kind: 'done' as const, result: {choice: value ?? 'deny'}} : answerPart(asked, value)
    if (approves && reason) this.#keepReason(reason)
    if (answered.kind === 'next') {
      this.store.dispatch({type: 'answered', now, asked: answered.asked})
      // Should time run out for the rest, this one holds.
      if (answered.lock) {
        supervisor.request('clarify.lock', {request_id: String(asked.id), ...answered.lock}).catch(() => {})
      }
      return
    }
    this.store.dispatch({type: 'answered', now})
    const words = question.masked || approves ? '' : question.editor.text
    void supervisor.answer(asked.id, answered.result).then((taken) => {
      if (taken) return
      this.notice('warn', 'the answer came too late: the gateway does not wait for it any more')
      if (words) this.store.dispatch({type: 'keep-words', words})
    })
  }

  #keepReason(reason: string): void {
    this.store.dispatch({type: 'keep-words', words: reason})
    this.notice('info', 'denied · this gateway does not tell its model why: your words are in the draft')
  }

  /** A question can be read now: the time that the gateway gives for an approval begins. */
  #shown({asked, requestId}: Question): void {
    const liveId = this.state.view.session?.liveId
    if (asked?.method !== 'approval' || !liveId) return
    const {supervisor} = this.#settings
    supervisor.request('approval.received', {session_id: liveId, request_id: requestId}).catch(() => {})
  }

  pick(choice: PickerChoice): void {
    const {kind, first} = this.state.picker ?? {}
    this.store.dispatch({type: 'pick', picker: undefined})
    if (kind === 'session' && this.open({kind: 'stored', key: choice.value}) && first) {
      this.#leaving = false
      this.#goesOut = first === 'chosen'
    }
    if (kind === 'elsewhere') this.#shared.choose(choice.value)
    if (kind === 'model') void setModel(this.#context(), choice.value)
    if (kind === 'effort') void setEffort(this.#context(), choice.value)
    if (kind === 'theme') chooseTheme(this.#context(), choice.value)
    if (kind === 'rewind') void choosePrompt(this.#context(), Number(choice.value))
    if (kind === 'rewind-files') void chooseFiles(this.#context(), choice.value)
  }

  /** Shows the earlier prompts of this session, one of which may be edited. */
  rewind(): void {
    void offerPrompts(this.#context())
  }

  /** False where it has to wait. */
  open(target: SessionTarget): boolean {
    const {view, session} = this.state
    // What was queued for the session that comes back must not go to the other one.
    if (session.key !== undefined && (view.recovering || view.phase === 'exhausted')) {
      const until = view.phase === 'exhausted' ? 'after /recover' : 'when the status says ready'
      this.notice('warn', `this session comes back first: try again ${until}`)
      return false
    }
    this.#shared.stop()
    this.#leaving = true
    this.#saved.leave()
    this.#verb = ''
    if (view.watched) {
      this.#settings.supervisor.move(target)
      return true
    }
    const model = target.kind === 'new' ? (target.model ?? this.#model) : undefined
    this.#settings.supervisor.open(model === undefined ? target : {...target, model})
    return true
  }

  recover(): void {
    const {view} = this.state
    if (view.problem && !view.session) {
      this.store.dispatch({type: 'elsewhere', elsewhere: undefined})
      this.#settings.supervisor.recover()
    } else if (view.phase === 'exhausted') this.#settings.supervisor.recover()
    else this.notice('info', 'the gateway is not down: nothing to recover')
  }

  /** The configuration was changed. */
  configure({showReasoning, inflight, keys, replaceGateway}: ChatChange): void {
    if (keys) this.bindings = bindingsOf(keys)
    if (showReasoning !== this.#configured.showReasoning)
      this.store.dispatch({type: 'show-reasoning', show: showReasoning})
    this.#configured = {showReasoning, inflight}
    if (replaceGateway) this.#outdated = this.#settings.supervisor.view.generation
    this.#replaceWhenIdle()
  }

  /** The terminal has another width. */
  resized(columns: number): void {
    clearTimeout(this.#resizeTimer)
    this.#resizeTimer = setTimeout(() => {
      const liveId = this.state.view.session?.liveId
      if (!liveId) return
      // Only a gateway that draws for the terminal cares; that it failed changes nothing.
      this.#settings.supervisor.request('terminal.resize', {session_id: liveId, cols: columns}).catch(() => {})
    }, RESIZE_MS)
  }

  notice(tone: Tone, text: string): void {
    this.store.dispatch({type: 'print', items: [{kind: 'notice', tone, text}]})
  }

  /** How to come back, when there is something to come back to, and what waits there. */
  farewell({stays = false} = {}): string | undefined {
    const {session, items, prompts, editor, held} = this.state
    const said = items.some((item) => item.kind === 'user' || item.kind === 'assistant')
    const waiting = queued(prompts).length
    const kept = [
      ...(editor.text.trim() === '' ? [] : ['a draft']),
      ...(waiting === 0 ? [] : [waiting === 1 ? 'a queued prompt' : `${waiting} queued prompts`]),
    ].join(' and ')
    if (this.state.view.watched && session.key) {
      const again = `Watch it again with: hermes attach --watch ${session.key}`
      return kept && this.state.inputSaved ? `${again}\nKept for the next hermes chat here: ${kept}` : again
    }
    const back = stays ? 'It works on without a terminal: hermes attach' : 'Resume with: hermes chat --resume'
    const lines = session.key && (said || stays) ? [`${back} ${session.key}`] : []
    if (kept && !this.state.inputSaved) lines.push(`Not kept, it could not be saved: ${kept}`)
    else if (kept && stays && this.#settings.queueWhileDetached && !held && editor.text.trim() === '') {
      lines.push(`Sent meanwhile: ${kept}`)
    } else if (kept) lines.push(`Kept for ${lines.length > 0 ? 'then' : 'the next hermes chat here'}: ${kept}`)
    return lines.length > 0 ? lines.join('\n') : undefined
  }

  /** What a turn in flight has shown, for the record of a death. */
  inFlight(): InFlight | undefined {
    const {turn} = this.state
    return turn && {promptId: turn.promptId, replyChars: turn.text.length, openTools: turn.open.length}
  }

  #onView(view: SupervisorView): void {
    this.#deltas.flush()
    const wasExhausted = this.state.view.phase === 'exhausted'
    const problem = view.problem && view.problem !== this.state.view.problem ? view.problem : undefined
    // While another session is opened the one before it may still stay.
    if (!view.session && view.phase !== 'resuming') this.delivery.lost()
    this.store.dispatch({type: 'view', view})
    if (view.phase === 'exhausted' && !wasExhausted) {
      this.notice('error', `the gateway is down and not started again by itself · details in ${this.crashLog}`)
    }
    if (problem) this.#refused(problem, view.session !== undefined)
    const {session} = view
    if (session?.key && !view.watched && this.delivery.isConfirmed(session.liveId)) this.#saved.followKey(session.key)
    if (!this.#replaceWhenIdle()) this.delivery.pump()
  }

  /** Between two turns nothing is in flight; true where what is queued has to wait for the next gateway. */
  #replaceWhenIdle(): boolean {
    const {view} = this.state
    if (view.generation > this.#outdated || isBusy(this.state) || !isLive(this.state)) return false
    this.#settings.supervisor.restart('configuration changed')
    return true
  }

  #refused(problem: NonNullable<SupervisorView['problem']>, stays: boolean): void {
    this.#leaving = false
    this.#saved.stay()
    const elsewhere = elsewhereOf(problem, false)
    if (elsewhere) this.#shared.refused(elsewhere, stays)
    else if (!this.sessions.offer(problem)) this.notice('error', refusalText(problem, stays))
  }

  /** The gateway said that it would go on with a turn, and has not begun. */
  #giveUpAwaited(text: string): void {
    const {turn} = this.state
    if (turn?.attempt === undefined || turn.started) return
    this.store.dispatch({type: 'turn-failed'})
    this.notice('warn', text)
    this.delivery.pump()
  }

  /** The gateway does not know the live session any more. */
  #reopen(): boolean {
    const {key} = this.state.session
    if (key === undefined) return false
    this.#settings.supervisor.open({kind: 'stored', key})
    return true
  }

  #takenOver(error: RequestError): void {
    const elsewhere = elsewhereOf(error, true)
    if (elsewhere) this.#shared.taken(elsewhere, false)
  }

  #onEvent(event: GatewayEvent) {
    if (this.state.view.watched && isQuestion(event)) return this.notice('info', askedThere)
    if (event.type === 'message.delta') return this.#deltas.text(event.payload.text)
    if (event.type === 'reasoning.delta') return this.#deltas.reasoning(event.payload.text)
    if (event.type === 'thinking.delta') return this.#deltas.passing(event.type, event)
    if (event.type === 'tool.progress') {
      const {tool_id: id, name} = event.payload
      return this.#deltas.passing(`${event.type} ${id ?? name}`, event)
    }
    this.#deltas.flush()
    // A gateway that is asked to end from outside says that the turn is over before it goes; nobody here wanted that.
    if (event.type === 'message.start') this.#brokeOff = false
    if (event.type === 'message.complete' && event.payload.status === 'interrupted' && !event.payload.warning) {
      this.#brokeOff ||= this.state.turn?.interrupting === false
    }
    this.store.dispatch({type: 'event', event, now: this.#now()})
    const idle = event.type === 'session.info' && event.payload.running === false
    const {key, title} = this.state.session
    if (event.type === 'error' && event.payload.code === 'session/taken-over' && key !== undefined) {
      this.#shared.taken({key, title: title ?? '', pid: undefined, since: 0, taken: true}, true)
    }
    const replaced = this.#replaceWhenIdle()
    if (!replaced && (event.type === 'message.complete' || event.type === 'error' || idle)) {
      this.#goOn(() => this.delivery.free())
    }
    if (event.type === 'message.complete') void this.#learnTitle()
  }

  /** The reference makes a title after the first turn and does not say so; nor does it when a session is opened. */
  async #learnTitle(): Promise<void> {
    const {session, view} = this.state
    if (session.title || !view.session) return
    try {
      const {title} = await this.#settings.supervisor.request('session.title', {session_id: view.session.liveId})
      const left = this.state.view.session?.liveId !== view.session.liveId
      if (!left && typeof title === 'string' && title) this.store.dispatch({type: 'session', session: {title}})
    } catch {
      // A title is decoration.
    }
  }

  #onDeath(exit: ExitReport): void {
    this.#deltas.flush()
    this.delivery.lost()
    this.#brokeOff ||= this.state.turn !== undefined
    // The view is that after the death: it knows whether the budget is spent.
    const recovers = this.#settings.supervisor.view.phase !== 'exhausted'
    this.store.dispatch({type: 'death', exit, recovers, now: this.#now()})
  }

  #onSession(opened: SessionOpened, how: 'created' | 'resumed' | 'recovered', downtimeMs: number | undefined): void {
    this.#deltas.flush()
    const before = this.state
    // Its change is told later; what follows here is sent to the session that it has.
    this.store.dispatch({type: 'view', view: this.#settings.supervisor.view})
    const key = opened.session_key ?? opened.stored_session_id ?? opened.resumed ?? opened.info.session_key
    const moved = this.#leaving && before.session.key !== undefined && before.session.key !== key
    this.#leaving = false
    // One that is recovered is as blank as it was.
    const blank = how === 'recovered' ? undefined : how === 'created'
    const {watched, pid} = this.state.view
    // What was typed for it, and what waits for it, are its client's.
    const typed = this.#chooses ? this.#takeTyped() : ''
    const restored = this.#saved.openSession(watched ? undefined : key, {leaving: moved, blank})
    this.store.dispatch({type: 'opened', opened, how, now: this.#now()})
    this.delivery.opened(opened.session_id)
    // It would have gone out without a terminal: that there is one again is no reason to ask.
    const {awayMs, queueWhileDetached} = this.#settings
    const comesBack = queueWhileDetached && awayMs !== undefined && before.session.key === undefined
    if ((comesBack || this.#goesOut) && !restored.held) this.store.dispatch({type: 'release'})
    this.#goesOut = false
    clearTimeout(this.#awaited)
    if (opened.auto_continue) {
      this.#awaited = setTimeout(
        () => this.#giveUpAwaited('the gateway did not go on with the reply, as it had said · /retry asks again'),
        this.#settings.awaitedMs ?? AWAITED_MS,
      )
    }
    if (watched && key !== undefined) {
      this.#watching(key, opened, {pid, restored, before})
      return
    }
    // Most likely it is left at once.
    if (!this.#chooses) this.#announce(how, before, opened, downtimeMs)
    this.#return()
    restored.announceRestored()
    if (this.#chooses) void this.#offerAll(typed)
    else if (this.#wantsLatest && how === 'created') void this.#offerOthers()
    void this.#meet()
    if (how === 'created' && !this.#chooses) void this.#welcome()
    this.#wantsLatest = false
    this.#chooses = false
    if (!keepsReplies(this.state.view.capabilities)) void this.#learnTitle()
    if (!this.#replaceWhenIdle()) this.#goOn(() => this.delivery.pump())
  }

  #watching(
    key: string,
    {status, info}: SessionOpened,
    {pid, restored, before}: {pid: number | undefined; restored: {announceRestored(): void}; before: ChatState},
  ): void {
    this.#shared.watching({key, title: info.title ?? '', pid})
    const name = info.title || 'a session without a title'
    const typed = before.editor.text.trim() === '' ? '' : ' · what you typed is kept'
    this.notice('info', `watching ${name}, read only · Enter: take it over, branch, …${typed}`)
    if (status === 'waiting') this.notice('info', askedThere)
    restored.announceRestored()
  }

  /** Between two turns: what is queued goes to the model that was asked for. */
  #goOn(next: () => void): void {
    const model = this.#modelToCome
    if (model !== undefined && isLive(this.state) && !isBusy(this.state)) {
      this.#modelToCome = undefined
      void setModel(this.#context(), model)
    }
    next()
  }

  /** Somebody else's terms may hold in the gateway: the stricter mode is asked for before anything else is. */
  #return(): void {
    const {terms, supervisor, keepMode} = this.#settings
    const {view, session} = this.state
    const adopted = this.#adopted
    this.#adopted = undefined
    if (!terms || !adopted || view.pid !== adopted.pid || !view.session) return
    const same = terms.works === adopted.works
    const {set, keep, replace, text} = onReturn(session.permissionMode, isBusy(this.state), {...terms, same})
    if (set) {
      supervisor
        .request('permissions.mode', {session_id: view.session.liveId, mode: set})
        .catch((error) => this.notice('error', `the permissions could not be made ${set}: ${messageOf(error)}`))
      this.store.dispatch({type: 'session', session: {permissionMode: set}})
    }
    if (keep) keepMode?.(keep)
    if (text) this.notice(set ? 'warn' : 'info', text)
    this.#modelToCome = terms.model
    if (replace) this.#outdated = view.generation
  }

  /** There is no session of this folder: the others are shown. What would be sent now may be meant for one of them. */
  async #offerOthers(): Promise<void> {
    // Another gateway tells no folders, and has opened the last one that it has.
    if (!this.state.view.capabilities.has(capabilities.journal)) return
    // A list that comes up under somebody's hands would take their keys.
    if (this.state.editor.text !== '') {
      return this.notice('info', 'no session of this folder yet · /sessions shows those of others')
    }
    this.store.dispatch({type: 'hold'})
    if (await listSessions(this.#context(), {first: 'latest'})) return
    this.store.dispatch({type: 'release'})
    this.delivery.pump()
  }

  /** The list that was asked for on the command line; `typed`: what it is to be narrowed by. */
  async #offerAll(typed: string): Promise<void> {
    this.store.dispatch({type: 'hold'})
    // A draft that was left behind is none.
    const isBlank = this.state.editor.text === ''
    const filter = () => (isBlank ? typed + this.#takeTyped() : typed)
    if (await listSessions(this.#context(), {first: 'chosen', filter})) return
    void this.#welcome()
    this.store.dispatch({type: 'release'}, {type: 'edit', action: {type: 'paste', text: typed}})
    this.delivery.pump()
  }

  /** What is typed before the list is there is meant for it. */
  #takeTyped(): string {
    const {text} = this.state.editor
    this.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
    return text
  }

  async #learn(): Promise<{commands: readonly SlashCommand[]; untrusted: string | undefined}> {
    const {view} = this.state
    if (isLive(this.state) && isBuiltIn(view.capabilities)) {
      await this.#desk.learn(view, (method) => this.#settings.supervisor.request(method, {}), true)
    }
    return {commands: this.commands, untrusted: this.#desk.untrusted}
  }

  /** A gateway is asked which commands it has, and somebody else's what it lacks. */
  async #meet(): Promise<void> {
    const {view} = this.state
    const request = (method: string) => this.#settings.supervisor.request(method, {})
    if (!(await this.#desk.learn(view, request))) return
    if (isBuiltIn(view.capabilities)) {
      // Told once: a gateway that took the place of another finds the same.
      if (view.generation > 1) return
      for (const problem of this.#desk.problems) this.notice('warn', oneLine(problem, 400))
      if (this.#desk.untrusted !== undefined) this.notice('info', oneLine(this.#desk.untrusted, 400))
      return
    }
    const missing = await missingSetup(request)
    if (missing) this.notice('warn', missing)
  }

  /** Once, for who is new here, and for who has nothing yet that answers. */
  async #welcome(): Promise<void> {
    const {view, session} = this.state
    const {newHome = false, supervisor} = this.#settings
    const isNew = newHome || session.model === 'offline'
    const hasBegun = () => this.state.items.some(({kind}) => kind === 'user')
    if (!isNew || this.#welcomed || !isBuiltIn(view.capabilities) || hasBegun()) return
    this.#welcomed = true
    const status = await supervisor.request('setup.found', {}).catch(() => ({}))
    const told = welcomeItems(status, session.model ?? '')
    // Never between a prompt and its reply.
    if (told.length > 0 && !hasBegun()) this.store.dispatch({type: 'aside', items: told})
  }

  #announce(
    how: 'created' | 'resumed' | 'recovered',
    before: ChatState,
    opened: SessionOpened,
    downtimeMs: number | undefined,
  ) {
    const {session, broken} = this.state
    // Its key is told where it is of use: by /status, and when one leaves.
    if (how === 'created') {
      // The header tells it where a new one was wanted.
      const place = this.#wantsLatest && session.cwd ? `in ${placeOf(session.cwd)}` : ''
      const fresh = ['new session', session.title, session.model, place].filter(Boolean).join(' · ')
      if (before.diedAt === undefined || before.session.key === undefined) return this.notice('info', fresh)
      return this.notice('good', `${fresh} · in place of the one that was lost: nothing had been said in it`)
    }
    if (how === 'recovered') {
      const time = downtimeMs === undefined ? '' : ` after ${duration(downtimeMs)}`
      const {lastExit} = this.state.view
      const cause = lastExit ? ` · cause: ${causeText(lastExit)} · /doctor explains it` : ''
      this.notice('good', `session recovered${time}${cause}`)
    } else if (before.session.key !== session.key || this.#verb) {
      const {title, cwd} = session
      const place = cwd ? ` · in ${placeOf(cwd)}` : ''
      this.notice('info', `${this.#verb || 'resumed'} ${title || 'a session without a title'}${place}`)
      if (opened.lost_cwd) {
        this.notice('warn', `its own folder ${placeOf(opened.lost_cwd)} is not there any more: its tools work here`)
      } else if (place && cwd !== this.#settings.cwd) {
        this.notice('warn', `its tools work there, where it was begun: you are in ${placeOf(this.#settings.cwd)}`)
      }
    }
    const news = this.#brokeOff || before.turn !== undefined || before.broken?.promptId !== broken?.promptId
    this.#brokeOff = false
    if (opened.auto_continue) {
      const {attempt} = opened.auto_continue
      const waits = queued(this.state.prompts).length > 0 ? ' · the queue waits for it' : ''
      this.notice('info', `the gateway goes on with the reply by itself (try ${attempt})${waits}`)
      return
    }
    if (this.state.turn) return
    const again = how === 'recovered' || before.session.key === session.key
    // What broke off earlier was told then, and was left to the person then.
    if (!broken || (again && !news)) return
    const outcome = how === 'recovered' ? this.delivery.afterRecovery(this.#configured.inflight) : 'kept'
    if (outcome !== 'kept') return
    const poisoned =
      broken.deaths >= POISON_DEATHS ? `. ${broken.deaths} gateways died on it, so it is not tried again by itself` : ''
    const {capabilities: offered} = this.state.view
    if (queued(this.state.prompts).length > 0 && !this.state.held) {
      return this.notice('warn', `the reply was interrupted${poisoned} · what is queued goes out now`)
    }
    const can = offered.has('continue') ? '/continue goes on with it · ' : ''
    if (keepsReplies(offered))
      return this.notice('warn', `the reply was interrupted${poisoned}. ${can}/retry asks again`)
    const what = again
      ? 'the reply was interrupted'
      : 'the last prompt has no reply: it was lost, unless another program is at it'
    const merged = 'your next prompt asks it along, unless /undo takes it back'
    this.notice('warn', `${what}. ${can}/retry asks again · ${merged}`)
  }

  /** `command`: as it was typed; default it was chosen otherwise. */
  #context(command?: string): CommandContext {
    const {supervisor} = this.#settings
    let echoed = command === undefined
    // With what it says, however long that takes: another command may be typed meanwhile.
    const say = (...items: ItemBody[]) => {
      const echo: ItemBody[] = echoed || command === undefined ? [] : [{kind: 'command', text: command}]
      echoed = true
      if (echo.length + items.length > 0) this.store.dispatch({type: 'aside', items: [...echo, ...items]})
    }
    const tell = (tone: Tone, text: string) => say(notice(tone, text))
    return {
      store: this.store,
      supervisor,
      delivery: this.delivery,
      folded: (text) => this.history.folded(text),
      commands: this.commands,
      learn: () => this.#learn(),
      bindings: this.bindings,
      key: this.key,
      lineKeys: this.#terminal?.lineKeys,
      stderr: this.#stderr,
      crashLog: this.crashLog,
      cwd: this.#settings.cwd,
      doctor: this.#settings.doctor,
      themes: this.#terminal?.themes,
      echo: () => say(),
      notice: tell,
      output: (text) => say({kind: 'output', text}),
      print: (items) => say(...items),
      ask: (method, params, timeoutMs) => this.#attempt((request) => request(method, params, timeoutMs), tell),
      attempt: (act) => this.#attempt(act, tell),
      busy: () => isBusy(this.state),
      slash: (line) =>
        this.#slash(line, {notice: tell, output: (text) => say({kind: 'output', text}), echo: () => say()}),
      open: (target) => this.open(target),
      copy: (text) => {
        this.#terminal?.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`)
        return this.#terminal?.clipboard ?? 'not each terminal takes it, and none says so'
      },
      commandOutput: () => this.shell.output(),
      images: this.images,
      keepMode: (mode) => this.#settings.keepMode?.(mode),
      recover: () => this.recover(),
      quit: () => this.quit(),
      detach: () => this.detach(),
    }
  }

  async #slash(
    line: string,
    {notice: tell, output, echo}: Pick<CommandContext, 'notice' | 'output' | 'echo'>,
  ): Promise<void> {
    const liveId = this.state.view.session?.liveId
    if (!isLive(this.state) || liveId === undefined) {
      return tell('warn', 'no session is open: try again when the status says ready')
    }
    const {delivery} = this
    await execSlash(
      {
        request: (method, params, timeoutMs) =>
          this.#settings.supervisor.request(method, {session_id: liveId, ...params}, timeoutMs),
        notice: tell,
        output,
        // Above the prompt that comes of it.
        prompt(text) {
          echo()
          delivery.enqueue(text)
        },
        prefill: (text) => this.store.dispatch({type: 'edit', action: {type: 'load', text}}),
      },
      line,
    )
  }

  async #attempt<T>(
    act: (request: SessionRequest) => Promise<T>,
    tell: (tone: Tone, text: string) => void,
  ): Promise<T | undefined> {
    const {view} = this.state
    if (!isLive(this.state) && !view.problem) {
      tell('warn', 'the gateway is not there yet: try again when the status says ready')
      return undefined
    }
    try {
      const id = view.session?.liveId ?? this.state.elsewhere?.key
      return await act((method, params, timeoutMs) => {
        const session = id === undefined || ofNoSession.has(method) ? {} : {session_id: id}
        return this.#settings.supervisor.request(method, {...session, ...params}, timeoutMs)
      })
    } catch (error) {
      const elsewhere = error instanceof RequestError ? elsewhereOf(error, true) : undefined
      if (elsewhere) this.#shared.taken(elsewhere, false)
      else tell('error', refusedWords(error))
      return undefined
    }
  }
}

const askedThere = 'there it waits for an answer'

function isQuestion({type}: GatewayEvent): boolean {
  return /^(approval|clarify|sudo|secret)\.request$|^gateway\.request$/.test(type)
}

/** A Python gateway refuses them with a session (autumn 2026). */
const ofNoSession: ReadonlySet<string> = new Set(['session.list', 'session.search'])

/** `84 ms`, `2.4 s`, `1m 05s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : elapsed(ms)
}

/** Without the members that are undefined. */
function defined(members: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
