import type {ToolHookTerms} from '../../permissions/hooks-handed-down.js'
import type {EventPayloads} from '../../protocol/events.js'
import type {Params} from '../../protocol/methods.js'
import {mintLiveId} from '../ids.js'
import type {FrameWriter} from '../server/frame-writer.js'

/** Beside the deadline that the client named, for the way there and back, milliseconds. */
const SLACK_MS = 500

export type HookQuestion = Omit<EventPayloads['tool.before'], 'request_id'>

/** What the hooks of plugins say of a call. `missed`: why nobody said anything, in words. */
export type HookAnswer =
  | {kind: 'none'}
  | {kind: 'deny' | 'ask'; by: string; reason: string}
  | {kind: 'missed'; by: string; why: string}

const silent = 'hermes did not answer in time'

/**
 * Asks the client what the hooks of its plugins say of a call, where it said that it has such. The plugins run there; this
 * process knows none, and is held up by none: without an answer the call goes on without them, and that is told.
 */
export class ToolHooks {
  #terms: ToolHookTerms
  readonly #writer: Pick<FrameWriter, 'send' | 'attended' | 'onLeave'>
  readonly #open = new Map<string, (answer: HookAnswer) => void>()
  /** It has left a question without an answer, and is not waited for again until it answers one. */
  #silent = false

  constructor(terms: ToolHookTerms, writer: Pick<FrameWriter, 'send' | 'attended' | 'onLeave'>) {
    this.#terms = terms
    this.#writer = writer
    writer.onLeave(() => {
      this.#silent = false
      this.#settleAll({kind: 'missed', by: 'plugins', why: 'hermes was gone'})
    })
  }

  /** A client may want to be asked; where there is none now, one did. */
  get wanted(): boolean {
    return this.#terms.before
  }

  /** The client says what plugins it has. */
  agree(terms: ToolHookTerms): void {
    this.#terms = terms
    this.#silent = false
  }

  /** Rejects never; an abort is an answer. */
  ask(question: HookQuestion, signal: AbortSignal): Promise<HookAnswer> {
    if (!this.wanted || signal.aborted) return Promise.resolve({kind: 'none'})
    if (!this.#writer.attended) {
      return Promise.resolve({kind: 'missed', by: 'plugins', why: 'no hermes with a terminal was there'})
    }
    if (this.#silent) return Promise.resolve({kind: 'missed', by: 'plugins', why: silent})
    const id = mintLiveId()
    return new Promise((resolve) => {
      const settle = (answer: HookAnswer) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        this.#open.delete(id)
        resolve(answer)
      }
      const onAbort = () => settle({kind: 'none'})
      const timer = setTimeout(() => {
        this.#silent = true
        settle({kind: 'missed', by: 'plugins', why: silent})
      }, this.#terms.deadlineMs + SLACK_MS)
      signal.addEventListener('abort', onAbort, {once: true})
      this.#open.set(id, settle)
      // To the client alone, whatever sessions it has opened: who watches decides nothing.
      const payload = {request_id: id, ...question} satisfies EventPayloads['tool.before']
      this.#writer.send({jsonrpc: '2.0', method: 'event', params: {type: 'tool.before', payload: {...payload}}})
    })
  }

  /** The client's answer. False: nobody waits for it any more. */
  answer({request_id: id, verdict, by = 'a plugin', reason = '', failed = []}: Params<'tool.decide'>): boolean {
    this.#silent = false
    const settle = this.#open.get(id)
    if (!settle) return false
    const [first] = failed
    if (verdict) settle({kind: verdict, by, reason})
    else if (first) settle({kind: 'missed', by: failed.map((each) => each.by).join(', '), why: first.message})
    else settle({kind: 'none'})
    return true
  }

  #settleAll(answer: HookAnswer): void {
    for (const settle of [...this.#open.values()]) settle(answer)
  }
}
