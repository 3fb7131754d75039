import {messageOf} from '../../errors.js'
import type {KeptImage} from '../../images/kept.js'
import {randomUuid} from '../../platform.js'
import {capabilities, submitMembers} from '../../protocol/capabilities.js'
import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {Supervisor} from '../../supervisor/types.js'
import {isGatewayGone, RequestError} from '../../supervisor/wire/request-error.js'
import type {InflightPolicy} from '../state/policy.js'
import {nextPrompt, type Prompt} from '../state/prompts.js'
import type {BrokenTurn} from '../state/state.js'
import {isBusy, isLive} from '../state/state.js'
import type {Store} from '../state/store.js'
import {keepsReplies} from '../state/unanswered.js'
import {oneLine} from '../text/sanitize.js'
import type {Tone} from '../transcript/items.js'
import {takeAlong} from './dropped-file.js'
import {Steering} from './steering.js'
import {type SessionRequest, takeBack, unansweredPrompts} from './take-back.js'

/** A gateway that kills itself on one turn this often is not made to try again by itself. */
export const POISON_DEATHS = 2

/** A busy gateway tells when it is free; should that be missed, the queue looks again after this time. */
const BUSY_RETRY_MS = 1000

export interface DeliveryHost {
  elsewhere(error: RequestError): void
  reopen(): boolean
  folded(text: string): string
  /** Default none. */
  imagesOf?: (text: string) => readonly KeptImage[]
}

/** Brings prompts to the gateway: in order, one at a time, each once. */
export class Delivery {
  readonly #store: Store
  readonly #supervisor: Supervisor
  readonly #now: () => number
  readonly #elsewhere: (error: RequestError) => void
  readonly #folded: (text: string) => string
  readonly #reopen: () => boolean
  readonly #imagesOf: (text: string) => readonly KeptImage[]
  /** What is for the turn that runs. */
  readonly #steering: Steering
  /** Live id of the session whose opening was confirmed; nothing is sent to any other. */
  #confirmed: string | undefined
  #retry: NodeJS.Timeout | undefined
  /** The prompt that took a file along, and the process that has it. */
  #along: {id: string; generation: number; text: string} | undefined
  #busy = false
  /** How many changes of how prompts are answered are on their way. */
  #changes = 0
  /** The prompt whose images a gateway has that takes them before it. */
  #attached: {id: string; generation: number} | undefined
  /** The session was opened again for a prompt, and none was taken since. */
  #reopened = false

