export type Params = Record<string, unknown>

/** `after`: when the answer is written. */
export interface Answer {
  result: Record<string, unknown>
  after?: () => unknown
}

/** A method of our wire. Rejects with an RpcError. */
export type Method = (params: Params) => Answer | Promise<Answer>
