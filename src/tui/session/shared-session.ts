import {messageOf} from '../../errors.js'
import {wireMessages} from '../../protocol/shapes/answers.js'
import type {AdoptedGateway, SessionTarget, Supervisor} from '../../supervisor/types.js'
import {type Elsewhere, type ElsewhereChoice, elsewherePicker, holderOf} from '../state/elsewhere.js'
import type {Store} from '../state/store.js'
import type {ItemBody, Tone} from '../transcript/items.js'
import {itemsOfMessages} from '../transcript/items.js'
import {unseenItems} from '../transcript/reconcile.js'
import {SessionTail} from './session-tail.js'

export interface SharedSessionOptions {
  store: Store
  supervisor: Supervisor
  /** `carry`: draft and queue come along. `verb` tells what was done when it is open. */
  open(target: SessionTarget, options: {carry: boolean; verb: string}): void
  /** Leaves our gateway for another one, for this session; then as `open`. */
  move(target: SessionTarget, adopt: AdoptedGateway | undefined, options: {carry: boolean; verb: string}): void
  /** Take the first session that is refused over without asking. */
  takeOver: boolean
  /** Default: no gateway of another one can be spoken to. */
  reach?: Reach | undefined
}

/** Gateways of others that can be spoken to while they work. */
export interface Reach {
  /** Agents answer there: theirs can't be watched, nor copied. Default: the built-in gateway does. */
  agent?: boolean
  /** Which one has the session open; its pid. */
  find(key: string): number | undefined
  /** Why it can't be spoken to, though it is there: it is of another version. */
  skew(key: string): string | undefined
  /** Rejects with what hindered it. */
  connect(key: string, purpose: 'watch' | 'take-over'): Promise<AdoptedGateway>
}

/** A session that another hermes has open: the person is told, and chooses. */
export class SharedSession {
  readonly #options: SharedSessionOptions
  #takeOver: boolean
  #offered: Elsewhere | undefined
  #tail: SessionTail | undefined

  constructor(options: SharedSessionOptions) {
    this.#options = options
    this.#takeOver = options.takeOver
  }

