import {errorCodes} from '../../protocol/frames.js'
import {RpcError} from '../rpc-error.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {continueTurn, submitPrompt} from '../session/session-turns.js'
import {steer, unsteer} from '../session/steer.js'
import type {NewImage} from '../store/types.js'
import {type MethodTable, ordered} from './method.js'

export const promptMethods: MethodTable<
  | 'prompt.submit'
  | 'prompt.continue'
  | 'session.interrupt'
  | 'session.steer'
  | 'session.unsteer'
  | 'approval.respond'
  | 'clarify.respond'
  | 'input.detect_drop'
  | 'image.attach'
> = {
  'prompt.submit': ordered((gateway, params) =>
    submitPrompt(gateway, liveSession(gateway, params.session_id), {
      text: params.text,
      promptId: params.prompt_id ?? params.client_turn_id,
      truncateBefore: params.truncate_before_user_ordinal,
      images: params.images,
      maxSteps: params.max_steps,
    }),
  ),

  'prompt.continue': ordered((gateway, params) =>
    continueTurn(gateway, liveSession(gateway, params.session_id), {
      promptId: params.prompt_id,
      maxSteps: params.max_steps,
    }),
  ),

  'session.interrupt': ordered((gateway, params) => {
    liveSession(gateway, params.session_id).interrupt()
    return {result: {status: 'interrupted'}}
  }),

  'session.steer': ordered((gateway, params) =>
    steer(gateway, liveSession(gateway, params.session_id), {text: params.text, id: params.prompt_id}),
  ),

  'session.unsteer': ordered((gateway, params) =>
    unsteer(gateway, liveSession(gateway, params.session_id), params.prompt_id),
  ),

  'approval.respond': ordered((gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    const {choice = 'deny', rule, reason, request_id: requestId, all = false} = params
    const answer = {choice, ...(rule === undefined ? {} : {rule}), ...(reason === undefined ? {} : {reason})}
    const resolved = answering(session, () => {
      const own = session.questions.respond(answer, {requestId, all})
      return own > 0 && !all ? own : own + (session.agents?.respond(answer, {requestId, all}) ?? 0)
    })
    if (resolved === 0 && requestId !== undefined) {
      const beside = [...gateway.sessions.values()].find(
        (one) => one.beside?.parentKey === session.key && one.questions.has(requestId),
      )
      if (beside && answering(beside, () => beside.questions.respond(answer, {requestId})) > 0)
        return {result: {resolved: 1}}
    }
    if (resolved === 0 && requestId !== undefined) throw notPending()
    return {result: {resolved}}
  }),

  'clarify.respond': ordered((gateway, params) => {
    const {request_id: requestId, answer = ''} = params
    const sessions = [...gateway.sessions.values()]
    const asked = sessions.find(({questions}) => questions.has(requestId))
    const answered = asked
      ? answering(asked, () => asked.questions.answer(requestId, answer))
      : sessions.some(({agents}) => agents?.answer(requestId, answer))
    if (!answered) throw notPending()
    return {result: {status: 'ok'}}
  }),

  'image.attach': ordered(async (gateway, {session_id: id, path}) => {
    const session = liveSession(gateway, id)
    if (path.trim() === '') throw new RpcError(errorCodes.pathRequired, 'path required')
    const {attachDropped, attachImage, readNamed} = await import('../session/prompt-images.js')
    const store = await gateway.services.store()
    const {image, rest, count, ...dropped} = (await attachDropped(session, store, path)) ?? {
      ...attachImage(session, store, await readNamed(session, path)),
      path,
      rest: '',
    }
    const text = [image.label, rest].filter(Boolean).join(' ')
    return {result: {attached: true, path: dropped.path, count, remainder: rest, text, ...shapeOf(image)}}
  }),

  /** The reference's screen asks before every prompt whether it begins with a file that was dropped. */
  'input.detect_drop': ordered(async (gateway, {session_id: id, text}) => {
    if (id === undefined || !/^\s*(?:['"]|[~.]*[\\/]|file:|[A-Za-z]:[\\/])/.test(text))
      return {result: {matched: false}}
    const {attachDropped} = await import('../session/prompt-images.js')
    const dropped = await attachDropped(liveSession(gateway, id), await gateway.services.store(), text)
    if (!dropped) return {result: {matched: false}}
    const {image, path, rest} = dropped
    return {
      result: {
        matched: true,
        is_image: true,
        path,
        count: 1,
        text: [image.label, rest].filter(Boolean).join(' '),
        ...shapeOf(image),
      },
    }
  }),
}

/** As the reference tells of an image. Tokens as Anthropic counts them: one for 750 pixels. */
function shapeOf({name, width, height}: NewImage): Record<string, unknown> {
  return {name, width, height, token_estimate: Math.ceil((width * height) / 750)}
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
