import {HermesError} from '../../errors.js'
import type {Model, ModelMessage, ToolSpec} from '../models/types.js'
import {lineOf} from '../rpc-error.js'
import type {CompactionReason, CompactionRow} from '../store/types.js'
import type {CompactionWork} from './compact.js'
import {namedWindow} from './named-window.js'
import {tokensOfRequest} from './tokens.js'
import {compactionLine} from './told.js'

export interface RoomOptions {
  /** Windows that were learnt from refusals. */
  windows: Map<string, number>
  /** `context.compactPercent`; 0: only a refusal makes room. */
  percent: () => Promise<number>
  work: Pick<CompactionWork, 'store' | 'key' | 'turnId' | 'assertOwned'>
  /** What a model is told now, by the store. */
  rebuild: () => Promise<ModelMessage[]>
  emit: (type: 'status.update', payload: {kind: string; text: string}) => void
  /** Tokens counted for each estimated one, as far as it is known of the session. */
  scale: {value: number}
}

export interface Request {
  model: Model
  system: string
  messages: readonly ModelMessage[]
  tools: readonly ToolSpec[]
}

/** The conversation as it is told from now on. */
export interface Smaller {
  messages: ModelMessage[]
  /** Estimated size of the whole request, tokens. */
  used: number
}

/** Tokens that fit any window: a smaller request does not wait until the window is known. */
const FITS_ANY = 8000

/** How often one step is made smaller because its provider refused it; each time it is less. */
const TRIES = 3

/** So much less than what set it off has to be left: else each step would be summarised anew. */
const ENOUGH = 0.8

const [LEAST_SCALE, MOST_SCALE] = [0.75, 3]

/** Keeps what a turn tells its model within the model's window. Its parts that do something are loaded when it is full. */
export class ContextRoom {
  readonly #options: RoomOptions
  /** It was tried in this turn, and would not be enough. */
  #given = false

  constructor(options: RoomOptions) {
    this.#options = options
  }

  /** Tokens, where the provider has named it or it is known by the model. */
  windowOf(model: Model): number | undefined {
    return windowOf(this.#options.windows, model)
  }

  /** A provider counted so many tokens for that request. */
  counted(request: Request, tokens: number): void {
    const estimated = tokensOfRequest(request)
    if (tokens <= 0 || estimated <= 0) return
    this.#options.scale.value = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, tokens / estimated))
  }

  /** Before a step. Undefined: it fits as it is, or cannot be made to. Throws when it is stopped. */
  async beforeStep(request: Request, signal: AbortSignal): Promise<Smaller | undefined> {
    if (this.windowOf(request.model) === undefined && tokensOfRequest(request) > FITS_ANY) await request.model.learned
    const window = this.windowOf(request.model)
    if (window === undefined || this.#given) return undefined
    const percent = await this.#options.percent()
    const full = tokensOfRequest(request, this.#options.scale.value) / window
    if (percent === 0 || full * 100 <= percent) return undefined
    try {
      const made = await this.#compact(request, 'full', signal, (percent / 100) * ENOUGH)
      if (made) return made
    } catch (error) {
      if (signal.aborted || isTakenOver(error)) throw error
      const filled = `the conversation fills ${Math.round(full * 100)} % of the window`
      this.#tell('warn', `${filled} and could not be compacted: ${lineOf(error)}`)
    }
    this.#given = true
    return undefined
  }

  /**
   * After a step failed of which nothing was shown, the nth time in a row (from 0). Undefined: not because of its size.
   * Throws an error that says what helps where it cannot be made smaller.
   */
  async refused(error: unknown, request: Request, tries: number, signal: AbortSignal): Promise<Smaller | undefined> {
    if (!(error instanceof HermesError) || error.code !== 'provider/context-too-long') return undefined
    const {windows} = this.#options
    const named = namedWindow(error.message)
    if (named !== undefined) windows.set(request.model.id, named)
    if (tries >= TRIES) throw tooLong(error, `it was made smaller ${TRIES} times`)
    let made: Smaller | undefined
    try {
      made = await this.#compact(request, 'overflow', signal)
    } catch (failure) {
      if (signal.aborted || isTakenOver(failure)) throw failure
      throw tooLong(error, `it could not be compacted: ${lineOf(failure)}`)
    }
    if (!made) throw tooLong(error, 'it cannot be made smaller')
    return made
  }

  async #compact(
    {model, system, tools}: Request,
    reason: CompactionReason,
    signal: AbortSignal,
    upTo?: number,
  ): Promise<Smaller | undefined> {
    const {work, scale, rebuild} = this.#options
    const {compact} = await import('./compact.js')
    const tell = (text: string) => this.#tell('compacting', text)
    const window = this.windowOf(model)
    let row: CompactionRow | undefined
    try {
      row = await compact({
        ...work,
        model,
        window,
        system,
        tools,
        scale: scale.value,
        reason,
        ...(upTo === undefined ? {} : {upTo}),
        signal,
        tell,
      })
    } finally {
      this.#tell('status', 'ready')
    }
    if (!row) return undefined
    this.#tell('compacted', compactionLine(row))
    const messages = await rebuild()
    return {messages, used: row.tokensAfter}
  }

  #tell(kind: string, text: string): void {
    this.#options.emit('status.update', {kind, text})
  }
}

export function windowOf(windows: ReadonlyMap<string, number>, model: Model): number | undefined {
  const named = windows.get(model.id)
  return named === undefined ? model.contextMax : Math.min(named, model.contextMax ?? named)
}

function isTakenOver(error: unknown): boolean {
  return error instanceof HermesError && error.code === 'session/taken-over'
}

function tooLong(error: HermesError, why: string): HermesError {
  return new HermesError(`${error.message} · ${why}`, {
    code: error.code,
    exit: error.exit,
    suggestions: [
      'Take the last prompt back with /undo, choose a model with a larger context with /model, or begin anew with /new',
    ],
    cause: error,
  })
}
