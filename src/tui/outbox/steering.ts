import {messageOf} from '../../errors.js'
import {capabilities} from '../../protocol/capabilities.js'
import {errorCodes} from '../../protocol/frames.js'
import type {Supervisor} from '../../supervisor/types.js'
import {RequestError} from '../../supervisor/wire/request-error.js'
import {type Prompt, steering} from '../state/prompts.js'
import type {Store} from '../state/store.js'
import {steerItem, type Tone} from '../transcript/items.js'

/** Of a gateway that can, but not with the agent that it has. */
const UNSUPPORTED = 4010

/**
 * Brings what is for the turn that runs to the gateway. It stays in the queue, on disk, until the gateway tells that its
 * model is told it; asked again under the same id, the gateway says what became of it.
 */
export class Steering {
  readonly #store: Store
  readonly #supervisor: Supervisor
  readonly #isOpen: () => boolean
  readonly #waitsAgain: () => void
  /** Ids that the gateway of now was asked to tell. */
  readonly #asked = new Set<string>()

  /** `isOpen`: the session on screen is the one that the gateway has. `waitsAgain`: something is a prompt of its own now. */
  constructor(store: Store, supervisor: Supervisor, isOpen: () => boolean, waitsAgain: () => void) {
    this.#store = store
    this.#supervisor = supervisor
    this.#isOpen = isOpen
    this.#waitsAgain = waitsAgain
  }

  /** Another gateway, or the same one anew: it is asked what it knows. */
  forget(): void {
    this.#asked.clear()
  }

  /** Sends what was not sent yet, while a turn runs. */
  pump(): void {
    const {turn, closing, prompts} = this.#store.state
    if (!turn || turn.interrupting || closing || !this.#isOpen()) return
    for (const prompt of steering(prompts)) {
      if (prompt.steers !== 'asked' || prompt.state !== 'queued' || this.#asked.has(prompt.id)) continue
      this.#asked.add(prompt.id)
      void this.#send(prompt)
    }
  }

  /** True once no gateway will tell its model this prompt: it can be changed, or dropped. Says why where it can't be. */
  async release(id: string): Promise<boolean> {
    const waits = () => this.#store.state.prompts.some((prompt) => prompt.id === id && prompt.state === 'queued')
    const prompt = this.#store.state.prompts.find((each) => each.id === id)
    if (!prompt?.steers) return waits()
    if (prompt.steers === 'taken') return this.#hint('the gateway has it, and does not give it back')
    if (this.#asked.has(id)) {
      if (!this.#isOpen()) return this.#hint('the gateway has it: it can be taken back when the status says ready')
      try {
        const {status} = await this.#request('session.unsteer', {prompt_id: id})
        if (status === 'delivered') return this.#hint('too late: the model was told it')
      } catch (error) {
        return this.#hint(`it could not be taken back: ${messageOf(error)}`)
      }
      this.#asked.delete(id)
    }
    this.#store.dispatch({type: 'steer-answered', id, taken: false})
    return waits()
  }

  async #send({id, text, folded}: Prompt): Promise<void> {
    const ours = this.#store.state.view.capabilities.has(capabilities.steer)
    try {
      const {status} = await this.#request('session.steer', {text, ...(ours && {prompt_id: id})})
      if (status === 'delivered') this.#store.dispatch({type: 'dequeue', id})
      else if (status === 'rejected') this.#waits(id)
      else if (!ours) {
        this.#store.dispatch({type: 'steer-answered', id, taken: true})
        const told = {kind: 'notice' as const, tone: 'info' as const, text: 'the model is told it with its next tool'}
        this.#store.dispatch({type: 'aside', items: [steerItem(text, folded), told]})
      }
    } catch (error) {
      this.#refused(id, error)
    }
  }

  #refused(id: string, error: unknown): void {
    const code = error instanceof RequestError ? error.code : undefined
    // The next opening of the session tells whether it arrived.
    if (code === 'gateway-gone') return
    const cannot = code === errorCodes.unknownMethod || code === UNSUPPORTED
    this.#notice('warn', cannot ? 'this gateway tells a running turn nothing' : messageOf(error))
    this.#waits(id)
  }

  /** It goes after the turn. */
  #waits(id: string): void {
    this.#store.dispatch({type: 'steer-answered', id, taken: false})
    if (this.#store.state.turn) this.#store.dispatch({type: 'hint', text: 'queued: it goes when this reply is done'})
    this.#waitsAgain()
  }

  #request(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const {session} = this.#store.state.view
    return this.#supervisor.request(method, {session_id: session?.liveId, ...params})
  }

  #hint(text: string): false {
    this.#store.dispatch({type: 'hint', text})
    return false
  }

  #notice(tone: Tone, text: string): void {
    this.#store.dispatch({type: 'print', items: [{kind: 'notice', tone, text}]})
  }
}
