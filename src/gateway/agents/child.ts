import type {Config} from '../../config/schema.js'
import {messageOf} from '../../errors.js'
import type {SubagentDenial} from '../../protocol/events.js'
import type {Gateway} from '../gateway.js'
import {mintLiveId} from '../ids.js'
import {endCommands} from '../jobs/session-commands.js'
import {LiveSession} from '../session/live-session.js'
import {assertStillOurs, isTheirs} from '../session/ownership/ownership.js'
import {SessionPermissions} from '../session/permissions.js'
import {Questions} from '../session/questions.js'
import {resumedTurn} from '../session/session-turns.js'
import {DELEGATED} from '../store/agents/agents.js'
import type {AgentPlace, AgentResult, AgentRow, EndedAgentState} from '../store/agents/types.js'
import type {Store} from '../store/types.js'
import {outputFolder} from '../tools/command/output-folder.js'
import {joinContinued} from '../turn/history.js'
import {hostTurn} from '../turn/host.js'
import {readStoredEnd} from '../turn/reply-end.js'
import {Stopwatch} from './stopwatch.js'
import type {AgentActivity} from './told.js'

export interface ChildOptions {
  gateway: Gateway
  store: Store
  parent: LiveSession
  row: AgentRow
  /** It does something else, or asks. */
  onActivity: (what: 'tool' | 'progress', activity: AgentActivity) => void
}

type Values = Pick<Config, 'agents.model' | 'agents.maxSteps' | 'agents.maxSeconds' | 'agents.maxTokens'>

/** How it is ended from outside. */
type Ending = 'stopped' | 'interrupted' | 'time' | 'tokens' | 'left'

/** So much is told of what was not allowed. */
const MAX_DENIALS = 50

/** A child has no more of these: nothing of it is deeper. */
const writingTools = new Set(['edit_file', 'write_file'])
const ofThePersonsOwn = new Set(['delegate_task', 'todo'])

/** A sub-agent at work: a session of its own, whose turn and calls are stored as those of any other. */
export class Child {
  readonly key: string
  readonly #options: ChildOptions
  #row: AgentRow
  #session: LiveSession | undefined
  #ending: Ending | undefined
  #watch: Stopwatch | undefined
  #activity: AgentActivity
  /** What nobody could be asked for. */
  readonly denials: SubagentDenial[] = []
  /** Previews of the calls that run, by their ids. */
  readonly #called = new Map<string, string>()

  constructor(options: ChildOptions) {
    this.#options = options
    this.#row = options.row
    this.key = options.row.key
    this.#activity = {steps: 0, tools: 0, tokens: 0, workedMs: options.row.workedMs, model: undefined, asks: false}
  }

  get row(): AgentRow {
    return this.#row
  }

