/**
 * What a gateway can do beyond the reference, as advertised in `gateway.ready`: a list of the built-in one, a map of
 * the Python one since November 2026. Before that it advertised nothing, and the client does without.
 */
export const capabilities = {
  /** `prompt.submit` takes a client-minted `prompt_id` and answers a repeated one with the first one's outcome. */
  promptId: 'prompt_id',
  /** The same as `prompt_id`, under the name that the Python gateway gave it: `client_turn_id`. */
  clientTurnId: 'client_turn_id',
  /** `session.resume` and `session.branch` take `limit`, `model` and `take_over`; any other gateway may refuse them. */
  openOptions: 'open_options',
  /** `gateway.ping` is answered from outside the turn's work. */
  heartbeat: 'heartbeat',
  /** `gateway.shutdown` ends the process in order. */
  shutdown: 'shutdown',
  /** Streamed text, reasoning and tool results are stored as they arrive; resume tells of an interrupted turn. */
  journal: 'journal',
  /** `session.resume` accepts the live id of an earlier process. */
  resumeLiveId: 'resume_live_id',
  /** `prompt.continue` goes on with an interrupted reply. */
  continue: 'continue',
  /** `session.steer` takes a `prompt_id` and answers a repeated one with the first one's fate; `session.unsteer`. */
  steer: 'steer',
  /** `session.search` does full-text search. */
  search: 'search',
  /** `session.tool` tells all that is stored of a tool call. */
  tool: 'tool',
  /** `session.branch` copies a stored session, also one that is open elsewhere, and opens the copy. */
  branch: 'branch',
  /** Stored sessions are renamed and saved by their key (`session.title`, `session.save`); `session.undo` tells its prompt. */
  storedSessions: 'stored_sessions',
  /** The process can wait without touching a session (`gateway.standby`). */
  standby: 'standby',
  /** `gateway.detach`: it works on without its client, to whom it was said that he can come back. */
  detach: 'detach',
  /** `prompt.submit` takes `images`: labels of its text, and the files that they stand for. */
  promptImages: 'prompt_images',
  /** `prompt.submit` and `prompt.continue` take `max_steps`. */
  stepLimit: 'step_limit',
  /** `permissions.*` and `approval.respond` with rules; it is told by `session.info` in which mode it is. */
  permissions: 'permissions',
  /** `rollback.*` by prompts, with what would become of each file. */
  rewindFiles: 'rewind_files',
  /** `session.cost`, `model.options` with `fresh` and details, and `config.set` of `effort`. */
  models: 'models',
  /** `jobs.*` and the event `jobs.changed`: commands that run beside the session. */
  jobs: 'jobs',
  /** `subagent.*` and `prompt.background` with keys of sessions: what works for or beside the session. */
  agents: 'agents',
  /** `tool.before`, `tool.decide` and `tool.hooks`: the client's plugins are asked before a tool runs. */
  toolHooks: 'tool_hooks',
  /** It is a Node process that was started with `inspectorFlags`. */
  inspector: 'inspector',
} as const

/** What a Python gateway can, and the built-in one need not say. */
export const reference = {
  /** `prompt.submit` takes `queued`: such a prompt never corrects a turn that runs. Told by a `replay_epoch`. */
  queuedPrompts: 'queued_prompts',
} as const

export type Capability = (typeof capabilities)[keyof typeof capabilities]

export const PROTOCOL_VERSION = 1

/** Lowest and highest version that is spoken, by client and gateway alike. */
export const PROTOCOL_RANGE: readonly [number, number] = [1, PROTOCOL_VERSION]

/** Two that speak some version in common. */
export function speakTogether(one: readonly [number, number], other: readonly [number, number]): boolean {
  return one[0] <= other[1] && other[0] <= one[1]
}

/** `protocol 1`, `protocol 1 to 3`. */
export function rangeText([low, high]: readonly [number, number]): string {
  return low === high ? `protocol ${low}` : `protocol ${low} to ${high}`
}

/**
 * The members of `prompt.submit` by which this gateway knows a prompt again, and keeps it apart from a turn that runs.
 * None that it may refuse: a Python gateway refuses parameters that it does not know (autumn 2026).
 */
export function submitMembers(can: ReadonlySet<string>, promptId: string): Record<string, unknown> {
  return {
    ...(can.has(capabilities.promptId)
      ? {prompt_id: promptId}
      : can.has(capabilities.clientTurnId)
        ? {client_turn_id: promptId}
        : {}),
    ...(can.has(reference.queuedPrompts) ? {queued: true} : {}),
  }
}

/** A prompt that is sent again under its id has one turn. */
export function knowsPrompts(can: ReadonlySet<string>): boolean {
  return can.has(capabilities.promptId) || can.has(capabilities.clientTurnId)
}
