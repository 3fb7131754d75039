import type {Action} from '../../keys/table.js'
import type {Chat} from '../chat.js'
import {beginSearch, type HistorySearch, matchOf, searchFor, searchOn} from '../composer/history-search.js'

/** What keys do while earlier prompts are searched. The draft stays what it is until a match is taken. */
export class SearchKeys {
  readonly #chat: Chat
  /** What was looked for last. */
  #query = ''

  constructor(chat: Chat) {
    this.#chat = chat
  }

  open(forward: boolean): void {
    this.#show(beginSearch(forward))
  }

  type(search: HistorySearch, text: string): void {
    this.#show(searchFor(this.#chat.history.entries, search, search.query + text))
  }

  /** False where the key means something else: the match is taken, and the key does that. */
  act(search: HistorySearch, action: Action | undefined): boolean {
    const {entries} = this.#chat.history
    switch (action) {
      case 'search-older':
      case 'search-newer': {
        const forward = action === 'search-newer'
        // As in a shell: nothing typed yet looks for the same as the last time.
        const repeated = search.query === '' && this.#query !== ''
        const next = repeated
          ? searchFor(entries, beginSearch(forward), this.#query)
          : searchOn(entries, search, forward)
        this.#show(next)
        return true
      }
      case 'search-erase':
        this.#show(searchFor(entries, search, [...search.query].slice(0, -1).join('')))
        return true
      case 'search-close':
        this.#close()
        return true
      default:
        this.#take(search)
        return action === 'search-take'
    }
  }

  #take(search: HistorySearch): void {
    const {store, history} = this.#chat
    const found = matchOf(history.entries, search)
    this.#close()
    if (found) store.dispatch({type: 'edit', action: {type: 'set', text: found.text}})
  }

  #show(search: HistorySearch): void {
    if (search.query !== '') this.#query = search.query
    this.#chat.store.dispatch({type: 'search', search})
  }

  #close(): void {
    this.#chat.store.dispatch({type: 'search', search: undefined})
  }
}
