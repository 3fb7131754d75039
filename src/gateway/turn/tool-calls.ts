import type {ToolState} from '../../protocol/methods.js'
import type {ModelMessage} from '../models/types.js'
import {monotonicMs} from '../monotonic.js'
import {approvalOfCall, permitOf} from '../session/approval.js'
import type {Answer, Ask, Payload, QuestionKind} from '../session/questions.js'
import {isDenial} from '../store/tool-state.js'
import type {JournalEntry, KnownCall, NewImage, ToolRow} from '../store/types.js'
import {type AskedBy, type HookVerdict, nobodyToAsk} from '../tool-hooks/before-call.js'
import type {Permit, PermitRequest, Tool, ToolContext} from '../tools/types.js'
import {outcomes} from './history.js'
import {answerOf, LoopGuard} from './loop-guard.js'
import {ToolProgress} from './tool-progress.js'
import {runTool} from './tool-run.js'
import {isSuspended} from './turn-stop.js'

export interface ToolCallsOptions {
  signal: AbortSignal
  /** Stores an entry; throws where the store refuses or another process has taken the session. */
  record: (entry: JournalEntry) => void
  emit: (type: string, payload: Record<string, unknown>) => void
  /** What a tool is given; what it asks the person goes through `ask`. */
  toolContext: (options: {signal: AbortSignal; ask: Ask; toolId: string}) => ToolContext
  /** A copy of a result that may be stored, shown and sent. */
  mask: (result: Record<string, unknown>) => Record<string, unknown>
  /** Asks the person in the name of a call. */
  ask: <K extends QuestionKind>(toolId: string, kind: K, payload: Payload<K>) => Promise<Answer<K>>
  /** Resolves when the client has taken enough of what it was sent. */
  room: () => Promise<void>
  /** Calls that only read, at once. */
  sideBySide: () => number
  /** Plugins that are asked before a call; default none. It never rejects, and an abort ends it. */
  hooks?:
    | {wants(call: KnownCall): boolean; before(call: KnownCall, signal: AbortSignal): Promise<HookVerdict>}
    | undefined
  /** What happened beside the turn since it was told last, for the model; `told` is called when it is stored. */
  news?: (() => {text: string; told: () => void} | undefined) | undefined
  /** Keeps an image of a call's result. */
  keepImage?: ((toolId: string, image: NewImage) => void) | undefined
  /** There is a person who can be asked. */
  interactive: boolean
  /** What the turn called before its process ended. */
  earlier: readonly ToolRow[]
  /** How long an interrupted tool may take to end by itself, milliseconds. */
  graceMs: number
}

type ToolMessage = Extract<ModelMessage, {role: 'tool'}>

/** A call at work. */
interface Active {
  /** Something of it is stored beside that it is known. */
  begun: boolean
  asking: boolean
  /** What it began asks, in its own name. */
  asksBeside: () => boolean
  /** It waited for the person when the turn was stopped. */
  leftWaiting: boolean
  /** It had leave, and may have used it. */
  acting: boolean
  refused: boolean
  /** It does nothing before it has leave to more than read. */
  needsLeave: boolean
  /** A hook has the person asked, who was not asked yet. */
  askedBy: AskedBy | undefined
  /** Which hooks could say nothing to it. */
  hookNote: string | undefined
  wouldAllow: string | undefined
  /** How long the person was waited for, milliseconds. */
  waitedMs: number
}

/**
 * The calls of a model's steps at work: in order, those that only read side by side. Each of their states is stored before
 * it is shown.
 */
export class ToolCalls {
  readonly #options: ToolCallsOptions
  /** Those that have no outcome. */
  readonly #active = new Set<Active>()
  readonly #guard: LoopGuard
  #halted: string | undefined
  #images = 0
  /** Said to run, and not to have ended, by id. */
  readonly #shown = new Map<string, KnownCall>()

