import type {MessageRow, SessionSummary, Usages} from '../gateway/store/types.js'
import {findStored, type Holder, holderOf, type Place, withStore} from './stored.js'

export interface ShownSession {
  session: SessionSummary
  usage: Usages
  /** Which other program works on it. */
  holder: Holder | undefined
  /** The newest of its messages, oldest first. */
  messages: MessageRow[]
}

/** A stored session with its newest `limit` messages. */
export function showSession(place: Place, name: string, limit: number): Promise<ShownSession> {
  return withStore(place, {reads: true, name}, (store) => {
    const session = findStored(store, name, place.env)
    const {key} = session
    return {
      session,
      usage: store.usage(key),
      holder: holderOf(store, key, place.env),
      messages: limit === 0 ? [] : store.shownMessages(key, limit).slice(-limit),
    }
  })
}
