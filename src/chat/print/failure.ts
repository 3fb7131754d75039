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
  return new HermesError(warning ?? 'the reply was stopped at the most model steps that one prompt may take', {
    code: 'turn/step-limit',
    exit: exitCodes.stepLimit,
    suggestions: [
      '--max-steps N or tools.maxSteps allows more',
      ...(key ? [`hermes chat --resume ${key} goes on`] : []),
    ],
  })
}

/** The reply is over and not whole: what there is of it is printed and stored. */
export function incompleteReply(reason: StopReason, warning: string | undefined, key: string | null): HermesError {
  // The remedies of the chat are none here.
  const what = (warning ?? 'The reply is not whole.').replace(/ \/(?:continue|retry) [^.]*\.$/, '')
  return new HermesError(what.replace(/\.$/, ''), {
    code: `turn/${reason}`,
    exit: exitCodes.incomplete,
    suggestions: key ? [`hermes chat --resume ${key} shows what there is and lets you go on`] : [],
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
  return new HermesError(message, {
    code: code ?? 'provider/failed',
    exit: exit ?? exitCodes.provider,
    suggestions: hint ? hint.split('\n') : [],
  })
}