  constructor(options: ToolCallsOptions) {
    this.#options = options
    this.#guard = new LoopGuard(options.earlier)
    // Before a call hears of it, and lets go of its questions.
    options.signal.addEventListener('abort', () => {
      for (const active of this.#active) active.leftWaiting = isWaiting(active)
    })
  }

  /** Images that results have so far. */
  get images(): number {
    return this.#images
  }

  /** Why no more is called in this turn, for the person; undefined: it goes on. */
  get halted(): string | undefined {
    return this.#halted
  }

  /**
   * The turn is left to whoever opens the session next: a call waits for the person and has done nothing, so that another
   * process can take it up where it is. One that was about to ask may do so after it was suspended.
   */
  get suspended(): boolean {
    return isSuspended(this.#options.signal) && [...this.#active].some(isWaiting)
  }

  /** Ids of the calls that are said to run. */
  get running(): ReadonlySet<string> {
    return new Set(this.#shown.keys())
  }

  /** Says again what runs, to a client that has just come. */
  tell(): void {
    for (const call of this.#shown.values()) this.#start(call)
  }

  /**
   * Runs calls that are stored, and returns what the model is told of them, in their order. `asked`: ids of those that
   * are known to wait for the person. A call begins when the one before it has leave or is over, so that no two ask at
   * once, and what one was allowed holds for the next. Throws the reason where the turn is stopped.
   */
  async run(
    calls: readonly KnownCall[],
    tools: readonly Tool[],
    asked: ReadonlySet<string> = new Set(),
  ): Promise<ToolMessage[]> {
    const {signal} = this.#options
    const most = this.#options.sideBySide()
    const ends: Promise<unknown>[] = []
    const running = new Map<string, Promise<unknown>>()
    for (const call of calls) {
      const {id, name} = call
      const reads = tools.some((tool) => tool.name === name && (tool.readsOnly || tool.beside))
      // Of two with the same id the second follows the first, also in what is stored.
      if (!reads || running.has(id)) await Promise.all(running.values())
      else while (running.size >= most) await Promise.race(running.values())
      if (signal.aborted || this.#halted !== undefined) break
      const {promise: begun, resolve: onBegun} = Promise.withResolvers<void>()
      const end = this.#call(call, tools, {starts: !asked.has(id), onBegun}).finally(() => running.delete(id))
      ends.push(end)
      running.set(id, end)
      // Whoever waits for all of them hears of a failure.
      end.then(
        () => onBegun(),
        () => onBegun(),
      )
      await (reads ? begun : end)
    }
    const results = await Promise.all(ends)
    if (!this.suspended) this.leave(calls.slice(ends.length))
    signal.throwIfAborted()
    return calls.map(({id, name}, index) => {
      const result = index < ends.length ? results[index] : outcomes['not-started']
      return {role: 'tool', toolCallId: id, name, result}
    })
  }

  /** Tells of calls that are stored and will not run. */
  leave(calls: readonly KnownCall[]): void {
    for (const call of calls) this.#tell(call, 'not-started', outcomes['not-started'])
  }

  /** `onBegun`: it has leave, or was refused it. */
  async #call(
    call: KnownCall,
    tools: readonly Tool[],
    {starts, onBegun}: {starts: boolean; onBegun: () => void},
  ): Promise<unknown> {
    const {signal, record} = this.#options
    const {id, name} = call
    // One that needs leave does nothing before it has it; said to run, it would be unknown after a death.
    const tool = tools.find((each) => each.name === name)
    const needsLeave = tool !== undefined && !tool.idempotent
    const active: Active = {
      begun: !starts,
      asking: false,
      asksBeside: () => false,
      leftWaiting: false,
      acting: false,
      refused: false,
      needsLeave,
      askedBy: undefined,
      hookNote: undefined,
      wouldAllow: undefined,
      waitedMs: 0,
    }
    this.#active.add(active)
    const begin = () => {
      if (!active.begun) record({kind: 'started', id})
      active.begun = true
    }
    const question = await this.#guard.question(call)
    const halts = question !== undefined && !this.#options.interactive
    if (halts) this.#halt(call)
    if (halts || signal.aborted) {
      this.#active.delete(active)
      this.#tell(call, 'not-started', outcomes['not-started'])
      return outcomes['not-started']
    }
    const hooks = tool && this.#options.hooks?.wants(call) ? this.#options.hooks : undefined
    if (!needsLeave && !question && !hooks) begin()
    this.#start(call)
    const started = monotonicMs()
    const progress = this.#progressOf(call)
    const ask = this.#asker(id, active)
    const given = {
      ...this.#contextOf(id, active, {ask, onBegun}),
      progress: (read: () => string) => progress.more(read),
    }
    const run = async () => {
      const refused = question && (await this.#refused(call, active, await ask('clarify', question)))
      if (refused) return refused
      const stopped = tool && hooks && (await this.#hooked(call, tool, active, ask, hooks))
      if (stopped) return stopped
      if (!needsLeave && (question || hooks)) {
        record({kind: 'started', id})
        active.begun = true
      }
      return runTool(call, tools, given)
    }
    const unmasked = await this.#withGrace(run(), tool?.graceMs)
    progress.end()
    const {wouldAllow, hookNote} = active
    const masked = unmasked && {
      ...this.#options.mask(unmasked),
      ...(wouldAllow ? {would_allow: wouldAllow} : {}),
      ...(hookNote === undefined ? {} : {hook_note: hookNote}),
    }
    const repeated = masked && !signal.aborted ? await this.#guard.ended(call, masked) : undefined
    const news = masked && !signal.aborted ? this.#options.news?.() : undefined
    const result = masked && {...masked, ...(repeated === undefined ? {} : {repeated}), ...(news && {news: news.text})}
    const durationS = (monotonicMs() - started - active.waitedMs) / 1000
    if (signal.aborted && (active.asking || (active.leftWaiting && this.suspended))) {
      const state = isWaiting(active) ? 'asked' : 'unknown'
      if (!this.suspended) this.#tell(call, state, outcomes[state], durationS)
      return undefined
    }
    if (result === undefined && needsLeave && !active.acting) {
      this.#tell(call, 'not-started', outcomes['not-started'], durationS)
      return undefined
    }
    if (result === undefined) {
      this.#tell(call, 'unknown', {error: 'interrupted before it ended: its outcome is unknown'}, durationS)
      return undefined
    }
    this.#active.delete(active)
    const denied = active.refused && isDenial(result)
    begin()
    record({kind: 'tool-end', id, result, durationS, denied})
    news?.told()
    this.#tell(call, denied ? 'denied' : 'complete', result, durationS)
    return result
  }

  /** What stands for the result of a call that the person did not let run once more; undefined: it runs. */
  #refused(call: KnownCall, active: Active, said: Answer<'clarify'>): Record<string, unknown> | undefined {
    const answer = answerOf(said)
    if ('goOn' in answer) return undefined
    active.refused = true
    if ('words' in answer) return {error: `not run once more. The person said: ${answer.words}`, denied: true}
    this.#halt(call)
    return {error: 'not run once more: the person stopped it', denied: true}
  }

  /** What stands for the result of a call that hooks of plugins keep from running; undefined: it runs. */
  async #hooked(
    call: KnownCall,
    tool: Tool,
    active: Active,
    ask: Ask,
    hooks: NonNullable<ToolCallsOptions['hooks']>,
  ): Promise<Record<string, unknown> | undefined> {
    const {signal} = this.#options
    const since = monotonicMs()
    const verdict = await hooks.before(call, signal)
    active.waitedMs += monotonicMs() - since
    if (signal.aborted) return {error: `${call.name}: interrupted before it ran`, interrupted: true}
    if (verdict.kind === 'deny') {
      active.refused = true
      return {error: verdict.error, denied: true}
    }
    if (verdict.kind === 'go') {
      active.hookNote = verdict.note
      return undefined
    }
    // The question about what it does to what tells more, and rules may ask that anyway.
    if (active.needsLeave || tool.asksLeave) {
      active.askedBy = verdict.askedBy
      return undefined
    }
    const {askedBy} = verdict
    const permit: Permit = this.#options.interactive
      ? permitOf(await ask('approval', approvalOfCall(call, askedBy)))
      : {allowed: false, reason: nobodyToAsk(askedBy)}
    if (permit.allowed) return undefined
    active.refused = true
    return {error: permit.reason, denied: true}
  }

  #halt({name}: KnownCall): void {
    this.#halted = `Stopped: the model called ${name} again and again with the same result. /continue lets it go on.`
  }

  #progressOf({id, name}: KnownCall): ToolProgress {
    const {emit, mask, room} = this.#options
    return new ToolProgress({
      tell: (preview) => emit('tool.progress', {tool_id: id, name, preview}),
      mask: (text) => String(mask({text}).text),
      room,
    })
  }

  #asker(id: string, active: Active): Ask {
    return async (kind, payload) => {
      active.asking = true
      active.begun = true
      const since = monotonicMs()
      try {
        const answer = await this.#options.ask(id, kind, payload)
        active.asking = false
        return answer
      } finally {
        active.waitedMs += monotonicMs() - since
      }
    }
  }

  #contextOf(id: string, active: Active, {ask, onBegun}: {ask: Ask; onBegun: () => void}): ToolContext {
    const {signal, record, toolContext} = this.#options
    const context = toolContext({signal, ask, toolId: id})
    const permit = async (request: PermitRequest): Promise<Permit> => {
      const reads = request.access.tool === 'read' || request.access.tool === 'fetch'
      const askedBy = active.needsLeave && reads ? undefined : active.askedBy
      if (askedBy) active.askedBy = undefined
      const given = await context.permit(askedBy ? {...request, askedBy} : request)
      if (given.allowed) {
        // Leave to read changes nothing: a question that follows it finds everything as it was.
        if (!reads) {
          record({kind: 'allowed', id})
          active.begun = true
          active.acting = true
        }
      } else {
        active.refused = true
        active.wouldAllow = given.wouldAllow
      }
      onBegun()
      return given
    }
    const refusal = async (tool: string): Promise<string | undefined> => {
      const reason = await context.refusal?.(tool)
      if (reason !== undefined) active.refused = true
      return reason
    }
    const keepImage = this.#options.keepImage && ((image: NewImage) => this.#keepImage(id, image))
    const waits = (asks: () => boolean) => {
      active.asksBeside = asks
    }
    return {...context, permit, refusal, begun: onBegun, waits, ...(keepImage && {keepImage})}
  }

