import {RESUMED_MESSAGES} from '../../protocol/frames.js'
import type {SessionOpened, WireMessage} from '../../protocol/methods.js'
import {isPrompt} from '../../protocol/prompt-message.js'
import {sessionOpened} from '../../protocol/shapes/answers.js'
import type {Supervisor} from '../../supervisor/types.js'
import type {Store} from '../state/store.js'

/** The store has what is written there within half a second. */
const LOOK_MS = 400

export interface TailOptions {
  store: Store
  supervisor: Pick<Supervisor, 'request'>
  key: string
  now: () => number
  /** After the first look, and each that shows the session anew: the screen is to say whose it is. */
  shown(): void
  /** Nobody works on it any more. */
  free(): void
  failed(error: unknown): void
}

/** A session that another gateway works on, which can't be spoken to: what it stores is shown as it comes. */
export class SessionTail {
  readonly #options: TailOptions
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #last: SessionOpened | undefined

  constructor(options: TailOptions) {
    this.#options = options
  }

  get key(): string {
    return this.#options.key
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.#look()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    const {supervisor, key, free, failed} = this.#options
    try {
      const answer = await supervisor.request('session.tail', {session_id: key, limit: RESUMED_MESSAGES})
      const opened = sessionOpened(answer)
      if (this.#stopped) return
      if (!opened) throw new Error('the gateway does not tell what is stored')
      this.#show(opened)
      if (answer.elsewhere !== true) {
        this.stop()
        free()
        return
      }
    } catch (error) {
      if (this.#stopped) return
      this.stop()
      failed(error)
      return
    }
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS)
  }

  #show(opened: SessionOpened): void {
    const {store, shown, now} = this.#options
    const last = this.#last
    this.#last = opened
    const turn = opened.inflight?.prompt_id
    if (last && last.inflight?.prompt_id === turn) {
      if (turn !== undefined) this.#grow(last, opened)
      return
    }
    // What is on screen of a turn that is over is its beginning; the rest is among the messages.
    if (last?.inflight) this.#end(last, opened)
    if (last && !opened.inflight) return
    store.dispatch({type: 'opened', opened, how: 'resumed', now: now()})
    shown()
  }

  /** The turn that runs has gone on. */
  #grow(last: SessionOpened, opened: SessionOpened): void {
    for (const message of newTools(last.messages, opened.messages)) this.#tool(message)
    this.#steers(last, opened)
    this.#text(last.inflight?.assistant ?? '', opened.inflight?.assistant ?? '')
  }

  #end(last: SessionOpened, opened: SessionOpened): void {
    const {store, now} = this.#options
    for (const message of newTools(last.messages, opened.messages)) this.#tool(message)
    this.#steers(last, opened)
    const own = ofPrompt(opened.messages, last.inflight?.prompt_id)
    const replies = own.filter(({role}) => role === 'assistant')
    const whole = replies.flatMap(({text}) => text || []).join('\n\n')
    this.#text(last.inflight?.assistant ?? '', whole)
    const broken = replies.some(({status}) => status === 'interrupted' || status === 'error')
    const payload = {text: null, status: broken ? ('interrupted' as const) : ('complete' as const)}
    store.dispatch({type: 'event', event: {type: 'message.complete', sessionId: undefined, payload}, now: now()})
  }

  #steers(last: SessionOpened, opened: SessionOpened): void {
    const {store, now} = this.#options
    const known = new Set(last.messages.flatMap(({steered, prompt_id: id}) => (steered ? [id] : [])))
    for (const {steered, prompt_id: id = '', text = ''} of opened.messages) {
      if (!steered || known.has(id)) continue
      const payload = {prompt_id: id, text}
      store.dispatch({type: 'event', event: {type: 'prompt.steered', sessionId: undefined, payload}, now: now()})
    }
  }

  #text(before: string, after: string): void {
    if (!after.startsWith(before) || after.length === before.length) return
    this.#options.store.dispatch({
      type: 'deltas',
      reasoning: '',
      text: after.slice(before.length),
      now: this.#options.now(),
    })
  }

  #tool({tool_id: id = '', name = '', context = '', result, status}: WireMessage): void {
    const {store, now} = this.#options
    const state = status === 'interrupted' || status === 'error' ? undefined : status
    const payload = {tool_id: id, name, context, result, ...(state && {status: state})}
    store.dispatch({type: 'event', event: {type: 'tool.complete', sessionId: undefined, payload}, now: now()})
  }
}

/** Calls that are over, and were not before. */
function newTools(before: readonly WireMessage[], after: readonly WireMessage[]): WireMessage[] {
  const isOver = ({role, status}: WireMessage) => role === 'tool' && status !== 'asked' && status !== 'not-started'
  const known = new Set(before.filter(isOver).map(({tool_id: id}) => id))
  return after.filter((message) => isOver(message) && !known.has(message.tool_id))
}

/** What was said from that prompt on. */
function ofPrompt(messages: readonly WireMessage[], promptId: string | undefined): readonly WireMessage[] {
  const from = messages.findLastIndex((message) => message.prompt_id === promptId)
  const rest = messages.slice(from + 1)
  const next = rest.findIndex(isPrompt)
  return next === -1 ? rest : rest.slice(0, next)
}
