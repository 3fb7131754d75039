import {HermesError, messageOf} from '../errors.js'
import {errorCodes} from '../protocol/frames.js'

/** A refusal that a method answers with: a code of the wire and one line for a person. */
export class RpcError extends Error {
  readonly code: number
  readonly data: Record<string, unknown> | undefined

  constructor(code: number, message: string, cause?: unknown, data?: Record<string, unknown>) {
    super(message, cause === undefined ? undefined : {cause})
    this.name = 'RpcError'
    this.code = code
    this.data = data
  }
}

/** Message and first remedy of an error as one line. */
export function lineOf(error: unknown): string {
  const message = messageOf(error)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
  const remedy = error instanceof HermesError ? error.suggestions[0] : undefined
  if (!remedy) return message
  return `${/[.!?]$/.test(message) ? message : `${message}.`} ${remedy}`
}

const codesByArea: readonly (readonly [prefix: string, code: number])[] = [
  ['store/title', errorCodes.titleInvalid],
  ['store/', errorCodes.resumeFailed],
  ['config/', errorCodes.configError],
  ['provider/unknown-model', errorCodes.badValue],
  ['provider/', errorCodes.model],
  // What a model is asked for beside the conversation.
  ['context/', errorCodes.model],
]

/** What the wire is told of anything that a method threw. A defect of ours is -32603, and the process lives on. */
export function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error
  if (error instanceof HermesError) {
    const known = codesByArea.find(([prefix]) => error.code.startsWith(prefix))
    // It was written for a person: no defect, whatever it is about.
    return new RpcError(known?.[1] ?? errorCodes.internal, lineOf(error), error)
  }
  return new RpcError(errorCodes.internal, `internal error: ${lineOf(error)}`, error)
}
