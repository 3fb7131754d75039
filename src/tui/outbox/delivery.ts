import {randomUUID} from 'node:crypto'
import {messageOf} from '../../errors.js'
import {capabilities} from '../../protocol/capabilities.js'
import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {Supervisor} from '../../supervisor/types.js'
import {RequestError} from '../../supervisor/wire/request-error.js'
import type {InflightPolicy} from '../state/policy.js'
import type {Prompt} from '../state/prompts.js'
import type {BrokenTurn} from '../state/state.js'
import {isBusy, isLive} from '../state/state.js'
import type {Store} from '../state/store.js'
import {keepsReplies} from '../state/unanswered.js'
import {oneLine} from '../text/sanitize.js'
import {type SessionRequest, takeBack, unansweredPrompts} from './take-back.js'

/** A gateway that kills itself on one turn this often is not made to try again by itself. */
export const POISON_DEATHS = 2

/** A busy gateway tells when it is free; should that be missed, the queue looks again after this time. */
const BUSY_RETRY_MS = 1000

/** Brings prompts to the gateway: in order, one at a time, each once. */
export class Delivery {
  readonly #store: Store
  readonly #supervisor: Supervisor
  readonly #now: () => number
  readonly #elsewhere: (error: RequestError) => void
  /** Live id of the session whose opening was confirmed; nothing is sent to any other. */
  #confirmed: string | undefined
  #retry: NodeJS.Timeout | undefined
  #busy = false

  /** `elsewhere` hears when the gateway refuses because another hermes has the session. */
  constructor(store: Store, supervisor: Supervisor, now: () => number, elsewhere: (error: RequestError) => void) {
    this.#elsewhere = elsewhere
    this.#store = store
    this.#supervisor = supervisor
    this.#now = now
  }

  /** The session with this live id is the one whose opening was confirmed. */
  isConfirmed(liveId: string): boolean {
    return this.#confirmed === liveId
  }

  /** A create or resume was confirmed. */
  opened(liveId: string): void {
    this.#confirmed = liveId
    this.#busy = false
  }

  /** The gateway is gone: its live id with it. */
  lost(): void {
    this.#confirmed = undefined
    this.#busy = false
  }

