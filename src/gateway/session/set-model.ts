import type {Gateway} from '../gateway.js'
import {sessionInfo} from './info.js'
import type {LiveSession} from './live-session.js'
import {assertNotCompacting} from './session-turns.js'

/** For this session alone, from the next prompt on. Returns the name under which it is known from now on. */
export async function setModel(gateway: Gateway, session: LiveSession, wanted: string): Promise<string> {
  assertNotCompacting(session)
  const model = await (await gateway.services.registry()).resolve(wanted)
  session.model = model.id
  session.context = undefined
  if (session.stored) (await gateway.services.store()).setModel(session.key, model.id)
  gateway.emit(session.id, 'session.info', {...(await sessionInfo(gateway, session))})
  return model.id
}
