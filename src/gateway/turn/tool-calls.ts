import type {ToolState} from '../../protocol/methods.js'
import type {ModelMessage} from '../models/types.js'
import {monotonicMs} from '../monotonic.js'
import type {Answer, Ask, Payload, QuestionKind} from '../session/questions.js'
import {isDenial} from '../store/tool-state.js'
import type {JournalEntry, KnownCall, ToolRow} from '../store/types.js'
import type {Permit, PermitRequest, Tool, ToolContext} from '../tools/types.js'
import {outcomes} from './history.js'
import {ToolProgress} from './tool-progress.js'
import {runTool} from './tool-run.js'
import {isSuspended} from './turn-stop.js'

export interface ToolCallsOptions {
  signal: AbortSignal
  /** Stores an entry; throws where the store refuses or another process has taken the session. */
  record: (entry: JournalEntry) => void
  emit: (type: string, payload: Record<string, unknown>) => void
  /** What a tool is given; what it asks the person goes through `ask`. */
  toolContext: (options: {signal: AbortSignal; ask: Ask}) => ToolContext
  /** A copy of a result that may be stored, shown and sent. */
  mask: (result: Record<string, unknown>) => Record<string, unknown>
  /** Asks the person in the name of a call. */
  ask: <K extends QuestionKind>(toolId: string, kind: K, payload: Payload<K>) => Promise<Answer<K>>
  /** Resolves when the client has taken enough of what it was sent. */
  room: () => Promise<void>
  /** How long an interrupted tool may take to end by itself, milliseconds. */
  graceMs: number
}

type ToolMessage = Extract<ModelMessage, {role: 'tool'}>

/** A call at work. */
interface Active {
  /** Something of it is stored beside that it is known. */
  begun: boolean
  asking: boolean
  /** It had leave, and may have used it. */
  acting: boolean
  refused: boolean
  wouldAllow: string | undefined
  /** How long the person was waited for, milliseconds. */
  waitedMs: number
}

/** The calls of a model's steps at work, one after the other. Each of their states is stored before it is shown. */
export class ToolCalls {
  readonly #options: ToolCallsOptions
  #active: Active | undefined
  /** Said to run, and not to have ended. */
  #shown: KnownCall | undefined

  constructor(options: ToolCallsOptions) {
    this.#options = options
  }

  /**
   * The turn is left to whoever opens the session next: a call waits for the person and has done nothing, so that another
   * process can take it up where it is. One that was about to ask may do so after it was suspended.
   */
  get suspended(): boolean {
    return isSuspended(this.#options.signal) && this.#active !== undefined && isWaiting(this.#active)
  }

  /** Id of the call that is said to run. */
  get running(): string | undefined {
    return this.#shown?.id
  }

  /** Says again what runs, to a client that has just come. */
  tell(): void {
    if (this.#shown) this.#start(this.#shown)
  }

  /**
   * Runs calls that are stored, and returns what the model is told of them. `asked`: ids of those that are known to
   * wait for the person. Throws the reason where the turn is stopped.
   */
  async run(
    calls: readonly KnownCall[],
    tools: readonly Tool[],
    asked: ReadonlySet<string> = new Set(),
  ): Promise<ToolMessage[]> {
    const {signal} = this.#options
    const told: ToolMessage[] = []
    for (const [index, call] of calls.entries()) {
      const result = await this.#call(call, tools, !asked.has(call.id))
      if (signal.aborted && !this.suspended) this.leave(calls.slice(index + 1))
      signal.throwIfAborted()
      told.push({role: 'tool', toolCallId: call.id, name: call.name, result})
    }
    return told
  }

  /** Tells of calls that are stored and will not run. */
  leave(calls: readonly KnownCall[]): void {
    for (const call of calls) this.#tell(call, 'not-started', outcomes['not-started'])
  }

  async #call(call: KnownCall, tools: readonly Tool[], starts: boolean): Promise<unknown> {
    const {signal, record} = this.#options
    signal.throwIfAborted()
    const {id, name} = call
    const active: Active = {
      begun: !starts,
      asking: false,
      acting: false,
      refused: false,
      wouldAllow: undefined,
      waitedMs: 0,
    }
    this.#active = active
    const begin = () => {
      if (!active.begun) record({kind: 'started', id})
      active.begun = true
    }
    // One that needs leave does nothing before it has it; said to run, it would be unknown after a death.
    const needsLeave = tools.some((tool) => tool.name === name && !tool.idempotent)
    if (!needsLeave) begin()
    this.#start(call)
    const started = monotonicMs()
    const progress = this.#progressOf(call)
    const given = {...this.#contextOf(id, active), progress: (read: () => string) => progress.more(read)}
    const unmasked = await this.#withGrace(runTool(call, tools, given))
    progress.end()
    const {wouldAllow} = active
    const result = unmasked && {...this.#options.mask(unmasked), ...(wouldAllow ? {would_allow: wouldAllow} : {})}
    const durationS = (monotonicMs() - started - active.waitedMs) / 1000
    if (signal.aborted && active.asking) {
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
    const denied = active.refused && isDenial(result)
    begin()
    record({kind: 'tool-end', id, result, durationS, denied})
    this.#tell(call, denied ? 'denied' : 'complete', result, durationS)
    return result
  }

  #progressOf({id, name}: KnownCall): ToolProgress {
    const {emit, mask, room} = this.#options
    return new ToolProgress({
      tell: (preview) => emit('tool.progress', {tool_id: id, name, preview}),
      mask: (text) => String(mask({text}).text),
      room,
    })
  }

  #contextOf(id: string, active: Active): ToolContext {
    const {signal, record, toolContext} = this.#options
    const ask: Ask = async (kind, payload) => {
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
    const context = toolContext({signal, ask})
    const permit = async (request: PermitRequest): Promise<Permit> => {
      const given = await context.permit(request)
      if (given.allowed) {
        // Leave to read changes nothing: a question that follows it finds everything as it was.
        if (request.access.tool !== 'read') {
          record({kind: 'allowed', id})
          active.begun = true
          active.acting = true
        }
      } else {
        active.refused = true
        active.wouldAllow = given.wouldAllow
      }
      return given
    }
    const refusal = async (tool: string): Promise<string | undefined> => {
      const reason = await context.refusal?.(tool)
      if (reason !== undefined) active.refused = true
      return reason
    }
    return {...context, permit, refusal}
  }

  #start(call: KnownCall): void {
    const {id, name, context} = call
    this.#shown = call
    this.#options.emit('tool.start', {tool_id: id, name, context})
  }

  #tell({id, name, context, args}: KnownCall, state: ToolState, result: unknown, durationS?: number): void {
    if (this.#shown?.id === id) this.#shown = undefined
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
  async #withGrace<T>(result: Promise<T>): Promise<T | undefined> {
    const {signal, graceMs} = this.#options
    const {promise, resolve} = Promise.withResolvers<undefined>()
    let timer: NodeJS.Timeout | undefined
    const onAbort = () => {
      timer = setTimeout(() => resolve(undefined), graceMs)
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

function isWaiting({asking, acting}: Active): boolean {
  return asking && !acting
}

function hasInlineDiff(result: unknown): result is {inline_diff: string} {
  return typeof (result as {inline_diff?: unknown} | null | undefined)?.inline_diff === 'string'
}
