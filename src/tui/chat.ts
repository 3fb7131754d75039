import {messageOf} from '../errors.js'
import {type Bindings, bindingsOf} from '../keys/bindings.js'
import {firstKey, type KeyNames} from '../keys/text.js'
import type {InFlight} from '../lifecycle/events.js'
import {homeFiles} from '../platform.js'
import {capabilities} from '../protocol/capabilities.js'
import type {GatewayEvent} from '../protocol/events.js'
import type {SessionOpened} from '../protocol/methods.js'
import type {AdoptedGateway, ExitReport, SessionTarget, SupervisorView} from '../supervisor/types.js'
import type {RequestError} from '../supervisor/wire/request-error.js'
import {AnswerDesk, type AnswerWords} from './answers.js'
import {AskingDesk} from './asking.js'
import {commandContext} from './command-context.js'
import {argumentsFor} from './commands/gateway/arguments.js'
import {CommandDesk, isBuiltIn} from './commands/gateway/desk.js'
import {setEffort, setModel} from './commands/model-commands.js'
import {runCommand, slashCommands} from './commands/registry.js'
import {chooseFiles, choosePrompt, offerPrompts} from './commands/rewind/rewind.js'
import {listSessions} from './commands/session-commands.js'
import {chooseTheme} from './commands/theme-command.js'
import type {CommandContext, SlashCommand} from './commands/types.js'
import {CompletionDesk} from './completion/desk.js'
import {History} from './composer/history.js'
import {sentOf} from './composer/literal.js'
import {PastedTexts} from './composer/pasted.js'
import {parseCommand} from './composer/slash-command.js'
import {ImageDesk} from './images/desk.js'
import {Delivery} from './outbox/delivery.js'
import {SavedInput} from './outbox/saved-input.js'
import {
  brokenNotice,
  duration,
  goesOnNotice,
  type HowOpened,
  type Notice,
  openedNotices,
} from './session/announcement.js'
import {farewellText} from './session/farewell.js'
import {Meeting} from './session/meeting.js'
import {SharedSession} from './session/shared-session.js'
import {refusalText, SessionDesk} from './session-list/desk.js'
import {ShellDesk} from './shell/desk.js'
import {shellLine} from './shell/line.js'
import {DeltaBatch} from './state/delta-batch.js'
import {elsewhereOf} from './state/elsewhere.js'
import type {PickerChoice} from './state/picker.js'
import type {ChatChange, InflightPolicy} from './state/policy.js'
import {onReturn} from './state/returned.js'
import {type ChatState, initialState, isBusy, isLive} from './state/state.js'
import {Store} from './state/store.js'
import {keepsReplies} from './state/unanswered.js'
import type {Tone} from './transcript/items.js'
import type {ChatOptions, TerminalServices} from './types.js'

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
  readonly #answers: AnswerDesk
  readonly #desk: CommandDesk
  readonly #meeting: Meeting
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
      this.#answers.shown(question),
    )
    this.#answers = new AnswerDesk({
      store: this.store,
      supervisor: settings.supervisor,
      now: this.#now,
      notice: (tone, text) => this.notice(tone, text),
    })
    this.#meeting = new Meeting({
      store: this.store,
      supervisor: settings.supervisor,
      desk: this.#desk,
      newHome: settings.newHome ?? false,
      notice: (tone, text) => this.notice(tone, text),
    })
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

  /** Answers the question that is next; `undefined` declines it. */
  answer(value: string | undefined, words: AnswerWords = {}): void {
    this.#answers.answer(value, words)
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

  /** What is said when the chat ends; `stays`: the gateway works on. */
  farewell({stays = false} = {}): string | undefined {
    return farewellText(this.state, {stays, queueWhileDetached: this.#settings.queueWhileDetached})
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

  #onSession(opened: SessionOpened, how: HowOpened, downtimeMs: number | undefined): void {
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
    void this.#meeting.meet()
    if (how === 'created' && !this.#chooses) void this.#meeting.welcome()
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
    void this.#meeting.welcome()
    this.store.dispatch({type: 'release'}, {type: 'edit', action: {type: 'paste', text: typed}})
    this.delivery.pump()
  }

  /** What is typed before the list is there is meant for it. */
  #takeTyped(): string {
    const {text} = this.state.editor
    this.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
    return text
  }

  #announce(how: HowOpened, before: ChatState, opened: SessionOpened, downtimeMs: number | undefined): void {
    const facts = {verb: this.#verb, wantsLatest: this.#wantsLatest, cwd: this.#settings.cwd}
    this.#tell(...openedNotices({...facts, how, before, after: this.state, opened, downtimeMs}))
    if (how === 'created') return
    const {session, broken} = this.state
    const news = this.#brokeOff || before.turn !== undefined || before.broken?.promptId !== broken?.promptId
    this.#brokeOff = false
    if (opened.auto_continue) this.#tell(goesOnNotice(opened.auto_continue.attempt, this.state))
    if (opened.auto_continue || this.state.turn) return
    const again = how === 'recovered' || before.session.key === session.key
    // What broke off earlier was told then, and was left to the person then.
    if (!broken || (again && !news)) return
    const outcome = how === 'recovered' ? this.delivery.afterRecovery(this.#configured.inflight) : 'kept'
    if (outcome === 'kept') this.#tell(brokenNotice({...this.state, broken}, {again}))
  }

  #tell(...notices: readonly Notice[]): void {
    for (const {tone, text} of notices) this.notice(tone, text)
  }

  /** `command`: as it was typed; default it was chosen otherwise. */
  #context(command?: string): CommandContext {
    const {supervisor, cwd, doctor} = this.#settings
    return commandContext(
      {
        store: this.store,
        supervisor,
        delivery: this.delivery,
        folded: (text) => this.history.folded(text),
        commands: this.commands,
        learn: () => this.#meeting.learn(),
        bindings: this.bindings,
        key: this.key,
        terminal: this.#terminal,
        stderr: this.#stderr,
        crashLog: this.crashLog,
        cwd,
        doctor,
        taken: (elsewhere) => this.#shared.taken(elsewhere, false),
        open: (target) => this.open(target),
        commandOutput: () => this.shell.output(),
        images: this.images,
        keepMode: (mode) => this.#settings.keepMode?.(mode),
        recover: () => this.recover(),
        quit: () => this.quit(),
        detach: () => this.detach(),
      },
      command,
    )
  }
}

const askedThere = 'there it waits for an answer'

function isQuestion({type}: GatewayEvent): boolean {
  return /^(approval|clarify|sudo|secret)\.request$|^gateway\.request$/.test(type)
}