  /**
   * `elsewhere` hears when the gateway refuses because another hermes has the session; `reopen` opens the session again
   * that the gateway has put aside, and says whether it can; `folded` is a text as it stood in the draft; `imagesOf`: what
   * the labels in a text stand for.
   */
  constructor(
    store: Store,
    supervisor: Supervisor,
    now: () => number,
    {elsewhere, reopen, folded, imagesOf = () => []}: DeliveryHost,
  ) {
    this.#elsewhere = elsewhere
    this.#reopen = reopen
    this.#folded = folded
    this.#imagesOf = imagesOf
    this.#store = store
    this.#supervisor = supervisor
    this.#now = now
    this.#steering = new Steering(
      store,
      supervisor,
      () => this.#isOpen(),
      () => this.pump(),
    )
  }

  /** The session with this live id is the one whose opening was confirmed. */
  isConfirmed(liveId: string): boolean {
    return this.#confirmed === liveId
  }

  /** A create or resume was confirmed. */
  opened(liveId: string): void {
    this.#confirmed = liveId
    this.#steering.forget()
    this.#busy = false
  }

  /** The gateway is gone: its live id with it. */
  lost(): void {
    this.#confirmed = undefined
    this.#steering.forget()
    this.#busy = false
  }

  stop(): void {
    clearTimeout(this.#retry)
  }

  /** What changes how prompts are answered: those that are entered behind it wait for its end. */
  async behind<T>(change: Promise<T>): Promise<T> {
    this.#changes++
    try {
      return await change
    } finally {
      this.#changes--
      this.pump()
    }
  }

  /** A turn ended, or the gateway said that it is idle. */
  free(): void {
    this.#busy = false
    this.pump()
  }

  /**
   * Puts a prompt at the end of the queue, or where it was taken from; it is on disk when this returns. It goes ahead of
   * a queue that is held. `fromDraft`: it leaves the composer in the same write, so that a kill in between neither loses
   * nor doubles it. `folded`: as it stood there.
   */
  enqueue(text: string, {fromDraft = false, folded}: {fromDraft?: boolean; folded?: string} = {}): void {
    const {held, takenBefore} = this.#store.state
    const ahead = held && !(fromDraft && takenBefore !== undefined)
    const prompt: Prompt = {
      id: randomUuid(),
      text: wellFormed(text),
      state: 'queued',
      shown: false,
      ...(folded !== undefined && folded !== text && {folded}),
      ...(ahead && {ahead}),
    }
    this.#store.dispatch({type: 'enqueue', prompt, fromDraft})
    this.pump()
  }

  /**
   * For the turn that runs, ahead of what waits for its end; where none runs it is a prompt. On disk when this returns;
   * `fromDraft` and `folded` as of {@link enqueue}.
   */
  steer(text: string, {fromDraft = false, folded}: {fromDraft?: boolean; folded?: string} = {}): void {
    const {turn} = this.#store.state
    const shown = folded === undefined ? {} : {folded}
    const images = turn && this.#imagesOf(text).length > 0
    if (images) this.#note('an image goes with a prompt of its own: it waits for the end of this reply', 'info')
    if (!turn || images) {
      this.enqueue(text, {fromDraft, ...shown})
      return
    }
    const prompt: Prompt = {
      id: randomUuid(),
      text: wellFormed(text),
      state: 'queued',
      shown: false,
      ...(folded !== text && shown),
    }
    const hint = {type: 'hint' as const, text: 'the reply is told it at its next step'}
    this.#store.dispatch({type: 'steer', prompt, fromDraft}, hint)
    this.pump()
  }

  /** A prompt that waits for the end of the turn is for the turn. False: none runs. */
  steerQueued(id: string): boolean {
    const {turn, prompts} = this.#store.state
    const prompt = prompts.find((each) => each.id === id && each.state === 'queued')
    if (!turn || !prompt || this.#imagesOf(prompt.text).length > 0) return false
    if (!prompt.steers) this.#store.dispatch({type: 'steer', prompt})
    this.pump()
    return true
  }

  /** Resolves to true once nobody else has a prompt of the queue: it can be changed. Says why where it can't be. */
  release(id: string): Promise<boolean> {
    return this.#steering.release(id)
  }

  /** Sends the first queued prompt if somebody is there to take it and nothing else runs. */
  pump(): void {
    this.#steering.pump()
    const {state} = this.#store
    if (!this.#canSend() || isBusy(state) || state.closing) return
    const next = nextPrompt(state.prompts, state.held)
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
    const ahead = this.#store.state.held
    const folded = this.#folded(text)
    const prompt: Prompt = {
      id: randomUuid(),
      text,
      state: 'queued',
      shown: false,
      ...(folded !== text && {folded}),
      ...(ahead && {ahead}),
    }
    this.#store.dispatch({type: 'enqueue', prompt, first: true})
    this.pump()
  }

  #canSend(): boolean {
    return this.#isOpen() && !this.#busy && this.#changes === 0
  }

  #isOpen(): boolean {
    const {state} = this.#store
    const confirmed = this.#confirmed !== undefined && state.view.session?.liveId === this.#confirmed
    return isLive(state) && confirmed && !state.elsewhere
  }

  async #submit(prompt: Prompt): Promise<void> {
    const {view, broken} = this.#store.state
    const knowsIds = view.capabilities.has(capabilities.promptId)
    this.#store.dispatch({type: 'submitting', id: prompt.id, now: this.#now()})
    try {
      if (broken && !keepsReplies(view.capabilities)) await this.#settleUnanswered(prompt, broken)
      const result = await this.#send(prompt)
      this.#reopened = false
      const fate = fateOf(result)
      const {streaming, kept} = fate
      this.#store.dispatch({type: 'acknowledged', id: prompt.id, settled: knowsIds, streaming, kept})
      if (fate.note !== undefined) this.#note(fate.note, fate.tone)
      this.pump()
    } catch (error) {
      this.#refused(prompt, error)
    }
  }

  /** The prompt as it goes out: a file whose path it begins with is taken along, once in each gateway. */
  async #written({id, text}: Prompt): Promise<string> {
    const {session, capabilities: can, generation} = this.#store.state.view
    if (can.has(capabilities.journal)) return text
    if (this.#along?.id === id && this.#along.generation === generation) return this.#along.text
    const dropped = await takeAlong(text, this.#store.state.session.cwd, (params) =>
      this.#supervisor.request('input.detect_drop', {session_id: session?.liveId, ...params}),
    )
    // It came back meanwhile, and the prompt goes out with it.
    if (this.#store.state.view.generation !== generation) {
      throw new RequestError('gateway-gone', 'the gateway is gone', 'input.detect_drop')
    }
    if (!dropped) return text
    this.#along = {id, generation, text: dropped.text}
    this.#store.dispatch({type: 'reworded', id, text: dropped.text})
    this.#store.dispatch({type: 'print', items: [{kind: 'notice', tone: 'info', text: dropped.note}]})
    return dropped.text
  }

  /** With what the gateway says that it takes; where it refuses that all the same, without. */
  async #send(prompt: Prompt): Promise<Record<string, unknown>> {
    const {session, capabilities: can} = this.#store.state.view
    const text = await this.#written(prompt)
    const images = this.#imagesOf(prompt.text)
    const takes = can.has(capabilities.promptImages)
    if (!takes) await this.#attach(prompt.id, images)
    const plain = {session_id: session?.liveId, text, ...(takes && images.length > 0 && {images})}
    const more = submitMembers(can, prompt.id)
    try {
      return await this.#supervisor.request('prompt.submit', {...plain, ...more})
    } catch (error) {
      const unknown = error instanceof RequestError && error.code === errorCodes.unknownParams
      if (!unknown || Object.keys(more).length === 0) throw error
      return this.#supervisor.request('prompt.submit', plain)
    }
  }

  /** For a gateway that takes images before the prompt that they go along with: once, in each of its processes. */
  async #attach(id: string, images: readonly KeptImage[]): Promise<void> {
    const {session, generation} = this.#store.state.view
    if (images.length === 0 || (this.#attached?.id === id && this.#attached.generation === generation)) return
    this.#attached = {id, generation}
    for (const {label, path} of images) {
      try {
        await this.#supervisor.request('image.attach', {session_id: session?.liveId, path})
      } catch (error) {
        if (isGatewayGone(error)) throw error
        this.#note(`${label} does not go along: ${messageOf(error)}`)
      }
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
      if (isGatewayGone(error)) throw error
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
    if (code === errorCodes.unknownSession && !this.#reopened && this.#reopen()) {
      // The gateway has put the session aside: opened again by its key, it takes the prompt.
      this.#reopened = true
      this.#store.dispatch({type: 'refused', id: prompt.id, reason: undefined, hold: false})
      return
    }
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
      this.#steering.pump()
    } catch (error) {
      if (isGatewayGone(error)) return
      this.#store.dispatch({type: 'turn-failed'})
      if (error instanceof RequestError && error.code === errorCodes.ownedElsewhere) this.#elsewhere(error)
      else this.#note(`the reply could not be continued: ${messageOf(error)}`)
    }
  }

  #note(text: string, tone: Tone = 'warn'): void {
    this.#store.dispatch({type: 'print', items: [{kind: 'notice', tone, text}]})
  }
}

