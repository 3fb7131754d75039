import type {SessionInfo, ToolState, Usage} from './methods.js'
import type {StopReason} from './stop-reason.js'

/**
 * What a person decides by. `command` and `description` are the reference's, the others the built-in gateway's; the
 * answer is `approval.respond {request_id, choice, rule?, reason?}`.
 */
export interface ApprovalRequest {
  /** The whole command; of a file its real path. */
  command: string
  description: string
  pattern_key?: string
  allow_permanent?: boolean
  request_id?: string
  /** Default `command`. */
  kind?: 'command' | 'edit' | 'read'
  /** Unified diff of what would be written, without colours. */
  diff?: string
  /** Working directory of a command. */
  cwd?: string
  /** Why it is dangerous, a line each: `deletes files`. */
  dangers?: string[]
  /** What is destroyed by it can't be had back: nothing is preselected. */
  destructive?: boolean
  /** Why it is asked, where a rule or a mode says so. */
  why?: string
  /** How long a yes may hold beside `once`; the chosen one comes back as `choice` and `rule`. */
  offers?: {scope: 'session' | 'always'; rule: string; covers: string}[]
}

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
    /** Ours: model steps of this turn. */
    steps?: number
    /** Ours; absent: the reply is whole. With status `complete` the provider ended it, and there is no more of it. */
    stop_reason?: StopReason
  }
  /**
   * Ours: a call of the model failed before its first token, and is tried again after that wait. Any other event of the
   * turn ends the wait. `reason` in a few words: `overloaded (529)`.
   */
  'model.retry': {attempt: number; limit: number; wait_ms: number; reason: string}
  /** Ours: nothing has come from the model for that long. Any other event of the turn ends the silence. */
  'model.silent': {silent_ms: number}
  'thinking.delta': {text: string}
  'reasoning.delta': {text: string}
  'reasoning.available': {text: string}
  'tool.generating': {name: string}
  'tool.start': {tool_id: string; name: string; context: string; args_text?: string}
  /**
   * The newest of what a running call puts out, in place of what was told before; never stored. `name` and `preview` are
   * the reference's, `tool_id` is ours.
   */
  'tool.progress': {name: string; preview: string; tool_id?: string}
  'tool.complete': {
    tool_id: string
    name: string
    args?: unknown
    result?: unknown
    duration_s?: number
    summary?: string
    todos?: unknown
    inline_diff?: string
    /** Ours; default `complete`. */
    status?: ToolState
    /** Ours, of a call that never started: preview of its arguments. */
    context?: string
  }
  'approval.request': ApprovalRequest
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