  get activity(): AgentActivity {
    return {...this.#activity, workedMs: this.#watch?.ms ?? this.#activity.workedMs}
  }

  get questions(): Questions | undefined {
    return this.#session?.questions
  }

  /** Resolves when it is over: with its row, or undefined where it is left to whoever opens its session's next. */
  async run(): Promise<AgentRow | undefined> {
    const {gateway, store, parent} = this.#options
    const {values} = await gateway.services.config()
    store.agents.change(this.key, {state: 'working'})
    const watch = new Stopwatch({
      limitMs: values['agents.maxSeconds'] * 1000,
      counted: this.#row.workedMs,
      onUp: () => this.#end('time'),
    })
    this.#watch = watch
    watch.go()
    let state: EndedAgentState = 'error'
    let note: string | undefined
    let session: LiveSession | undefined
    try {
      const opened = await this.#open(values)
      session = opened.session
      note = opened.note
      if (this.#ending === undefined) state = await this.#work(session, values)
    } catch (error) {
      note = [note, messageOf(error)].filter(Boolean).join('; ')
    }
    watch.stand()
    session?.jobs?.end()
    if (session) await endCommands(gateway, session).catch(() => {})
    if (this.#ending === 'left' || isTheirs(gateway, store, parent.key)) {
      this.#attempt(() => store.agents.change(this.key, {workedMs: watch.ms}))
      return undefined
    }
    const result = this.#resultOf(note, watch.ms)
    const {place} = store.agents.one(this.key) ?? this.#row
    if (place?.ready && session) result.changes = await this.#conclude(place, session, result)
    if (!this.#attempt(() => store.agents.end(this.key, {state: this.#stateOf(state), result, workedMs: watch.ms}))) {
      return {...this.#row, state: this.#stateOf(state), result, place}
    }
    this.#row = store.agents.one(this.key) ?? this.#row
    return this.#row
  }

  /** The person stops it alone. */
  stop(): void {
    this.#end('stopped')
  }

  interrupt(): void {
    this.#end('interrupted')
  }

  /** What it does goes on in another process. */
  suspend(): void {
    this.#ending ??= 'left'
    this.#session?.suspend()
  }

  settleNow(): void {
    this.#ending ??= 'left'
    this.#session?.turn?.settleNow()
  }

  #end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    this.#session?.interrupt()
  }

  #stateOf(state: EndedAgentState): EndedAgentState {
    return this.#ending === undefined || this.#ending === 'left' ? state : this.#ending
  }

  async #open(values: Values): Promise<{session: LiveSession; note: string | undefined}> {
    const {gateway, store, parent} = this.#options
    const {task} = this.#row
    const model = task.model ?? values['agents.model'] ?? parent.model
    // Said now, and not after a worktree was made for it.
    if (model !== undefined) await (await gateway.services.registry()).resolve(model)
    this.#activity.model = model ?? (await (await gateway.services.registry()).defaultId())
    const workspace = await parent.permissions.workspace()
    let place: AgentPlace | undefined
    let note: string | undefined
    let cwd = parent.cwd
    if (task.write) {
      const made =
        (await parent.permissions.mode()) === 'plan'
          ? {why: 'plan mode: only reading is allowed now'}
          : await (await import('./worktree.js')).prepareWorktree({
              home: gateway.home,
              env: gateway.env,
              workspace,
              cwd: parent.cwd,
              key: this.key,
              name: task.name,
              place: this.#row.place,
              onPlace: (place) => store.agents.change(this.key, {place}),
            })
      if ('why' in made) note = `it had no tools that write: ${made.why}`
      else {
        place = made.place
        cwd = made.cwd
        note = made.note
      }
    }
    const missing = await this.#missingTools(task.tools ?? [])
    if (missing.length > 0) note = [note, `there is no tool ${missing.join(', ')}`].filter(Boolean).join('; ')
    const live = mintLiveId()
    const worktree = place && {folder: place.folder, repository: place.repository}
    const session: LiveSession = new LiveSession({
      id: live,
      key: this.key,
      title: task.name,
      model,
      effort: parent.effort,
      cwd,
      stored: store.session(this.key) !== undefined,
      questions: new Questions({
        emit: (type, payload) => gateway.emit(parent.id, type, {...payload, agent: task.name, subagent_id: this.key}),
        ask: (turnId, question) => store.ask(turnId, question),
        answer: (questionId, answer) =>
          store.atomically(() => {
            assertStillOurs(gateway, store, parent.key)
            return store.answer(questionId, answer)
          }),
        changed: () => this.#asksOrNot(session.questions.waiting),
        // With the turn all its questions go.
        withdrawn: (kind, id) => {
          if (this.#ending !== 'interrupted')
            gateway.emit(parent.id, `${kind}.expire`, {request_id: id, reason: 'stopped'})
        },
      }),
      permissions: new SessionPermissions({
        cwd,
        env: gateway.env,
        home: gateway.home,
        outputs: outputFolder(gateway.home, this.key),
        run: gateway.permissions,
        configured: () => gateway.services.permissions(),
        sessionRules: this.#sessionRules(worktree !== undefined),
        tell: (text) => gateway.emit(parent.id, 'status.update', {kind: 'warn', text: `${task.name}: ${text}`}),
        within: {permissions: parent.permissions, worktree},
      }),
      delegated: {
        parentKey: parent.key,
        instructions: instructionsOf(place, note),
        allows: (tool) =>
          !ofThePersonsOwn.has(tool) &&
          (place !== undefined || !writingTools.has(tool)) &&
          (task.tools === undefined || task.tools.includes(tool)),
        maxSteps: values['agents.maxSteps'],
      },
    })
    this.#session = session
    return {session, note}
  }

  /** Of a server of tools it is not known before it is asked. */
  async #missingTools(wanted: readonly string[]): Promise<string[]> {
    if (wanted.length === 0) return []
    const known = new Set((await this.#options.gateway.services.tools()).map(({name}) => name))
    return wanted.filter((name) => !known.has(name) && !name.startsWith('mcp__')).map((name) => name.slice(0, 60))
  }

  /** What is allowed where it only reads is allowed in the session that delegates; in a worktree, there alone. */
  #sessionRules(writes: boolean) {
    const {store, parent} = this.#options
    const key = writes ? this.key : parent.key
    return {
      list: () => (writes ? store.sessionRules(key) : []),
      add: (rule: string) => store.addSessionRule(key, rule),
      remove: (rule: string) => store.removeSessionRule(key, rule),
    }
  }

  /** The session's only turn, from its beginning or from where a process left it. */
  async #work(session: LiveSession, values: Values): Promise<EndedAgentState> {
    const {store} = this.#options
    const {task} = this.#row
    store.settleSession(this.key)
    const last = store.lastTurn(this.key)
    const known = last && endOf(last.status, last.error)
    if (known) return known
    const before = last ? store.usage(this.key).usage : {input: 0, output: 0}
    this.#activity.tokens = before.input + before.output
    const emitted = this.#emitter(session, this.#activity.tokens, values['agents.maxTokens'])
    const gateway: Gateway = Object.create(this.#options.gateway, {
      emit: {value: emitted},
      tellWatchers: {value: () => {}},
      handOver: {value: undefined},
    })
    const {promise, resolve} = Promise.withResolvers<EndedAgentState>()
    const host = {
      announce: false,
      onEnd: ({status, stopReason}: {status: 'complete' | 'interrupted' | 'error'; stopReason?: string}) =>
        resolve(status === 'interrupted' && stopReason === 'step-limit' ? 'steps' : status),
    }
    if (!last) {
      const prompt = [task.goal, task.context].filter(Boolean).join('\n\n')
      const row = {key: this.key, title: null, model: session.model ?? null, cwd: session.cwd, source: DELEGATED}
      const {turn} = store.beginTurn({session: row, promptId: `task-${this.key}`, prompt})
      session.stored = true
      hostTurn(gateway, session, store, turn, host).after?.()
    } else {
      const rows = store.messages(this.key)
      const {waiting, turn} = store.atomically(() => {
        const waiting = store.takeUpTurn(last.id, {byHand: true})
        return {waiting, turn: waiting?.turn ?? store.reopenTurn(last.id)}
      })
      session.questions.expect(waiting?.questions ?? [])
      this.#activity.tools = rows.filter(({tool}) => tool).length
      const resumed = resumedTurn(rows, waiting?.questions, {waits: waiting !== undefined})
      this.#activity.steps = resumed.steps
      hostTurn(gateway, session, store, turn, {...host, resumed}).after?.()
    }
    await session.turnDone
    // One whose end was not told did not end.
    resolve('error')
    return promise
  }

  /** Of what a turn tells, what is told of a sub-agent. */
  #emitter(session: LiveSession, tokensBefore: number, maxTokens: number): Gateway['emit'] {
    const stepsBefore = this.#activity.steps
    return (_id, type, payload = {}) => {
      const {turn} = session
      if (turn) {
        const {calls, usage} = turn.spent
        this.#activity.steps = stepsBefore + calls
        this.#activity.tokens = tokensBefore + usage.input + usage.output
      }
      if (type === 'tool.start') {
        this.#activity.tools++
        this.#called.set(String(payload.tool_id), String(payload.context ?? ''))
        this.#does({tool: {name: String(payload.name), preview: String(payload.context ?? '')}, text: undefined})
        this.#options.store.agents.change(this.key, {workedMs: this.#watch?.ms ?? 0})
        if (this.#activity.tokens >= maxTokens) this.#end('tokens')
      } else if (type === 'tool.complete') {
        this.#noteDenial(payload)
        this.#called.delete(String(payload.tool_id))
        if (this.#ending === undefined) this.#does({tool: undefined, text: 'thinking'})
      } else if (type === 'model.retry') {
        this.#does({tool: undefined, text: `waits for the model: ${String(payload.reason)}`})
      } else if (type === 'model.silent') {
        this.#does({tool: undefined, text: 'nothing comes from the model'})
      }
    }
  }

  #noteDenial({tool_id: id, name, context, result, status}: Record<string, unknown>): void {
    const {error, would_allow: rule} = (result ?? {}) as {error?: unknown; would_allow?: unknown}
    if (status !== 'denied' || this.denials.length >= MAX_DENIALS) return
    this.denials.push({
      tool_id: String(id),
      name: String(name),
      context: String(context ?? this.#called.get(String(id)) ?? ''),
      reason: String(error ?? 'not allowed'),
      ...(typeof rule === 'string' ? {would_allow: rule} : {}),
    })
  }

  #does(what: Pick<AgentActivity, 'tool' | 'text'>): void {
    this.#activity = {...this.#activity, ...what}
    this.#options.onActivity(what.tool ? 'tool' : 'progress', this.activity)
  }

  #asksOrNot(asks: boolean): void {
    if (asks === this.#activity.asks) return
    this.#activity.asks = asks
    if (asks) this.#watch?.stand()
    else if (this.#ending === undefined) this.#watch?.go()
    if (this.#ending === undefined) this.#options.onActivity('progress', this.activity)
  }

  #resultOf(note: string | undefined, workedMs: number): AgentResult {
    const {store} = this.#options
    const rows = store.session(this.key) ? joinContinued(store.messages(this.key)) : []
    const replies = rows.filter(({role}) => role === 'assistant')
    const said = replies.findLast(({text}) => text.trim() !== '')
    const {usage} = store.usage(this.key)
    const last = store.lastTurn(this.key)
    const end = readStoredEnd(last?.error ?? null)
    const why = end ? (end.stopReason === 'step-limit' ? undefined : end.warning) : (last?.error ?? undefined)
    const unknown = rows.flatMap(({tool}) => (tool?.state === 'unknown' ? `${tool.name} ${tool.context}`.trim() : []))
    const notes = [
      note,
      why,
      unknown.length > 0 ? `it is not known what became of: ${unknown.slice(0, 5).join(', ')}` : undefined,
    ]
    const told = notes.filter((each) => each !== undefined && each !== '').join('; ')
    return {
      text: said?.text.trim() ?? '',
      steps: replies.length,
      tokens: usage.input + usage.output,
      seconds: workedMs / 1000,
      ...(told === '' ? {} : {note: told}),
    }
  }

  async #conclude(place: AgentPlace, session: LiveSession, result: AgentResult): Promise<AgentResult['changes']> {
    const {gateway} = this.#options
    try {
      const {concludeWorktree} = await import('./worktree.js')
      const workspace = await session.permissions.workspace()
      return await concludeWorktree(place, {env: gateway.env, workspace, name: this.#row.task.name})
    } catch (error) {
      const what = `its worktree ${place.folder} could not be looked at: ${messageOf(error)}`
      result.note = [result.note, what].filter(Boolean).join('; ')
      return undefined
    }
  }

  /** What the store refuses is told again when the call goes on. */
  #attempt(act: () => unknown): boolean {
    try {
      act()
      return true
    } catch (error) {
      this.#options.gateway.diagnose(`[gateway-agents] ${this.key}: ${messageOf(error)}`)
      return false
    }
  }
}

/** How a turn ended that is over; undefined: it goes on. */
function endOf(status: string, error: string | null): EndedAgentState | undefined {
  if (status === 'complete' || status === 'error') return status
  return readStoredEnd(error)?.stopReason === 'step-limit' ? 'steps' : undefined
}

function instructionsOf(place: AgentPlace | undefined, note: string | undefined): string {
  const where = place
    ? `You work in a git worktree of your own (${place.folder}, branch ${place.branch}); nobody else writes there, and what you change is committed for you at the end. Never leave it.`
    : 'You may only read.'
  return [
    'You are a sub-agent: another agent gave you the task below, sees nothing of what you do, and gets your last message as your report. Do that task alone, ask nobody what you can find out, and end with a report that stands by itself: what you found or did, where, and what is left.',
    [where, note ? `Note: ${note}.` : ''].filter(Boolean).join(' '),
  ].join('\n')
}
