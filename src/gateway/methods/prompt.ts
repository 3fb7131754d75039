import {errorCodes} from '../../protocol/frames.js'
import {RpcError} from '../rpc-error.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {continueTurn, submitPrompt} from '../session/session-turns.js'
import {free, type MethodTable, ordered} from './method.js'

export const promptMethods: MethodTable<
  | 'prompt.submit'
  | 'prompt.continue'
  | 'session.interrupt'
  | 'approval.respond'
  | 'clarify.respond'
  | 'input.detect_drop'
> = {
  'prompt.submit': ordered((gateway, params) =>
    submitPrompt(gateway, liveSession(gateway, params.session_id), {
      text: params.text,
      promptId: params.prompt_id ?? params.client_turn_id,
      truncateBefore: params.truncate_before_user_ordinal,
    }),
  ),

  'prompt.continue': ordered((gateway, params) =>
    continueTurn(gateway, liveSession(gateway, params.session_id), params.prompt_id),
  ),

  'session.interrupt': ordered((gateway, params) => {
    liveSession(gateway, params.session_id).interrupt()
    return {result: {status: 'interrupted'}}
  }),

  'approval.respond': ordered((gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    const {choice = 'deny', rule, reason, request_id: requestId, all = false} = params
    const answer = {choice, ...(rule === undefined ? {} : {rule}), ...(reason === undefined ? {} : {reason})}
    const resolved = answering(session, () => session.questions.respond(answer, {requestId, all}))
    if (resolved === 0 && requestId !== undefined) throw notPending()
    return {result: {resolved}}
  }),

  'clarify.respond': ordered((gateway, params) => {
    const {request_id: requestId, answer = ''} = params
    const asked = [...gateway.sessions.values()].find(({questions}) => questions.has(requestId))
    if (!asked || !answering(asked, () => asked.questions.answer(requestId, answer))) throw notPending()
    return {result: {status: 'ok'}}
  }),

  /** Dropped files are the terminal's business; the reference asks before every prompt. */
  'input.detect_drop': free(() => ({result: {matched: false}})),
}

/** Where another process has the session, and asks by itself, the turn that still waits here is left to it. */
function answering<T>(session: LiveSession, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof RpcError && error.code === errorCodes.ownedElsewhere) session.interrupt()
    throw error
  }
}

function notPending(): RpcError {
  return new RpcError(errorCodes.busy, 'no pending answer request')
}
