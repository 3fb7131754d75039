import type {ApprovalRequest} from './approval.js'
import type {Job, SessionInfo, ToolState, Usage} from './methods.js'
import type {AskId, ServerRequest} from './requests.js'
import type {StopReason} from './stop-reason.js'

export type {ApprovalRequest}

/** Payload of each event that the client handles. Events not named here are ignored. */
export interface EventPayloads {
  'gateway.ready': {
    skin: Record<string, unknown>
    /** The members below are the built-in gateway's; the Python gateway sends the skin alone. */
    protocol_version?: number
    gateway_version?: string
    pid?: number
    /** What it can do: a list of ours, a map since November 2026; the names that hold. */
    capabilities?: string[]
    /** Since autumn 2026. Names the numbering of `seq`: the same one means the same sessions, live as they were. */
    replay_epoch?: string
    protocol?: {version?: number}
  }
  'message.start': undefined
  /** Ours, to who watches: the prompt whose turn is about to start. Who sent it knows it. */
  'prompt.begun': {prompt_id?: string; text: string}
  /** Ours: words that were said to the turn which runs are part of it from here on. */
  'prompt.steered': {prompt_id: string; text: string}
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
  /**
   * Ours, for the hooks of plugins, which the client runs: a call is about to run. It is answered by `tool.decide`; without
   * an answer the call goes on. It is told without a live id, as one who has not opened the session yet answers too.
   */
  'tool.before': {
    request_id: string
    session_key: string
    prompt_id: string
    tool_id: string
    name: string
    args?: unknown
    /** Preview of the arguments, at most 80 characters. */
    context: string
    cwd: string
  }
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
  /** Ours: the commands that run beside the session, and those that did, whenever one begins, ends or is kept. */
  'jobs.changed': {jobs: Job[]}
  /** Ours: the newest of what a line of the person's own puts out, in place of what was told before. */
  'shell.output': {exec_id: string; preview: string}
  'approval.request': ApprovalRequest
  /** `agent`: as of an approval. */
  'clarify.request': {question: string; choices: string[] | null; request_id: string; agent?: string}
  'sudo.request': {request_id: string}
  'secret.request': {prompt: string; env_var: string; request_id: string; metadata?: {help?: string}}
  'session.info': SessionInfo
  'status.update': {kind: string; text: string}
  /** A piece of the reply beside tool calls, whole. */
  'message.interim': {text: string; already_streamed: boolean}
  /** A request of the gateway needs no answer any more. */
  'request.cancel': {id: AskId; method: string; reason: string}
  /** The same for a question that came as an event (summer 2026). */
  'clarify.expire': ExpiredQuestion
  'sudo.expire': ExpiredQuestion
  'secret.expire': ExpiredQuestion
  /** Ours. */
  'approval.expire': ExpiredQuestion
  'notification.show': {text: string; level: string; kind: string; key?: string}
  'notification.clear': {key: string}
  notice: {message: string}
  'review.summary': {text: string}
  /** `session_id` is the durable key. */
  'session.title': {session_id: string; title: string}
  'session.usage': {usage: Usage}
  /** The gateway let go of a live session; its durable key still names it. */
  'session.reclaimed': {session_id: string; stored_session_id: string; reason: string}
  'todo.updated': {todos: TodoItem[]}
  'tool.output_risk': {name: string; risk: string; findings: string[]; redacted: boolean}
  /** A task that ran beside the session. */
  'background.complete': SideAnswer
  'btw.complete': SideAnswer
  'subagent.spawn_requested': SubagentNews
  'subagent.start': SubagentNews
  'subagent.thinking': SubagentNews
  'subagent.progress': SubagentNews
  'subagent.tool': SubagentNews
  'subagent.complete': SubagentNews
  'moa.reference': {label: string; index?: number; count?: number}
  'moa.progress': {label: string; refs_done: number; refs_total: number}
  'moa.aggregating': {aggregator: string}
  'browser.progress': {message: string}
  error: {message: string; code?: string; hint?: string}
  /** Ours: another client has this gateway now, and nothing more is heard of it here. `pid`: of that client. */
  'gateway.released': {pid?: number}
}

export interface TodoItem {
  content: string
  /** `pending`, `in_progress`, `completed`, `cancelled`, … */
  status: string
}

/** `reason` is ours; default it was not answered in time. */
export interface ExpiredQuestion {
  request_id: string
  reason?: string
}

export interface SideAnswer {
  task_id: string
  text: string
  question?: string
  /** Ours: the session in which it was done, and how it ended. */
  session_key?: string
  status?: string
}

export interface SubagentNews {
  goal: string
  /** Counted from 0. */
  task_index: number
  task_count: number
  /** Absent where older gateways know them by their place alone. */
  subagent_id?: string
  child_session_id?: string
  depth?: number
  model?: string
  tool_name?: string
  tool_preview?: string
  text?: string
  status?: string
  summary?: string
  duration_seconds?: number
  tool_count?: number
  api_calls?: number
  /** Ours, as what follows. */
  total_tokens?: number
  /** A few words of the goal. */
  name?: string
  /** It waits for the person. */
  asks?: boolean
  /** It changed files there. */
  branch?: string
  /** What it wanted to do and nobody could be asked for; the rule would allow it. */
  denials?: SubagentDenial[]
}

export interface SubagentDenial {
  tool_id: string
  name: string
  context: string
  reason: string
  would_allow?: string
}

export type EventType = keyof EventPayloads

export type GatewayEvent =
  | {
      [T in EventType]: {type: T; sessionId: string | undefined; payload: EventPayloads[T]; seq?: number}
    }[EventType]
  /** No event of the wire: a request of the gateway, in its place among the events. */
  | {type: 'gateway.request'; sessionId: string | undefined; payload: ServerRequest; seq?: number}