  #keepImage(id: string, image: NewImage): void {
    this.#options.keepImage?.(id, image)
    this.#images++
  }

  #start(call: KnownCall): void {
    const {id, name, context} = call
    this.#shown.set(id, call)
    this.#options.emit('tool.start', {tool_id: id, name, context})
  }

  #tell({id, name, context, args}: KnownCall, state: ToolState, result: unknown, durationS?: number): void {
    this.#shown.delete(id)
    this.#options.emit('tool.complete', {
      tool_id: id,
      name,
      args,
      result,
      ...(durationS === undefined ? {context} : {duration_s: durationS}),
      ...(state === 'complete' ? {} : {status: state}),
      ...(hasInlineDiff(result) ? {inline_diff: result.inline_diff} : {}),
    })
  }

  /** The result of a tool; after an interrupt undefined, unless the tool ends by itself in the grace time. */
  async #withGrace<T>(result: Promise<T>, own?: number): Promise<T | undefined> {
    const {signal, graceMs} = this.#options
    const {promise, resolve} = Promise.withResolvers<undefined>()
    let timer: NodeJS.Timeout | undefined
    const onAbort = () => {
      timer = setTimeout(() => resolve(undefined), isSuspended(signal) ? graceMs : (own ?? graceMs))
    }
    signal.addEventListener('abort', onAbort, {once: true})
    try {
      return await Promise.race([result, promise])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }
}

/**
 * The calls of a step that a process left and that run when its turn goes on. Where a question of them waits: all that
 * had not run. Else what ran and does no harm when it runs twice; of the rest the model is told.
 */
export function callsToGoOnWith(step: readonly ToolRow[], tools: readonly Tool[], waits: boolean): ToolRow[] {
  return step.filter(({name, state}) => {
    if (state === 'unknown') return tools.some((tool) => tool.name === name && tool.idempotent)
    return waits && (state === 'asked' || state === 'not-started')
  })
}

function isWaiting({asking, asksBeside, leftWaiting, acting}: Active): boolean {
  return (asking || asksBeside() || leftWaiting) && !acting
}

function hasInlineDiff(result: unknown): result is {inline_diff: string} {
  return typeof (result as {inline_diff?: unknown} | null | undefined)?.inline_diff === 'string'
}
