import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {mintPromptId} from '../ids.js'
import type {Reply} from '../methods/method.js'
import {RpcError} from '../rpc-error.js'
import type {LiveSession} from './live-session.js'

/**
 * Says something to the turn that runs. `queued`: its model is told at the end of the step; `delivered`: words of that id
 * are part of a turn already; `rejected`: no turn runs that asks its model once more. Without an id there is nobody who
 * keeps the words until then: they are stored with the turn.
 */
export async function steer(
  gateway: Gateway,
  session: LiveSession,
  input: {text: string; id: string | undefined},
): Promise<Reply> {
  const text = wellFormed(input.text).trim()
  if (text === '') throw new RpcError(errorCodes.badValue, 'text is required')
  const id = input.id ?? mintPromptId()
  if (input.id !== undefined && (await isTold(gateway, session, id))) {
    return {result: {status: 'delivered', text, prompt_id: id}}
  }
  const taken = session.turn?.steer({id, text, kept: input.id === undefined}) ?? false
  return {result: {status: taken ? 'queued' : 'rejected', text, prompt_id: id}}
}

/** `returned`: the model will not be told; `delivered`: it was; `unknown`: nothing of that id waits here. */
export async function unsteer(gateway: Gateway, session: LiveSession, id: string): Promise<Reply> {
  if (session.turn?.unsteer(id)) return {result: {status: 'returned'}}
  return {result: {status: (await isTold(gateway, session, id)) ? 'delivered' : 'unknown'}}
}

async function isTold(gateway: Gateway, session: LiveSession, id: string): Promise<boolean> {
  if (session.turn?.steered.has(id)) return true
  if (!session.stored) return false
  const store = await gateway.services.store()
  return store.steeredTurn(session.key, id) !== undefined || store.turn(session.key, id) !== undefined
}
