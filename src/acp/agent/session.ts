import {randomUUID} from 'node:crypto'
import type {ContentBlock, PromptResponse, SessionConfigOption, SessionModeState} from '@agentclientprotocol/sdk'
import * as answers from '../../chat/print/answer.js'
import {gatewayFailure, sessionProblem, turnFailure} from '../../chat/print/failure.js'
import {type KeptImages, keepImages} from '../../chat/print/kept-images.js'
import {refusalOf, refusalOfRequest} from '../../chat/print/refusals.js'
import {HermesError, messageOf} from '../../errors.js'
import type {InFlight} from '../../lifecycle/events.js'
import {capabilities, knowsPrompts, submitMembers} from '../../protocol/capabilities.js'
import type {EventPayloads, GatewayEvent} from '../../protocol/events.js'
import type {SessionInfo, SessionOpened, WireMessage} from '../../protocol/methods.js'
import type {SessionTarget, Supervisor} from '../../supervisor/types.js'
import {commandIn, commandsOf} from './commands.js'
import {type Editor, notice} from './editor.js'
import {configOptionsOf, isMode, type ModeId, modesOf} from './options.js'
import {promptOf} from './prompt.js'
import {askApproval, askClarify, askingTool, type OpenTool} from './questions.js'
import {type LostTurn, recovered} from './recovered.js'
import {brokenOff, chunk, replayOf} from './replay.js'
import {acpStopReason} from './stop-reason.js'
import {planOf, toolEnded, toolProgressed, toolStarted} from './tool-updates.js'

/** What follows an error or an interruption, and is not sent by every gateway, is waited for so long, milliseconds. */
const END_GRACE_MS = 500
/** How long an interrupted turn may take to end, milliseconds. */
const INTERRUPT_GRACE_MS = 5000

export interface EditorSessionOptions {
  /** Not started yet; the session starts it and closes it. */
  supervisor: Supervisor
  editor: Editor
  cwd: string
  /** Where images of prompts lie while they are asked. */
  imageFolder: string
  /** The gateways to come begin with it. */
  keepMode: (mode: ModeId) => void
}

interface Turn extends LostTurn {
  images: KeptImages
  sent: boolean
  cancelled: boolean
  /** Answers `session/prompt`. */
  settle: (response: PromptResponse) => void
  fail: (error: HermesError) => void
  lastError: EventPayloads['error'] | undefined
  timer: NodeJS.Timeout | undefined
}

/**
 * One session of an editor: its own supervisor with its own gateway. Prompts and questions live on when that gateway
 * dies; the editor sees a pause.
 */
export class EditorSession {
  readonly #options: EditorSessionOptions
  readonly #supervisor: Supervisor
  readonly #editor: Editor
  readonly #unsubscribe: (() => void)[]
  #opened: SessionOpened | undefined
  #info: SessionInfo | undefined
  #models: Record<string, unknown> | undefined
  #turn: Turn | undefined
  /** The prompt before it is answered first. */
  #last: Promise<unknown> = Promise.resolve()
  #tools: OpenTool[] = []
  #asking = new AbortController()
  /** What the editor was asked, by the gateway's id, which outlives the gateway. */
  readonly #questions = new Map<string, Promise<unknown>>()
  #waiting: {resolve: () => void; reject: (error: HermesError) => void}[] = []
  #title: string | undefined
  #key: string | undefined

