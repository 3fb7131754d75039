export type Id = string | number

/** A message of JSON-RPC, as it is on the line. */
export interface Message {
  jsonrpc?: string
  id?: Id
  method?: string
  params?: Record<string, unknown>
  result?: unknown
  error?: {code: number; message: string; data?: unknown}
}

export const isRequest = ({id, method}: Message) => id !== undefined && id !== null && method !== undefined

export const isResponse = ({id, method}: Message) => id !== undefined && id !== null && method === undefined

/** Undefined for what is no object. */
export function parsedMessage(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line)
    return typeof message === 'object' && message !== null && !Array.isArray(message) ? message : undefined
  } catch {
    return undefined
  }
}

export function sessionIn({params}: Message): string | undefined {
  return typeof params?.sessionId === 'string' ? params.sessionId : undefined
}

/** The same for another session; as it is where that is the one. */
export function withSession(message: Message, sessionId: string): Message {
  return sessionIn(message) === sessionId ? message : {...message, params: {...message.params, sessionId}}
}

export const asError = (id: Id, code: number, message: string): Message => ({
  jsonrpc: '2.0',
  id,
  error: {code, message},
})
