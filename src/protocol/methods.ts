import * as v from 'valibot'
import type {OpenRequest} from './requests.js'
import type {StopReason} from './stop-reason.js'

/**
 * Parameters of each method that the built-in gateway serves, as schemas. Unknown members are
 * ignored, as the reference does. `session_id` is a live id except in resume and delete.
 */

const sessionId = v.string()
const optionalText = v.optional(v.string())

export const paramSchemas = {
  'gateway.ping': v.object({}),
  'gateway.shutdown': v.object({reason: optionalText}),
  /** Ours: works on without its client where there is something to do; `stays` says whether. */
  'gateway.detach': v.object({}),
  'setup.status': v.object({}),
  'setup.runtime_check': v.object({}),
  'config.get': v.object({key: v.optional(v.string(), '')}),
  'config.set': v.object({key: v.string(), value: v.optional(v.unknown()), session_id: optionalText}),
  'commands.catalog': v.object({}),
  'complete.slash': v.object({text: v.string()}),
  'slash.exec': v.object({session_id: sessionId, command: v.optional(v.string(), '')}),
  'model.options': v.object({session_id: optionalText}),
  'input.detect_drop': v.object({session_id: optionalText, text: v.string()}),
  'terminal.resize': v.object({session_id: sessionId, cols: v.number()}),
  'session.create': v.object({
    cols: v.optional(v.number()),
    title: optionalText,
    /** Ours: the key of a session that died before its first prompt; it is kept where it is free. */
    stored_session_id: optionalText,
    messages: v.optional(
      v.array(v.object({role: v.picklist(['user', 'assistant', 'system']), content: optionalText, text: optionalText})),
    ),
    cwd: optionalText,
    model: optionalText,
    provider: optionalText,
  }),
  'session.resume': v.object({
    session_id: optionalText,
    cols: v.optional(v.number()),
    model: optionalText,
    /** Ours: only the turns that hold that many of the newest messages; `message_count` tells how many there are. */
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    /** Ours: take the session from another live gateway, which then answers 4091 for it. */
    take_over: v.optional(v.boolean()),
  }),
  /** Ours: `session_id` may be a durable key or title too. */
  'session.branch': v.object({
    session_id: optionalText,
    name: optionalText,
    cols: v.optional(v.number()),
    model: optionalText,
    /** As in `session.resume`. */
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  /** Ours: of sessions of that folder and of none; `unfinished`: of any folder one that waits or was cut off comes first. */
  'session.most_recent': v.object({cwd: optionalText, unfinished: v.optional(v.boolean())}),
  'session.active_list': v.object({current_session_id: optionalText}),
  'session.activate': v.object({session_id: sessionId}),
  'session.list': v.object({limit: v.optional(v.number())}),
  'session.close': v.object({session_id: sessionId}),
  'session.delete': v.object({session_id: optionalText}),
  'session.title': v.object({session_id: sessionId, title: optionalText}),
  'session.usage': v.object({session_id: sessionId}),
  'session.status': v.object({session_id: sessionId}),
  /** Ours: `session_id` may be a durable key or title too; that session is read and not opened. */
  'session.history': v.object({session_id: sessionId}),
  /** Ours: a tool call with its arguments and its whole result, which history and resume tell by their beginning. */
  'session.tool': v.object({session_id: sessionId, tool_id: v.string()}),
  /** Ours: what another gateway does in a session, as far as it is stored; nothing is opened. `limit` as in `session.resume`. */
  'session.tail': v.object({
    session_id: v.string(),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  'session.undo': v.object({session_id: sessionId}),
  'session.interrupt': v.object({session_id: sessionId}),
  'session.search': v.object({query: v.string(), limit: v.optional(v.number())}),
  'prompt.submit': v.object({
    session_id: sessionId,
    text: v.string(),
    prompt_id: optionalText,
    /** The same, as the Python gateway calls it since autumn 2026. */
    client_turn_id: optionalText,
    truncate_before_user_ordinal: v.optional(v.number()),
  }),
  'prompt.continue': v.object({session_id: sessionId, prompt_id: optionalText}),
  'approval.respond': v.object({
    session_id: sessionId,
    choice: v.optional(v.picklist(['once', 'session', 'always', 'deny'])),
    all: v.optional(v.boolean()),
    /** Ours: which question; without it the oldest. */
    request_id: optionalText,
    /** Ours: the rule of the offer that was chosen, for `session` and `always`. */
    rule: optionalText,
    /** Ours: what the model is told with a `deny`: what to do instead. */
    reason: optionalText,
  }),
  'clarify.respond': v.object({request_id: v.string(), answer: optionalText}),
  /** Ours: mode, workspace and every rule with its source. */
  'permissions.list': v.object({session_id: sessionId}),
  /** Ours: takes back what the person allowed for the session or always. */
  'permissions.remove': v.object({
    session_id: sessionId,
    rule: v.string(),
    source: v.picklist(['session', 'project', 'configuration', 'flag']),
  }),
  /** Ours; `bypass` is for a flag alone. */
  'permissions.mode': v.object({session_id: sessionId, mode: v.picklist(['ask', 'accept-edits', 'plan'])}),
} as const

export type Method = keyof typeof paramSchemas
export type Params<M extends Method> = v.InferOutput<(typeof paramSchemas)[M]>

/** A message as create, resume, activate and history show it. The members after `context` are ours. */
export interface WireMessage {
  role: 'user' | 'assistant' | 'system' | 'tool'
  text?: string
  reasoning?: string
  name?: string
  /** Preview of a tool's arguments, at most 80 characters. */
  context?: string
  tool_id?: string
  result?: unknown
  prompt_id?: string
  /** `interrupted`: the reply broke off; the text is what was shown. Absent when complete. */
  status?: 'interrupted' | 'error' | Exclude<ToolState, 'complete'>
}

/**
 * What became of a tool call. `unknown`: its process ended while it ran. `denied`: it did not run, by a person or a
 * rule. `asked`: the question whether it may run is open. `not-started`: the turn ended before it.
 */
export type ToolState = 'complete' | 'denied' | 'unknown' | 'asked' | 'not-started'

/** `data` of a refusal with `errorCodes.ownedElsewhere`. */
export interface SessionElsewhere {
  session_key: string
  title: string
  /** The gateway that has it. */
  pid: number
  /** UTC, seconds. */
  since: number
  /** It has no terminal: who comes back to it goes on there. */
  detached?: boolean
}

/**
 * Parameters of `gateway.hello`, the first line on the socket of a gateway that works without a terminal. `protocol`:
 * lowest and highest version that the client speaks. `purpose`: to be its client, also in place of the one that it has
 * (`take-over`), to see what it does (`watch`), to end it, or to see that it answers. `generation`, at a take-over: of
 * the client in whose place it comes; `pid`: of the client.
 */
export const helloParams = v.object({
  protocol: v.tuple([v.number(), v.number()]),
  build: v.string(),
  token: v.string(),
  instance: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)),
  /** Of the client; default unknown. */
  pid: v.optional(v.number()),
  purpose: v.picklist(['attach', 'take-over', 'watch', 'stop', 'look']),
  generation: v.optional(v.number()),
})

export type Hello = v.InferOutput<typeof helloParams>

/** `data.reason` of a refusal with `errorCodes.helloRefused`. */
export type HelloRefusal = 'token' | 'protocol' | 'attached' | 'overtaken' | 'full' | 'malformed' | 'ending'

/** Answer of `session.tool`. */
export interface StoredTool {
  tool_id: string
  name: string
  context: string
  status: ToolState
  args?: unknown
  result?: unknown
  /** Seconds, without the time in which the person was asked. */
  duration_s?: number
}

/** What was in flight when the gateway last died, told at resume (capability `journal`). */
export interface InterruptedTurn {
  prompt_id: string | null
  user: string
  assistant: string
  reasoning: string
  tools: {tool_id: string; name: string; context: string; result?: unknown; status: ToolState}[]
  /** How many gateway processes died while they worked on this turn. */
  deaths: number
}

export interface Usage {
  model: string
  input: number
  output: number
  cache_read: number
  cache_write: number
  reasoning: number
  prompt: number
  completion: number
  total: number
  calls: number
  context_used?: number
  context_max?: number
  context_percent?: number
}

export interface SessionInfo {
  model: string
  provider?: string
  cwd: string
  branch: string
  running?: boolean
  tools: Record<string, string[]>
  skills: Record<string, string[]>
  usage?: Usage
  version?: string
  desktop_contract: number
  profile_name: string
  lazy?: boolean
  /** Ours: the durable key and title, so that a client need not ask after each turn. */
  session_key?: string
  title?: string
  /** Ours: `ask`, `accept-edits`, `plan` or `bypass`. */
  permission_mode?: string
  /**
   * Ours: where prompts go, if the model's name does not say it: host and port of an address that was set for the provider, or
   * of a server on this machine that was found (`found`).
   */
  sends_to?: {host: string; found: boolean}
}

export interface SessionOpened {
  /** Live id: 8 lowercase hex digits, valid in one gateway process. */
  session_id: string
  /** Durable key `YYYYMMDD_HHMMSS_xxxxxx`: `stored_session_id` at create, `session_key` at resume and activate. */
  stored_session_id?: string
  session_key?: string
  resumed?: string
  message_count: number
  messages: WireMessage[]
  info: SessionInfo
  running?: boolean
  /** `waiting`: for the person. Where nobody can be asked the turn then does not run, and is told as `interrupted`. */
  status?: string
  started_at?: number
  /**
   * The turn that runs, with what was shown of it. `prompt_id` is ours: where `messages` hold that prompt, they hold what
   * is settled of the turn too, and the rest comes as events.
   */
  inflight?: {user: string; assistant: string; streaming: boolean; reasoning?: string; prompt_id?: string} | null
  interrupted?: InterruptedTurn | null
  /** Ours: why the last reply is not whole, though its turn is over; its gateway may have died before it told that. */
  ended?: {prompt_id: string | null; stop_reason: StopReason; warning: string} | null
  /** Ours: its folder, which is not there any more; its tools work in `info.cwd`. */
  lost_cwd?: string
  /** Autumn 2026: questions that nobody has answered yet. */
  open_requests?: OpenRequest[]
  /** Autumn 2026: the gateway itself asks the model again for a turn that a death cut off. */
  auto_continue?: {attempt: number} | null
  /** Of our own supervisor: what happened since is told by events, up to the last one that was seen. */
  replayed?: boolean
}

/** Answer of `session.events.since`. */
export interface MissedEvents {
  events: Record<string, unknown>[]
  /** More happened than is kept: what resume tells has to do. */
  truncated: boolean
  epoch?: string
  open_requests: OpenRequest[]
}

export interface StoredSession {
  id: string
  title: string
  preview: string
  started_at: number
  message_count: number
  source: string
}