  /** The gateway would not open it. `stays`: the session that was open before goes on. */
  refused(elsewhere: Elsewhere, stays: boolean): void {
    const {store} = this.#options
    const taken = !stays && store.state.session.key === elsewhere.key
    const skew = stays || elsewhere.gone || this.#takeOver ? undefined : this.#options.reach?.skew(elsewhere.key)
    if (skew !== undefined) {
      if (this.#tail?.key !== elsewhere.key) this.#follow(elsewhere, skew)
      return
    }
    const known = store.state.elsewhere?.key === elsewhere.key && !elsewhere.gone
    this.#offered = {...elsewhere, taken}
    if (!stays) store.dispatch({type: 'elsewhere', elsewhere: this.#offered})
    if (this.#takeOver) {
      this.#takeOver = false
      this.#choose('take-over', this.#offered)
    } else if (!known) {
      const name = [elsewhere.title && `"${elsewhere.title}"`, elsewhere.key].filter(Boolean).join(' · ')
      const {detached, gone, key} = elsewhere
      const place = detached ? 'works in' : 'is open in'
      this.#notice(
        'warn',
        `${name} ${gone ? 'was watched, and its chat has ended' : `${place} ${holderOf(elsewhere)}`}`,
      )
      if (detached && !this.#isLive(key)) {
        this.#notice('info', `to go on with it there, leave and run: hermes attach ${key}`)
      }
      // A list that comes up under somebody's hands would take their keys.
      if (store.state.editor.text === '') this.ask()
    }
  }

  /** The session that is open here was taken over. `told`: the transcript says so already. */
  taken(elsewhere: Elsewhere, told: boolean): void {
    const {store} = this.#options
    if (store.state.elsewhere?.key === elsewhere.key) return
    this.#offered = elsewhere
    store.dispatch({type: 'elsewhere', elsewhere})
    if (!told) this.#notice('warn', `this session was taken over by ${holderOf(elsewhere)}`)
    this.#notice('info', 'what you typed is kept · Enter: take it back, read only, branch, …')
  }

  /** It is watched from now on. */
  watching(elsewhere: Omit<Elsewhere, 'taken' | 'since' | 'watched'>): void {
    this.#offered = {...elsewhere, since: 0, taken: false, watched: true}
    this.#options.store.dispatch({type: 'elsewhere', elsewhere: this.#offered})
  }

  /** Shows the choices. */
  ask(): void {
    const {store, reach} = this.#options
    if (!this.#offered) return
    const replaces = store.state.elsewhere !== undefined
    const live = this.#isLive(this.#offered.key)
    store.dispatch({type: 'pick', picker: elsewherePicker(this.#offered, replaces, live, reach?.agent)})
  }

  /** What runs there can be seen here, and go on here. */
  #isLive(key: string): boolean {
    const {reach} = this.#options
    return reach?.find(key) !== undefined && reach.skew(key) === undefined
  }

  /** Another session is opened. */
  stop(): void {
    this.#tail?.stop()
    this.#tail = undefined
  }

  choose(value: string): void {
    if (this.#offered) this.#choose(value as ElsewhereChoice, this.#offered)
  }

  #choose(choice: ElsewhereChoice, elsewhere: Elsewhere): void {
    const {key, taken, gone} = elsewhere
    const {open, store} = this.#options
    const carry = store.state.elsewhere !== undefined
    this.stop()
    switch (choice) {
      case 'take-over':
        void this.#takeOverFrom(key, {carry, verb: gone ? 'resumed' : taken ? 'took back' : 'took over'})
        return
      case 'watch':
        void this.#watch(key, carry)
        return
      case 'branch':
        open({kind: 'branch', key}, {carry, verb: 'branched off:'})
        return
      case 'new':
        // It was written for another session.
        store.dispatch({type: 'hold'})
        open({kind: 'new'}, {carry, verb: ''})
        return
      case 'read':
        void this.#read(key)
    }
  }

  /** What the other gateway stores is shown as it comes; when it is done, the session goes on here. */
  #follow(elsewhere: Elsewhere, why: string): void {
    const {store, supervisor, open} = this.#options
    const {key} = elsewhere
    let told = false
    const shown = () => {
      this.watching({...elsewhere})
      if (told) return
      told = true
      this.#notice('warn', `the gateway that works on it (pid ${elsewhere.pid}) can't be spoken to: ${why}`)
      this.#notice(
        'info',
        'read only, as it is stored there; when its turn is over it goes on here · Enter: take it over, …',
      )
    }
    this.#tail = new SessionTail({
      store,
      supervisor,
      key,
      now: Date.now,
      shown,
      free: () => {
        this.#tail = undefined
        open({kind: 'stored', key}, {carry: true, verb: 'nothing runs there any more: resumed'})
      },
      failed: (error) => {
        this.#tail = undefined
        this.#notice('error', `the session cannot be read: ${messageOf(error)}`)
      },
    })
    void this.#tail.start()
  }

  /** With all that runs there, where its gateway can be spoken to; else it is interrupted there, and opened here. */
  async #takeOverFrom(key: string, options: {carry: boolean; verb: string}): Promise<void> {
    const {open, move, reach, store} = this.#options
    if (reach?.find(key) !== undefined && reach.skew(key) === undefined) {
      try {
        return move({kind: 'stored', key}, await reach.connect(key, 'take-over'), options)
      } catch (error) {
        this.#notice('warn', `what runs there can't go on here: ${messageOf(error)}`)
      }
    }
    const target: SessionTarget = {kind: 'stored', key, takeOver: true}
    // What is watched is in another one's gateway, where nothing of ours is opened.
    if (store.state.view.watched) move(target, undefined, options)
    else open(target, options)
  }

  async #watch(key: string, carry: boolean): Promise<void> {
    const {move, reach} = this.#options
    try {
      if (!reach) throw new Error('it is not reached from here')
      move({kind: 'stored', key}, await reach.connect(key, 'watch'), {carry, verb: ''})
    } catch (error) {
      this.#notice('warn', `it can't be watched: ${messageOf(error)}`)
    }
  }

  async #read(key: string): Promise<void> {
    const {store, supervisor} = this.#options
    try {
      const {messages} = await supervisor.request('session.history', {session_id: key})
      const stored = wireMessages(messages)
      const alone = store.state.elsewhere !== undefined
      const items = alone ? unseenItems(store.state.items, stored) : itemsOfMessages(stored)
      const head: ItemBody[] = alone ? [] : [{kind: 'notice', tone: 'info', text: `${key}, read only:`}]
      store.dispatch({type: 'print', items: [...head, ...items]})
      const end = alone ? 'Enter: take over, branch, …' : 'back in this session'
      this.#notice('info', `read only, as it is now · ${items.length === 0 ? 'nothing new · ' : ''}${end}`)
    } catch (error) {
      this.#notice('error', `the session cannot be read: ${messageOf(error)}`)
    }
  }

  #notice(tone: Tone, text: string): void {
    this.#options.store.dispatch({type: 'print', items: [{kind: 'notice', tone, text}]})
  }
}
