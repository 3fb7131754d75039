/** Why a request to the gateway failed: a code of the wire, its death, or no answer in time. */
export type RequestErrorCode = number | 'gateway-gone' | 'timeout'

export class RequestError extends Error {
  readonly code: RequestErrorCode
  readonly method: string
  /** What the gateway told beside the message, for a program. */
  readonly data: Record<string, unknown> | undefined

  constructor(code: RequestErrorCode, message: string, method: string, data?: Record<string, unknown>) {
    super(message)
    this.name = 'RequestError'
    this.code = code
    this.method = method
    this.data = data
  }
}

/** Whether it was asked of a gateway that died, or was not there: nobody knows whether it was done. */
export function isGatewayGone(error: unknown): error is RequestError {
  return error instanceof RequestError && error.code === 'gateway-gone'
}
