import {exitCodes, gatewayExitCodes, HermesError} from '../../errors.js'
import type {EventPayloads} from '../../protocol/events.js'
import {errorCodes} from '../../protocol/frames.js'
import type {StopReason} from '../../protocol/stop-reason.js'
import type {ExitReport, SupervisorView} from '../../supervisor/types.js'

/** The gateway ended for good: nothing that was tried brought it back. */
export function gatewayFailure(exit: ExitReport | undefined): HermesError {
  const byCode: Record<number, number> = {
    [gatewayExitCodes.config]: exitCodes.config,
    [gatewayExitCodes.store]: exitCodes.store,
  }
  const what = exit ? `the gateway ${exit.summary}` : 'the gateway is gone'
  return new HermesError(what, {
    code: `gateway/${exit?.cause ?? 'gone'}`,
    exit: (exit && exit.code !== null ? byCode[exit.code] : undefined) ?? exitCodes.gateway,
    suggestions: exit?.remedy ? [exit.remedy] : [],
  })
}

/** hermes ends itself before the system would. */
export function memoryFailure(key: string | null): HermesError {
  return new HermesError('ended itself: its memory was nearly full', {
    code: 'memory/critical',
    exit: exitCodes.memoryCritical,
    suggestions: key ? [`hermes chat --resume ${key} goes on with the session`] : [],
  })
}

/** Whose fault a refusal is, by its code on the wire; the rest is the gateway's. */
const exitByWireCode: Record<number, number> = {
  [errorCodes.storedSessionNotFound]: exitCodes.sessionNotFound,
  [errorCodes.ownedElsewhere]: exitCodes.sessionElsewhere,
  [errorCodes.badValue]: exitCodes.usage,
  [errorCodes.model]: exitCodes.provider,
  [errorCodes.configError]: exitCodes.config,
  [errorCodes.resumeFailed]: exitCodes.store,
}

/** A text of the gateway without commands of the chat, which are no remedies here. */
function outsideChat(text: string): string {
  const sentences = text.replaceAll(/ with \/(?:continue|retry)\b/g, '').split(/(?<=[.!?])\s+(?=\S)/)
  return sentences.filter((sentence) => !/(?:^|\s)\/(?:continue|retry)\b/.test(sentence)).join(' ')
}

/** The gateway lives and refused a request. */
export function refusal(code: unknown, message: string, cause?: unknown): HermesError {
  return new HermesError(message, {
    code: `gateway/refused-${code}`,
    exit: (typeof code === 'number' ? exitByWireCode[code] : undefined) ?? exitCodes.gateway,
    cause,
  })
}

/** The gateway lives and there is no session in it. */
export function sessionProblem(
  {code, message, data}: NonNullable<SupervisorView['problem']>,
  wanted: string,
): HermesError {
  const meant = candidatesOf(data)
  if (code === errorCodes.storedSessionNotFound && meant.length > 0) {
    return new HermesError(`several sessions have '${wanted}' in their title`, {
      code: 'session/ambiguous',
      exit: exitCodes.sessionNotFound,
      suggestions: meant.slice(0, CANDIDATES).map(({key, title}) => `--resume ${key}  ${title}`),
    })
  }
  if (code === errorCodes.storedSessionNotFound) {
    return new HermesError(`no session has the key or title '${wanted}'`, {
      code: 'session/not-found',
      exit: exitCodes.sessionNotFound,
      suggestions: ['--continue goes on with the most recent session of this folder', 'hermes sessions lists them all'],
    })
  }
  if (code === errorCodes.ownedElsewhere && data?.detached) {
    const key = String(data.session_key)
    return new HermesError(message.split(';', 1)[0] ?? message, {
      code: 'session/detached',
      exit: exitCodes.sessionElsewhere,
      suggestions: [
        `hermes attach ${key} comes back to it, in a terminal`,
        `hermes stop ${key} ends it; it is stored up to there`,
        'or ask in a new session: without --continue and --resume',
      ],
    })
  }
  if (code === errorCodes.ownedElsewhere) {
    return new HermesError(message.split(';', 1)[0] ?? message, {
      code: 'session/owned-elsewhere',
      exit: exitCodes.sessionElsewhere,
      suggestions: [
        '--take-over takes it from there; a turn that runs there is interrupted',
        'or close it there, or ask in a new session: without --continue and --resume',
      ],
    })
  }
  return refusal(code, message)
}

