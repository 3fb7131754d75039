import path from 'node:path'
import {waitingPrompts} from '../../hand-over/outbox-file.js'
import {keptImagesIn} from '../../images/kept.js'
import {homeFiles} from '../../platform.js'
import type {Gateway} from '../gateway.js'
import {lineOf} from '../rpc-error.js'
import type {LiveSession} from '../session/live-session.js'
import {submitPrompt} from '../session/session-turns.js'
import type {Store} from '../store/types.js'

/** A prompt was queued in the screen for a session that has nothing to do. */
export async function isQueued(gateway: Gateway): Promise<boolean> {
  const found = await Promise.all([...gateway.sessions.values()].map((session) => nextOf(gateway, session)))
  return found.some((next) => next !== undefined)
}

/**
 * Begins the next turn that was queued in the screen when its terminal was lost, where `alone` still holds. False: there
 * is none. A prompt is known by its id: one that had its turn has no second one, whoever sends it. Never rejects.
 */
export async function startQueued(gateway: Gateway, alone: () => boolean): Promise<boolean> {
  try {
    for (const session of gateway.sessions.values()) {
      const next = await nextOf(gateway, session)
      if (!next || !alone()) continue
      const reply = await submitPrompt(gateway, session, {...next, truncateBefore: undefined})
      reply.after?.()
      return true
    }
  } catch (error) {
    gateway.diagnose(`[gateway-detach] what was queued waits: ${lineOf(error)}`)
  }
  return false
}

/** It had a turn, or was told to one while that ran. */
function isKnown(store: Store, key: string, id: string): boolean {
  return store.turn(key, id) !== undefined || store.steeredTurn(key, id) !== undefined
}

/** Behind a reply that broke off nothing goes out before the person has seen that. */
async function nextOf({services, home}: Gateway, {key, stored, turn}: LiveSession) {
  if (!stored || turn) return undefined
  const store = await services.store()
  if (store.lastTurn(key)?.status !== 'complete') return undefined
  const {outbox, pasted} = homeFiles(home)
  const next = waitingPrompts(outbox, key).find(({id, text}) => text.trim() !== '' && !isKnown(store, key, id))
  if (!next) return undefined
  const {id, text, pasted: names = {}} = next
  const nameOf = (label: string) => (Object.hasOwn(names, label) ? path.basename(names[label] ?? '') : undefined)
  return {text, promptId: id, images: keptImagesIn(pasted, text, nameOf)}
}