  constructor(options: EditorSessionOptions) {
    this.#options = options
    this.#supervisor = options.supervisor
    this.#editor = options.editor
    this.#unsubscribe = [
      this.#supervisor.on('session', (opened, how, downtimeMs) => this.#reopened(opened, how, downtimeMs)),
      this.#supervisor.on('event', (event) => this.#event(event)),
      this.#supervisor.on('death', ({summary}) => {
        if (this.#turn) this.#turn.deaths += 1
        notice(this.#editor, 'warning', `The gateway ${summary}; the session is being recovered`)
      }),
      this.#supervisor.on('view', () => this.#viewed()),
    ]
  }

  /** Durable; undefined before it is open. */
  get key(): string | undefined {
    return this.#key
  }

  get modes(): SessionModeState | undefined {
    return this.#info && modesOf(this.#info)
  }

  get configOptions(): SessionConfigOption[] | undefined {
    return this.#info && configOptionsOf(this.#info, this.#models)
  }

  /** For the record of a death. */
  inFlight(): InFlight | undefined {
    const turn = this.#turn
    if (!turn?.sent) return undefined
    return {promptId: turn.promptId, replyChars: turn.answer.text.length, openTools: this.#tools.length}
  }

  /** Starts its gateway. Rejects with the HermesError that says why it could not be opened. */
  async open(target: SessionTarget): Promise<SessionOpened> {
    this.#supervisor.start(target)
    await this.#whenOpen(target.kind === 'stored' ? target.key : '')
    this.#models = await this.#ask('model.options', {})
    return this.#opened as SessionOpened
  }

  /** What an editor shows beside the conversation, once it knows of the session. */
  async introduce(): Promise<void> {
    const catalog = await this.#ask('commands.catalog', {})
    this.#editor.update({sessionUpdate: 'available_commands_update', availableCommands: commandsOf(catalog)})
    if (this.#info) this.#tellInfo(this.#info)
  }

  /** Tells the whole stored transcript. */
  async replay(): Promise<void> {
    const opened = this.#opened
    if (!opened) return
    let {messages} = opened
    if (messages.length < opened.message_count) {
      const all = await this.#ask('session.history', {session_id: opened.session_id})
      if (Array.isArray(all?.messages)) messages = all.messages as WireMessage[]
    }
    for (const update of replayOf(messages, this.#options.cwd)) this.#editor.update(update)
    const {interrupted, running} = opened
    if (interrupted && !running) this.#editor.update(chunk('agent_message_chunk', `\n\n${brokenOff(interrupted)}`))
  }

  /** One after the other. Rejects with a HermesError. */
  prompt(blocks: readonly ContentBlock[], signal: AbortSignal): Promise<PromptResponse> {
    const answered = this.#last.then(() => this.#prompt(blocks, signal))
    this.#last = answered.catch(() => {})
    return answered
  }

  /** Ends the turn; what was answered is stored. */
  cancel(): void {
    const turn = this.#turn
    this.#asking.abort()
    this.#asking = new AbortController()
    if (!turn || turn.cancelled) {
      // A turn that a stored question let go on.
      void this.#ask('session.interrupt', {})
      return
    }
    turn.cancelled = true
    if (turn.sent && this.#supervisor.view.session) {
      void this.#ask('session.interrupt', {})
      this.#after(INTERRUPT_GRACE_MS, () => this.#settle({stopReason: 'cancelled'}))
    } else this.#settle({stopReason: 'cancelled'})
  }

  async setMode(mode: string): Promise<void> {
    if (!isMode(mode)) throw new HermesError(`no mode is called ${mode}: ask, accept-edits or plan`, {code: 'acp/mode'})
    await this.#request('permissions.mode', {mode})
    this.#options.keepMode(mode)
    if (this.#info) this.#info = {...this.#info, permission_mode: mode}
  }

  async setOption(id: string, value: string): Promise<SessionConfigOption[]> {
    if (id === 'mode') await this.setMode(value)
    else if (id === 'model') {
      const {value: model} = await this.#request('config.set', {key: 'model', value})
      if (this.#info && typeof model === 'string') {
        const {provider: _, ...info} = this.#info
        this.#info = {...info, model}
      }
    } else throw new HermesError(`no option is called ${id}: mode or model`, {code: 'acp/option'})
    return this.configOptions ?? []
  }

  /** A request of the gateway beside the session. Rejects with a RequestError. */
  request(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.#supervisor.request(method, params)
  }

  async close(): Promise<void> {
    this.#asking.abort()
    this.#settle({stopReason: 'cancelled'})
    for (const off of this.#unsubscribe) off()
    await this.#supervisor.close('quit')
  }

  async #prompt(blocks: readonly ContentBlock[], signal: AbortSignal): Promise<PromptResponse> {
    const {text, images} = promptOf(blocks)
    const kept = images.length > 0 ? await keepImages(images, this.#options.imageFolder) : {members: {}, remove() {}}
    if (this.#supervisor.view.phase === 'exhausted') this.#supervisor.recover()
    const {promise, resolve, reject} = Promise.withResolvers<PromptResponse>()
    this.#turn = {
      promptId: randomUUID(),
      text,
      images: kept,
      answer: answers.emptyAnswer(),
      toolRan: false,
      deaths: 0,
      sent: false,
      cancelled: false,
      settle: resolve,
      fail: reject,
      lastError: undefined,
      timer: undefined,
    }
    const abort = () => this.cancel()
    signal.addEventListener('abort', abort, {once: true})
    try {
      this.#whenOpen('').then(
        () => this.#begin(),
        (error) => this.#fail(error),
      )
      return await promise
    } finally {
      signal.removeEventListener('abort', abort)
      kept.remove()
    }
  }

  /** A prompt, or a command of the gateway. */
  async #begin(): Promise<void> {
    const turn = this.#turn
    if (!turn || turn.sent || turn.cancelled) return
    const command = commandIn(turn.text)
    if (!command) {
      this.#submit()
      return
    }
    const {name, argument} = command
    try {
      if (name === 'continue') {
        turn.sent = true
        const {prompt_id: id} = await this.#request('prompt.continue', {})
        if (typeof id === 'string') turn.promptId = id
        return
      }
      if (name === 'compact') {
        const {summary} = await this.#supervisor.request(
          'session.compress',
          {
            session_id: this.#opened?.session_id,
            ...(argument === '' ? {} : {focus_topic: argument}),
          },
          COMPACTION_MS,
        )
        this.#say(linesOf(summary))
        return
      }
      const {type, output, message, notice: told} = await this.#request('command.dispatch', {name, arg: argument})
      if (type === 'send' && typeof message === 'string') {
        turn.text = message
        this.#submit()
      } else this.#say(String(output ?? told ?? message ?? ''))
    } catch (error) {
      // Not a command of this gateway: what begins with a slash may be meant as it is.
      if ((error as {code?: unknown}).code === NOT_A_COMMAND && name !== 'compact' && name !== 'continue')
        this.#submit()
      else this.#say(messageOf(error))
    }
  }

  #say(text: string): void {
    if (text.trim() !== '') this.#editor.update(chunk('agent_message_chunk', text))
    this.#settle({stopReason: 'end_turn'})
  }

  #submit(): void {
    const turn = this.#turn
    if (!turn) return
    turn.sent = true
    const can = this.#supervisor.view.capabilities
    if (turn.images.members.images && !can.has(capabilities.promptImages)) {
      this.#fail(new HermesError('this gateway takes no images with a prompt', {code: 'acp/no-images'}))
      return
    }
    this.#request('prompt.submit', {
      text: turn.text,
      ...submitMembers(can, turn.promptId),
      ...turn.images.members,
    }).catch((error) => {
      // One that died is the recovery's matter.
      if ((error as {code?: unknown}).code !== 'gateway-gone') {
        this.#fail(new HermesError(messageOf(error), {code: 'acp/refused', cause: error}))
      }
    })
  }

  #reopened(opened: SessionOpened, how: 'created' | 'resumed' | 'recovered', downtimeMs = 0): void {
    this.#opened = opened
    this.#info = opened.info
    this.#key = opened.stored_session_id ?? opened.session_key ?? opened.resumed ?? this.#key
    for (const {resolve} of this.#waiting.splice(0)) resolve()
    if (how !== 'recovered') return
    notice(this.#editor, 'info', `The session was recovered after ${Math.round(downtimeMs)} ms`)
    const turn = this.#turn
    if (!turn?.sent) return
    if (turn.cancelled) {
      this.#settle({stopReason: 'cancelled'})
      return
    }
    const can = this.#supervisor.view.capabilities
    const next = recovered(turn, opened, {continues: can.has(capabilities.continue), knowsPrompts: knowsPrompts(can)})
    if (next.show !== '') this.#editor.update(chunk('agent_message_chunk', next.show))
    if (next.kind !== 'runs') this.#settleTools()
    switch (next.kind) {
      case 'runs':
        return
      case 'continue':
        void this.#ask('prompt.continue', {prompt_id: turn.promptId})
        return
      case 'submit':
        if (turn.answer.text !== '')
          this.#editor.update(chunk('agent_message_chunk', '\n\n[the reply starts over]\n\n'))
        turn.answer = answers.emptyAnswer()
        if (next.stored) void this.#ask('command.dispatch', {name: 'undo'}).then(() => this.#submit())
        else this.#submit()
        return
      case 'over':
        if (next.failed) this.#fail(turnFailure(turn.lastError ?? {message: 'the turn failed'}))
        else {
          if (next.warning) notice(this.#editor, 'warning', next.warning)
          this.#settle({stopReason: acpStopReason(next.stopReason)})
        }
        return
      case 'lost':
        this.#fail(new HermesError(next.why, {code: 'acp/reply-lost'}))
    }
  }

  /** Calls that ran when the gateway died, as its successor tells them in no event. */
  #settleTools(): void {
    const states = new Map(this.#turn?.answer.tools.map((tool) => [tool.tool_id, tool.status]))
    for (const {id, name, context} of this.#tools.splice(0)) {
      const status = states.get(id) ?? 'unknown'
      this.#editor.update(toolEnded({tool_id: id, name, context, status}, this.#options.cwd))
    }
  }

  #viewed(): void {
    const {problem, phase, lastExit} = this.#supervisor.view
    const error = problem
      ? sessionProblem(problem, this.#key ?? '')
      : phase === 'exhausted' || phase === 'closed'
        ? gatewayFailure(lastExit)
        : undefined
    if (!error) return
    for (const {reject} of this.#waiting.splice(0)) reject(error)
    if (this.#turn) this.#fail(error)
  }

  async #whenOpen(wanted: string): Promise<void> {
    const {session, problem} = this.#supervisor.view
    if (session && this.#opened) return
    if (problem) throw sessionProblem(problem, wanted)
    await new Promise<void>((resolve, reject) => this.#waiting.push({resolve, reject}))
  }

  #event(event: GatewayEvent): void {
    const turn = this.#turn
    const {cwd} = this.#options
    switch (event.type) {
      case 'message.delta': {
        const text = turn ? answers.addText(turn.answer, event.payload.text) : event.payload.text
        if (text !== '') this.#editor.update(chunk('agent_message_chunk', text))
        return
      }
      case 'message.interim': {
        const {text, already_streamed: streamed} = event.payload
        if (streamed || turn?.answer.text.includes(text)) return
        if (turn) answers.addText(turn.answer, `${text}\n\n`)
        this.#editor.update(chunk('agent_message_chunk', `${text}\n\n`))
        return
      }
      case 'reasoning.delta':
        if (turn) answers.addReasoning(turn.answer, event.payload.text)
        this.#editor.update(chunk('agent_thought_chunk', event.payload.text))
        return
      case 'tool.start': {
        const {tool_id: id, name, context} = event.payload
        if (turn) {
          turn.toolRan = true
          answers.startTool(turn.answer, event.payload)
        }
        this.#tools.push({id, name, context})
        this.#editor.update(toolStarted(event.payload))
        return
      }
      case 'tool.progress': {
        const {tool_id: id = this.#tools.at(-1)?.id, preview} = event.payload
        if (id !== undefined) this.#editor.update(toolProgressed(id, preview))
        return
      }
      case 'tool.complete': {
        const {payload} = event
        const known = this.#tools.find(({id}) => id === payload.tool_id)
        if (turn) answers.completeTool(turn.answer, payload)
        if (!known) {
          const {tool_id, name, context = ''} = payload
          this.#editor.update(toolStarted({tool_id, name, context}))
        }
        this.#tools = this.#tools.filter((tool) => tool !== known)
        this.#editor.update(toolEnded(known ? {...payload, context: known.context} : payload, cwd))
        const plan = planOf(payload)
        if (plan) this.#editor.update(plan)
        return
      }
      case 'approval.request':
        this.#askApproval(event.payload)
        return
      case 'clarify.request':
        this.#askClarify(event.payload)
        return
      case 'sudo.request':
      case 'secret.request': {
        const {note, method, params} = refusalOf(event)
        notice(this.#editor, 'warning', note)
        void this.#ask(method, params)
        return
      }
      case 'gateway.request': {
        const {payload} = event
        if (payload.method === 'approval') {
          const about = payload.params
          void this.#asked(`request-${payload.id}`, () =>
            askApproval(this.#editor, about, askingTool(this.#tools, about.command), this.#asking.signal),
          ).then((answer) => answer && this.#supervisor.answer(payload.id, {...answer}))
          return
        }
        const {note, result} = refusalOfRequest(payload)
        notice(this.#editor, 'warning', note)
        void this.#supervisor.answer(payload.id, result)
        return
      }
      case 'session.info':
        this.#informed(event.payload)
        return
      case 'session.title':
        this.#tellTitle(event.payload.title)
        return
      case 'status.update':
        if (['warn', 'error', 'compacted'].includes(event.payload.kind)) {
          notice(this.#editor, 'warning', event.payload.text.replace(/ · \/compact undo$/, ''))
        }
        return
      case 'model.retry': {
        const {attempt, limit, wait_ms: wait, reason} = event.payload
        notice(this.#editor, 'info', `${reason}, trying again in ${Math.ceil(wait / 1000)} s (${attempt}/${limit})`)
        return
      }
      case 'error':
        if (!turn?.sent) return
        turn.lastError = event.payload
        // The end of the turn brings the usage; not every gateway sends it.
        this.#after(END_GRACE_MS, () => this.#fail(turnFailure(event.payload)))
        return
      case 'message.complete':
        this.#completed(event.payload)
        return
    }
  }

  #completed(payload: EventPayloads['message.complete']): void {
    const turn = this.#turn
    if (!turn?.sent) return
    if (payload.prompt_id !== undefined && payload.prompt_id !== turn.promptId) return
    const rest = answers.complete(turn.answer, payload)
    if (rest !== '') this.#editor.update(chunk('agent_message_chunk', rest))
    if (payload.usage) this.#tellUsage(payload.usage)
    if (turn.cancelled) this.#settle({stopReason: 'cancelled'})
    else if (payload.status === 'error') {
      this.#fail(turnFailure(turn.lastError ?? {message: (payload.text ?? 'the turn failed').replace(/^Error: /, '')}))
    } else if (payload.status === 'interrupted' && payload.stop_reason === undefined) {
      // A gateway that is asked to end closes its turn first: its death follows, and then the recovery.
      const why = payload.warning ?? 'the turn was interrupted'
      this.#after(END_GRACE_MS, () => this.#fail(new HermesError(why, {code: 'acp/interrupted'})))
    } else {
      if (payload.warning) this.#warn(payload.warning)
      this.#settle({stopReason: acpStopReason(payload.stop_reason)})
    }
  }

  /** Why a reply is not whole has to be seen in an editor without notices too. */
  #warn(text: string): void {
    if (this.#editor.capabilities.session?.notices) notice(this.#editor, 'warning', text)
    else this.#editor.update(chunk('agent_message_chunk', `\n\n${text}`))
  }

  #askApproval(payload: EventPayloads['approval.request']): void {
    const {request_id: id} = payload
    void this.#asked(id ?? randomUUID(), () =>
      askApproval(this.#editor, payload, askingTool(this.#tools, payload.command), this.#asking.signal),
    ).then((answer) => {
      if (answer) void this.#ask('approval.respond', {...(id === undefined ? {} : {request_id: id}), ...answer})
    })
  }

  #askClarify(payload: EventPayloads['clarify.request']): void {
    const {request_id: id} = payload
    void this.#asked(id, () =>
      askClarify(this.#editor, payload, askingTool(this.#tools, payload.question), this.#asking.signal),
    ).then((answer) => {
      if (answer !== undefined) void this.#ask('clarify.respond', {request_id: id, answer})
    })
  }

  /** Once for each question: a gateway that took the place of a dead one asks again, under the same id. */
  #asked<T>(id: string, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const known = this.#questions.get(id) as Promise<T | undefined> | undefined
    if (known) return known
    const answer = ask().then((value) => {
      // Withdrawn: should it come again, it is asked again.
      if (value === undefined) this.#questions.delete(id)
      return value
    })
    this.#questions.set(id, answer)
    return answer
  }

  #informed(info: SessionInfo): void {
    const before = this.#info
    this.#info = info
    this.#key = info.session_key ?? this.#key
    this.#tellInfo(info)
    if (before?.permission_mode !== info.permission_mode && info.permission_mode !== undefined) {
      this.#editor.update({sessionUpdate: 'current_mode_update', currentModeId: info.permission_mode})
    }
    const changed = before?.permission_mode !== info.permission_mode || before?.model !== info.model
    if (changed) this.#editor.update({sessionUpdate: 'config_option_update', configOptions: this.configOptions ?? []})
  }

  #tellInfo({title, usage}: SessionInfo): void {
    if (title) this.#tellTitle(title)
    if (usage) this.#tellUsage(usage)
  }

  #tellTitle(title: string): void {
    if (title === this.#title) return
    this.#title = title
    this.#editor.update({sessionUpdate: 'session_info_update', title})
  }

  #tellUsage({context_used: used, context_max: size, cost_usd: cost}: NonNullable<SessionInfo['usage']>): void {
    if (used === undefined || size === undefined || size <= 0) return
    this.#editor.update({
      sessionUpdate: 'usage_update',
      used,
      size,
      ...(cost === undefined ? {} : {cost: {amount: cost, currency: 'USD'}}),
    })
  }

  async #request(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.#supervisor.request(method, {session_id: this.#opened?.session_id, ...params})
  }

  /** A request whose failure changes nothing. */
  async #ask(method: string, params: Record<string, unknown>): Promise<Record<string, unknown> | undefined> {
    try {
      return await this.#request(method, params)
    } catch {
      return undefined
    }
  }

  #after(ms: number, act: () => void): void {
    const turn = this.#turn
    if (!turn) return
    clearTimeout(turn.timer)
    turn.timer = setTimeout(() => {
      if (this.#turn === turn) act()
    }, ms)
  }

  #settle(response: PromptResponse): void {
    const turn = this.#takeTurn()
    turn?.settle(response)
  }

  #fail(error: HermesError): void {
    const turn = this.#takeTurn()
    if (turn?.cancelled) turn.settle({stopReason: 'cancelled'})
    else turn?.fail(error)
  }

  #takeTurn(): Turn | undefined {
    const turn = this.#turn
    if (!turn) return undefined
    clearTimeout(turn.timer)
    if (turn.cancelled) this.#settleTools()
    this.#turn = undefined
    this.#questions.clear()
    return turn
  }
}

/** `command.dispatch` of what it does not know. */
const NOT_A_COMMAND = 4018

/** A summary takes as long as a model does. */
const COMPACTION_MS = 600_000

function linesOf(summary: unknown): string {
  const {headline, token_line, note} = (summary ?? {}) as Record<string, unknown>
  return [headline, token_line, note].filter((line) => typeof line === 'string' && line !== '').join('\n')
}
