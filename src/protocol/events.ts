import type {SessionInfo, Usage} from './methods.js'

/** Payload of each event that the client handles. Events not named here are ignored. */
export interface EventPayloads {
  'gateway.ready': {
    skin: Record<string, unknown>
    /** The members below are the built-in gateway's; the Python gateway sends the skin alone. */
    protocol_version?: number
    gateway_version?: string
    pid?: number
    capabilities?: string[]
  }
  'message.start': undefined
  'message.delta': {text: string; rendered?: string}
  'message.complete': {
    text: string | null
    usage?: Usage
    status: 'complete' | 'interrupted' | 'error'
    reasoning?: string
    warning?: string
    /** Ours. */
    prompt_id?: string
  }
  'thinking.delta': {text: string}
  'reasoning.delta': {text: string}
  'reasoning.available': {text: string}
  'tool.generating': {name: string}
  'tool.start': {tool_id: string; name: string; context: string; args_text?: string}
  'tool.complete': {
    tool_id: string
    name: string
    args?: unknown
    result?: unknown
    duration_s?: number
    summary?: string
    todos?: unknown
    inline_diff?: string
  }
  'approval.request': {command: string; description: string; pattern_key?: string; allow_permanent?: boolean}
  'clarify.request': {question: string; choices: string[] | null; request_id: string}
  'sudo.request': {request_id: string}
  'secret.request': {prompt: string; env_var: string; request_id: string}
  'session.info': SessionInfo
  'status.update': {kind: string; text: string}
  error: {message: string; code?: string; hint?: string}
}

export type EventType = keyof EventPayloads

export type GatewayEvent = {
  [T in EventType]: {type: T; sessionId: string | undefined; payload: EventPayloads[T]}
}[EventType]