  stop(): void {
    clearTimeout(this.#retry)
  }

  /** A turn ended, or the gateway said that it is idle. */
  free(): void {
    this.#busy = false
    this.pump()
  }

  /**
   * Puts a prompt at the end of the queue; it is on disk when this returns. `fromDraft`: it leaves the
   * composer in the same write, so that a kill in between neither loses nor doubles it.
   */
  enqueue(text: string, {fromDraft = false} = {}): void {
    const prompt: Prompt = {id: randomUUID(), text: wellFormed(text), state: 'queued', shown: false}
    this.#store.dispatch({type: 'enqueue', prompt, fromDraft})
    this.pump()
  }

  /** Sends the first queued prompt if somebody is there to take it and nothing else runs. */
  pump(): void {
    const {state} = this.#store
    if (!this.#canSend() || isBusy(state) || state.held || state.closing) return
    const next = state.prompts.find((prompt) => prompt.state === 'queued')
    if (next) void this.#submit(next)
  }

  /** Why `/continue` cannot be done now; undefined when it was sent. */
  continueTurn(): string | undefined {
    const {state} = this.#store
    const {broken, view} = state
    if (state.elsewhere) return 'the session is open elsewhere · Enter shows what can be done'
    if (!this.#canSend()) return 'no session is open yet'
    if (isBusy(state)) return 'a turn runs already'
    if (!broken) return 'no reply was interrupted'
    if (!view.capabilities.has(capabilities.continue)) {
      return 'this gateway cannot go on with a reply (it lacks the capability "continue") · /retry asks again'
    }
    void this.#continue(broken.promptId)
    return undefined
  }

  /** Why `/retry` cannot be done now; undefined when it was queued. */
  retryTurn(text: string | undefined): string | undefined {
    if (isBusy(this.#store.state)) return 'a turn runs already'
    if (text === undefined) return 'there is no prompt to send again'
    // Where the prompt is stored without its reply, it is taken back first: see #settleUnanswered.
    if (keepsReplies(this.#store.state.view.capabilities)) this.#store.dispatch({type: 'undone'})
    this.#first(text)
    return undefined
  }

  /** Applies `recovery.inflight` after a recovery. Says what was left to the person, if anything was. */
  afterRecovery(policy: InflightPolicy): 'kept' | 'acted' | 'nothing' {
    const {broken, view, prompts} = this.#store.state
    if (!broken) return 'nothing'
    // The prompt itself goes out again: nothing of it had come to the gateway.
    if (prompts.some((prompt) => prompt.id === broken.promptId)) return 'nothing'
    if (policy === 'keep' || broken.deaths >= POISON_DEATHS) return 'kept'
    if (policy === 'continue') {
      if (!view.capabilities.has(capabilities.continue)) return 'kept'
      void this.#continue(broken.promptId)
      return 'acted'
    }
    if (broken.toolsRan || broken.user === undefined) return 'kept'
    this.#first(broken.user)
    return 'acted'
  }

  /** Ahead of what waits: it was asked before. */
  #first(text: string): void {
    const prompt: Prompt = {id: randomUUID(), text, state: 'queued', shown: false}
    this.#store.dispatch({type: 'enqueue', prompt, first: true})
    this.#store.dispatch({type: 'release'})
    this.pump()
  }

  #canSend(): boolean {
    const {state} = this.#store
    return (
      isLive(state) &&
      this.#confirmed !== undefined &&
      state.view.session?.liveId === this.#confirmed &&
      !this.#busy &&
      !state.elsewhere
    )
  }

  async #submit(prompt: Prompt): Promise<void> {
    const {session, capabilities: offered} = this.#store.state.view
    const knowsIds = offered.has(capabilities.promptId)
    const {broken} = this.#store.state
    this.#store.dispatch({type: 'submitting', id: prompt.id, now: this.#now()})
    try {
      if (broken && !keepsReplies(offered)) await this.#settleUnanswered(prompt, broken)
      const result = await this.#supervisor.request('prompt.submit', {
        session_id: session?.liveId,
        text: prompt.text,
        ...(knowsIds ? {prompt_id: prompt.id} : {}),
      })
      const streaming = result.status === undefined || result.status === 'streaming'
      this.#store.dispatch({type: 'acknowledged', id: prompt.id, settled: knowsIds, streaming})
      if (!streaming && result.status !== 'complete')
        this.#note('that prompt had its turn before, and it broke off · /continue or /retry')
      this.pump()
    } catch (error) {
      this.#refused(prompt, error)
    }
  }

  /**
   * A gateway that keeps no broken reply asks its prompt again together with the next one: the same prompt would be
   * read twice, and of another one the person has to know.
   */
  async #settleUnanswered(prompt: Prompt, broken: BrokenTurn): Promise<void> {
    const {session, capabilities: offered} = this.#store.state.view
    const request: SessionRequest = (method, params) =>
      this.#supervisor.request(method, {session_id: session?.liveId, ...params})
    try {
      const waiting = await unansweredPrompts(request)
      if (waiting.at(-1)?.trim() === prompt.text.trim()) {
        await takeBack(request, offered)
        waiting.pop()
      }
      // Whoever stopped a reply knows of it.
      const stopped = broken.deaths === 0 && waiting.length === 1
      if (waiting.length > 0 && !stopped) this.#note(askedAgain(waiting))
    } catch (error) {
      if (error instanceof RequestError && error.code === 'gateway-gone') throw error
      // The prompt goes out all the same.
    }
  }

  #refused(prompt: Prompt, error: unknown): void {
    const code = error instanceof RequestError ? error.code : undefined
    if (error instanceof RequestError && code === errorCodes.ownedElsewhere) {
      this.#store.dispatch({type: 'refused', id: prompt.id, reason: undefined, hold: false})
      this.#elsewhere(error)
      return
    }
    // It may have arrived. The next opening of the session tells, or it goes out again under the same id.
    if (code === 'gateway-gone') return
    if (code === errorCodes.busy) {
      this.#store.dispatch({type: 'refused', id: prompt.id, reason: undefined, hold: false})
      this.#busy = true
      clearTimeout(this.#retry)
      this.#retry = setTimeout(() => this.free(), BUSY_RETRY_MS)
      return
    }
    const why = code === 'timeout' ? 'the gateway did not answer in time' : messageOf(error)
    this.#store.dispatch({type: 'refused', id: prompt.id, reason: `the prompt was not taken: ${why}`, hold: true})
  }

  async #continue(promptId: string | undefined): Promise<void> {
    const {session} = this.#store.state.view
    this.#store.dispatch({type: 'continuing', now: this.#now()})
    try {
      await this.#supervisor.request('prompt.continue', {
        session_id: session?.liveId,
        ...(promptId === undefined ? {} : {prompt_id: promptId}),
      })
    } catch (error) {
      if (error instanceof RequestError && error.code === 'gateway-gone') return
      this.#store.dispatch({type: 'turn-failed'})
      if (error instanceof RequestError && error.code === errorCodes.ownedElsewhere) this.#elsewhere(error)
      else this.#note(`the reply could not be continued: ${messageOf(error)}`)
    }
  }

  #note(text: string): void {
    this.#store.dispatch({type: 'print', items: [{kind: 'notice', tone: 'warn', text}]})
  }
}

/** Prompts without a reply that go to the model together with the one that is sent. */
function askedAgain(prompts: readonly string[]): string {
  const shown = prompts.map((text) => `"${oneLine(text, 60)}"`).join(', ')
  return `this gateway asks ${shown} again together with it: no reply to that is stored`
}