interface Fate {
  /** Events of a turn follow. */
  streaming: boolean
  /** The gateway holds it until the turn that runs is over. */
  kept: boolean
  note?: string
  tone?: Tone
}

/** What a gateway says that it does with a prompt. */
function fateOf({status}: Record<string, unknown>): Fate {
  const runs = {streaming: true, kept: false}
  switch (status) {
    case undefined:
    case 'streaming':
      return runs
    case 'queued':
      return {...runs, kept: true, note: 'queued by the gateway: it goes after the turn that runs', tone: 'info'}
    case 'steered':
      return {...runs, note: 'added to the turn that runs', tone: 'info'}
    case 'redirected':
      return {...runs, note: 'the turn that runs was redirected to it', tone: 'info'}
    case 'complete':
      return {streaming: false, kept: false}
    case 'interrupted':
    case 'error':
      return {
        streaming: false,
        kept: false,
        note: 'that prompt had its turn before, and it broke off · /continue or /retry',
      }
    default:
      return {...runs, note: `the gateway says of that prompt: ${oneLine(String(status), 80)}`, tone: 'info'}
  }
}

/** Prompts without a reply that go to the model together with the one that is sent. */
function askedAgain(prompts: readonly string[]): string {
  const shown = prompts.map((text) => `"${oneLine(text, 60)}"`).join(', ')
  return `this gateway asks ${shown} again together with it: no reply to that is stored`
}
