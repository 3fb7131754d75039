import type {Action} from '../../keys/table.js'
import type {Chat} from '../chat.js'
import {draftOf} from '../composer/literal.js'
import {inQueue, type Prompt, queued, shownText} from '../state/prompts.js'

/** What keys do while the queue is open. */
export class QueueKeys {
  readonly #chat: Chat

  constructor(chat: Chat) {
    this.#chat = chat
  }

  /** Opens it at what is sent last, which was entered last. */
  open(): void {
    const {store, state} = this.#chat
    const last = queued(state.prompts).at(-1)
    if (last) store.dispatch({type: 'queue-at', id: last.id})
    else store.dispatch({type: 'hint', text: 'the queue is empty: what you send while a reply runs waits in it'})
  }

  act(action: Action | undefined) {
    const {store, state, delivery, history} = this.#chat
    const chosen = inQueue(state.prompts, state.queueAt)
    if (!chosen) return
    switch (action) {
      case 'queue-up':
        return this.#choose(chosen.id, -1)
      case 'queue-down':
        return this.#choose(chosen.id, 1)
      case 'queue-earlier':
        return store.dispatch({type: 'move-queued', id: chosen.id, by: -1})
      case 'queue-later':
        return store.dispatch({type: 'move-queued', id: chosen.id, by: 1})
      case 'queue-edit':
        return this.take(chosen.id)
      case 'queue-remove':
        return this.#released(chosen, () => {
          history.add(draftOf(shownText(chosen)))
          store.dispatch({type: 'dequeue', id: chosen.id})
        })
      case 'queue-steer':
        if (delivery.steerQueued(chosen.id)) return
        return store.dispatch({type: 'hint', text: 'no reply runs that it could be told to'})
      case 'queue-hold':
        store.dispatch({type: state.held ? 'release' : 'hold'})
        return delivery.pump()
      case 'queue-close':
        return store.dispatch({type: 'queue-at', id: undefined})
    }
  }

  /** Into the input; a draft that stands there is one step back in the history. */
  take(id: string): void {
    const chosen = this.#chat.state.prompts.find((prompt) => prompt.id === id)
    if (chosen) this.#released(chosen, () => this.#take(id))
  }

  #take(id: string): void {
    const {store, state, history} = this.#chat
    const draft = state.editor.text
    if (draft.trim() !== '') history.add(draft)
    store.dispatch({type: 'take-queued', id})
    const up = this.#chat.key('up')
    const back = up === undefined ? '' : `: ${up} brings it back`
    if (draft.trim() !== '') store.dispatch({type: 'hint', text: `your draft is kept${back}`})
  }

  /** What the gateway has to tell its model is changed only when it gives it back. */
  #released({id, steers}: Prompt, change: () => void): void {
    if (steers === undefined) change()
    else void this.#chat.delivery.release(id).then((free) => free && change())
  }

  #choose(id: string, by: -1 | 1): void {
    const {store, state} = this.#chat
    const waiting = queued(state.prompts)
    const next = waiting[waiting.findIndex((prompt) => prompt.id === id) + by]
    if (next) store.dispatch({type: 'queue-at', id: next.id})
  }
}
