import {errorCodes} from '../../protocol/frames.js'
import {RpcError} from '../rpc-error.js'
import {liveSession} from '../session/live-session.js'
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
      promptId: params.prompt_id,
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
    const {questions} = liveSession(gateway, params.session_id)
    return {result: {resolved: questions.respond(params.choice ?? 'deny', params.all ?? false)}}
  }),

  'clarify.respond': ordered((gateway, params) => {
    const answer = params.answer ?? ''
    const found = [...gateway.sessions.values()].some((session) => session.questions.answer(params.request_id, answer))
    if (!found) throw new RpcError(errorCodes.busy, 'no pending answer request')
    return {result: {status: 'ok'}}
  }),

  /** Dropped files are the terminal's business; the reference asks before every prompt. */
  'input.detect_drop': free(() => ({result: {matched: false}})),
}
