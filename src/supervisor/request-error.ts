/** Why a request to the gateway failed: a code of the wire, its death, or no answer in time. */
export type RequestErrorCode = number | 'gateway-gone' | 'timeout'

export class RequestError extends Error {
  readonly code: RequestErrorCode
  readonly method: string

  constructor(code: RequestErrorCode, message: string, method: string) {
    super(message)
    this.name = 'RequestError'
    this.code = code
    this.method = method
  }
}