/** So many of those that a part of a title fits are told. */
const CANDIDATES = 8

/** Sessions that a name may have meant, as the refusal of `session.resume` tells them. */
function candidatesOf(data: Record<string, unknown> | undefined): {key: string; title: string}[] {
  if (!Array.isArray(data?.candidates)) return []
  return data.candidates.flatMap(({id, title}) =>
    typeof id === 'string' && typeof title === 'string' ? [{key: id, title}] : [],
  )
}

/** `--continue`, and all sessions are of other folders: a script must not get one of them by chance. */
export function noSessionHere(cwd: string): HermesError {
  return new HermesError(`no session was held in this folder (${cwd})`, {
    code: 'session/none-here',
    exit: exitCodes.sessionNotFound,
    suggestions: [
      '--resume KEY goes on with one of another folder: hermes sessions lists them',
      'without --continue a new one is begun',
    ],
  })
}

/** The model was stopped at the most steps that one prompt may take; what it did until then is stored. */
export function stepLimit(warning: string | undefined, key: string | null): HermesError {
  const what = warning && outsideChat(warning)
  return new HermesError(what || 'the reply was stopped at the most model steps that one prompt may take', {
    code: 'turn/step-limit',
    exit: exitCodes.stepLimit,
    suggestions: [
      '--max-turns N or tools.maxSteps allows more',
      ...(key ? [`hermes chat --resume ${key} goes on`] : []),
    ],
  })
}

/** The reply is over and not whole: what there is of it is printed and stored. */
export function incompleteReply(reason: StopReason, warning: string | undefined, key: string | null): HermesError {
  const what = (warning && outsideChat(warning)) || 'The reply is not whole.'
  return new HermesError(what.replace(/\.$/, ''), {
    code: `turn/${reason}`,
    exit: exitCodes.incomplete,
    suggestions: key ? [`hermes chat --resume ${key} shows what there is and lets you go on`] : [],
  })
}

/** The time of `--max-seconds` was over; what there is of the reply is stored. */
export function timeLimit(ms: number, {sent, key}: {sent: boolean; key: string | null}): HermesError {
  const what = sent ? 'the reply was stopped' : 'the prompt was not sent'
  return new HermesError(`${what}: it took longer than ${ms / 1000} s`, {
    code: 'turn/time-limit',
    exit: exitCodes.incomplete,
    suggestions: ['--max-seconds N allows more', ...(sent && key ? [`hermes chat --resume ${key} goes on`] : [])],
  })
}

/** No answer fits the schema, though the model was told what was wrong. The last one is kept. */
export function unfitAnswer(misfits: readonly string[], key: string | null): HermesError {
  return new HermesError(`no answer fits the JSON Schema; of the last one: ${misfits.join('; ')}`, {
    code: 'turn/schema-mismatch',
    exit: exitCodes.incomplete,
    suggestions: key ? [`hermes chat --resume ${key} shows what there is`] : [],
  })
}

/** The gateway is another program, and has no word for them. */
export function noImages(): HermesError {
  return new HermesError('this gateway takes no images with a prompt', {
    code: 'usage/no-images',
    exit: exitCodes.usage,
    suggestions: ['leave them out, or --gateway-command: the built-in gateway takes them'],
  })
}

/** A turn of the session, not ours, runs or waits for an answer that nobody can give here. */
export function sessionBusy(key: string | null): HermesError {
  return new HermesError('a turn of this session waits for an answer', {
    code: 'session/waiting',
    exit: exitCodes.sessionElsewhere,
    suggestions: [
      `${key ? `hermes chat --resume ${key}` : 'hermes chat --continue'} asks you`,
      'or ask in a new session: without --continue and --resume',
    ],
  })
}

/** A turn that failed. The code's area says whose fault it is; the reference gateway sends none. */
export function turnFailure({message, code, hint}: EventPayloads['error']): HermesError {
  const area = code?.split('/')[0]
  const exit = {
    store: exitCodes.store,
    config: exitCodes.config,
    gateway: exitCodes.gateway,
    session: exitCodes.sessionElsewhere,
    internal: exitCodes.failure,
  }[area ?? '']
  return new HermesError(outsideChat(message) || message, {
    code: code ?? 'provider/failed',
    exit: exit ?? exitCodes.provider,
    suggestions: hint ? hint.split('\n').flatMap((line) => outsideChat(line) || []) : [],
  })
}
