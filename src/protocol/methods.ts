import * as v from 'valibot'
import type {OpenRequest} from './requests.js'
import type {StopReason} from './stop-reason.js'

/**
 * Parameters of each method that the built-in gateway serves, as schemas. Unknown members are
 * ignored, as the reference does. `session_id` is a live id except in resume and delete.
 */

const sessionId = v.string()
const optionalText = v.optional(v.string())
const maxSteps = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)))
/** The reference's screen sends null where it has no session. */
const sessionOrNone = v.nullish(v.string())

export const paramSchemas = {
  'gateway.ping': v.object({}),
  'gateway.shutdown': v.object({reason: optionalText}),
  /** Ours: works on without its client where there is something to do; `stays` says whether. */
  'gateway.detach': v.object({}),
  'setup.status': v.object({}),
  /** Ours: what could answer and is there already. */
  'setup.found': v.object({}),
  'setup.runtime_check': v.object({}),
  'config.get': v.object({key: v.optional(v.string(), ''), session_id: sessionOrNone}),
  'config.set': v.object({key: v.string(), value: v.optional(v.unknown()), session_id: sessionOrNone}),
  'commands.catalog': v.object({}),
  'complete.slash': v.object({text: v.string()}),
  /** `word`: what was typed, with its `@`. */
  'complete.path': v.object({word: v.string(), session_id: sessionOrNone, cwd: optionalText}),
  /** A line of the person's own. Ours: `exec_id` names it for `shell.stop` and `shell.output`. */
  'shell.exec': v.object({session_id: sessionOrNone, command: v.optional(v.string(), ''), exec_id: optionalText}),
  /** Ours. */
  'shell.stop': v.object({session_id: sessionId, exec_id: v.string()}),
  /** Ours: commands of the model that run beside the session. */
  'jobs.list': v.object({session_id: sessionId}),
  /** Ours: the end of a job's output, at most so many bytes. */
  'jobs.output': v.object({
    session_id: sessionId,
    job: v.number(),
    bytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
  }),
  /** Ours: answers when it is over. */
  'jobs.stop': v.object({session_id: sessionId, job: v.number()}),
  /** Ours: whether it goes on when the session ends. */
  'jobs.keep': v.object({session_id: sessionId, job: v.number(), keep: v.optional(v.boolean(), true)}),
  /** One prompt in a branch of the session, beside it; `background.complete` tells its end. */
  'prompt.background': v.object({session_id: sessionId, text: v.optional(v.string(), '')}),
  /** Sub-agents that are at work for a session. */
  'subagent.list': v.object({session_id: sessionId}),
  /** Stops one of them alone. */
  'subagent.interrupt': v.object({subagent_id: v.optional(v.string(), ''), session_id: optionalText}),
  'delegation.status': v.object({session_id: sessionOrNone}),
  /** Stops all that runs in the background, of all sessions that are open. */
  'process.stop': v.object({}),
  'slash.exec': v.object({session_id: sessionOrNone, command: v.optional(v.string(), '')}),
  /** What `slash.exec` refuses with 4018: a command whose answer the client acts on. */
  'command.dispatch': v.object({
    session_id: sessionOrNone,
    name: v.optional(v.string(), ''),
    arg: v.optional(v.string(), ''),
  }),
  /** Ours: `fresh` waits for the providers' lists as they are now, 5 s at most. */
  'model.options': v.object({session_id: optionalText, fresh: v.optional(v.boolean())}),
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
  'session.active_list': v.object({current_session_id: sessionOrNone}),
  'session.activate': v.object({session_id: sessionId}),
  /** Without those that are open here, for a client that asked `session.active_list` for its current session. */
  'session.list': v.object({limit: v.optional(v.number())}),
  'session.close': v.object({session_id: sessionId}),
  'session.delete': v.object({session_id: optionalText}),
  /** Ours: `session_id` may be a durable key too, of a session that is open nowhere else. */
  'session.title': v.object({session_id: sessionId, title: optionalText}),
  /** Ours: `session_id` may be a durable key too; `file` is absolute and must not be there. Default: below the home. */
  'session.save': v.object({
    session_id: sessionId,
    file: optionalText,
    format: v.optional(v.picklist(['json', 'markdown'])),
  }),
  'session.usage': v.object({session_id: sessionId}),
  /** Ours. */
  'session.cost': v.object({session_id: sessionId}),
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
  /** Ours: `undo` takes the last compaction back. The key stays as it is. */
  'session.compress': v.object({session_id: sessionId, focus_topic: optionalText, undo: v.optional(v.boolean())}),
  /** Files as they were before earlier turns, the newest first. */
  'rollback.list': v.object({session_id: sessionId}),
  /** What would become of files that are put back to before a checkpoint. Ours: `prompt_id` in place of `hash`: before that prompt. */
  'rollback.diff': v.object({session_id: sessionId, hash: optionalText, prompt_id: optionalText}),
  /**
   * Puts them back. Ours, but for `file_path`: `seen` of the difference that was shown, without which whatever is the
   * difference by then is done; `overwrite`: also what somebody else changed since; `to_model`: the model is told with
   * the next prompt (default true).
   */
  'rollback.restore': v.object({
    session_id: sessionId,
    hash: optionalText,
    prompt_id: optionalText,
    file_path: optionalText,
    seen: optionalText,
    overwrite: v.optional(v.boolean()),
    to_model: v.optional(v.boolean()),
  }),
  /** Ours: `prompt_id` names the turn: another one is not taken back. */
  'session.undo': v.object({session_id: sessionId, prompt_id: optionalText}),
  'session.interrupt': v.object({session_id: sessionId}),
  /**
   * Words for the turn that runs. Ours: `prompt_id`, with which the client keeps them until it is told that they are part
   * of the turn (`prompt.steered`, or a message of that id); where the turn ends before that they are its own again.
   */
  'session.steer': v.object({session_id: sessionId, text: v.optional(v.string(), ''), prompt_id: optionalText}),
  /** Ours: takes them back. */
  'session.unsteer': v.object({session_id: sessionId, prompt_id: v.string()}),
  'session.search': v.object({query: v.string(), limit: v.optional(v.number())}),
  'prompt.submit': v.object({
    session_id: sessionId,
    text: v.string(),
    prompt_id: optionalText,
    /** The same, as the Python gateway calls it since autumn 2026. */
    client_turn_id: optionalText,
    /** Ours: what labels in `text` stand for, and a file with each. `source`: the file that the person named. */
    images: v.optional(v.array(v.object({label: v.string(), path: v.string(), source: optionalText}))),
    truncate_before_user_ordinal: v.optional(v.number()),
    /** Ours: model steps at most, where that is fewer than the gateway's own limit. */
    max_steps: maxSteps,
  }),
  /** The image goes along with the next prompt. */
  'image.attach': v.object({session_id: sessionId, path: v.optional(v.string(), '')}),
  'prompt.continue': v.object({session_id: sessionId, prompt_id: optionalText, max_steps: maxSteps}),
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
  /** Ours: what plugins of the client want to be asked, and how long that takes; told by one who comes to a gateway that runs. */
  'tool.hooks': v.object({before: v.boolean(), deadline_ms: v.pipe(v.number(), v.minValue(0), v.maxValue(3_600_000))}),
  /** Ours: what hooks of the client's plugins say of a call that `tool.before` told. `failed`: whose hook could not. */
  'tool.decide': v.object({
    request_id: v.string(),
    verdict: v.optional(v.picklist(['deny', 'ask'])),
    by: optionalText,
    reason: optionalText,
    failed: v.optional(v.array(v.object({by: v.string(), message: v.string()}))),
  }),
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
  /** Said by the person to a turn that ran, which \`prompt_id\` is not the id of. */
  steered?: boolean
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

/** Answer of `rollback.list`. `prompt_id` and `put_back` (files were put back then, by no prompt) are ours. */
export interface RollbackList {
  enabled: boolean
  checkpoints: {hash: string; timestamp: number; message: string; prompt_id?: string; put_back?: boolean}[]
}

/** What would become of a file. `foreign`: somebody else changed it since. `uncovered`: why it can't be put back. */
export interface RollbackFile {
  path: string
  change: 'create' | 'remove' | 'change' | 'mode'
  added: number
  removed: number
  foreign: boolean
  uncovered?: string
}

/** Answer of `rollback.diff`; what follows `stat` is ours. `gaps`: what is not covered besides, in words. */
export interface RollbackDiff {
  /** Unified, from now to then: a line that says what becomes of a file, then its hunks; `\ ` begins a remark. */
  diff: string
  rendered: string
  stat: string
  files?: RollbackFile[]
  gaps?: string[]
  seen?: string
}

/** Answer of `rollback.restore`; what follows `error` is ours. */
export interface RollbackRestored {
  success: boolean
  /** One line. */
  message?: string
  error?: string
  restored?: string[]
  failed?: {path: string; why: string}[]
  /** What was not to be touched. */
  left?: {path: string; why: string}[]
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
  /** Ours: a part of it is estimated, of replies that broke off. */
  estimated?: boolean
  context_used?: number
  context_max?: number
  context_percent?: number
  /** Ours: what the calls of known price have cost, and what caching has saved of it; without any such call not there. */
  cost_usd?: number
  saved_usd?: number
  /** Ours: calls of whose price nothing is known, where there are some: the cost is at least `cost_usd`. */
  unpriced_calls?: number
}

/** Answer of `session.cost`. USD as far as prices are known; `unpriced_calls`: of how many model steps they are not. */
export interface SessionCost {
  calls: number
  unpriced_calls: number
  cost_usd: number
  saved_usd: number
  models: {
    model: string
    calls: number
    unpriced_calls: number
    input: number
    output: number
    cache_read: number
    cache_write: number
    reasoning: number
    cost_usd: number
    saved_usd: number
  }[]
}

/** A model of `model.options` as this gateway tells more of it; prices are USD for a million tokens. */
export interface ModelDetails {
  id: string
  context?: number
  output?: number
  input_price?: number
  output_price?: number
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

/** What `session.compress` did, for the person: lines, of which empty ones are left out. */
export interface CompressionSummary {
  noop: boolean
  headline: string
  token_line: string
  note: string
}

/** A command of the model that runs beside its session. Times are UTC seconds. */
export interface Job {
  /** Its number in the session, from 1. */
  job: number
  command: string
  cwd: string
  /** `ended` by itself, `stopped` by somebody or with its session; `lost`: it is gone, and nobody saw how. */
  state: 'running' | 'ended' | 'stopped' | 'lost'
  started_at: number
  ended_at?: number
  /** Absent where nobody saw it. */
  exit_code?: number
  /** It goes on after its session. */
  kept: boolean
  /** Of its output until now. */
  bytes: number
  /** Which has it, from the beginning. */
  file: string
}

export interface StoredSession {
  id: string
  title: string
  preview: string
  started_at: number
  message_count: number
  source: string
}
