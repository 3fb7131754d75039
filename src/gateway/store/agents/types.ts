/** What a session that works for another one is to do. */
export interface AgentTask {
  /** A few words of the goal, by which the person knows it. */
  name: string
  goal: string
  /** What else it is told. */
  context?: string | undefined
  /** `provider/name`; default that of the session that delegates. */
  model?: string | undefined
  /** Names of the tools that it may use; default all that it can have. */
  tools?: readonly string[] | undefined
  /** It may change files, in a worktree of its own. */
  write: boolean
}

/**
 * `waiting`: for its turn. `stopped`: by the person, alone; `interrupted`: with the turn that delegates. `steps`, `time`,
 * `tokens`: it came to that bound.
 */
export type AgentState =
  | 'waiting'
  | 'working'
  | 'complete'
  | 'stopped'
  | 'interrupted'
  | 'error'
  | 'steps'
  | 'time'
  | 'tokens'

export type EndedAgentState = Exclude<AgentState, 'waiting' | 'working'>

/** A git worktree. */
export interface AgentPlace {
  /** Absolute: top folder of the repository that it is of. */
  repository: string
  /** Absolute: top folder of the worktree. */
  folder: string
  branch: string
  /** Commit that it began with. */
  base: string
  /** False until it is whole: a process may die while it is made. */
  ready: boolean
}

/** What came of it. */
export interface AgentResult {
  /** What its model said last. */
  text: string
  /** Calls of its model. */
  steps: number
  /** Input and output. */
  tokens: number
  /** Without the time that the person was waited for. */
  seconds: number
  /** What has to be said beside it: why it broke off, why it could not write. */
  note?: string | undefined
  /** Of what it changed; absent: nothing. */
  changes?: {stat: string; diff: string; cut: boolean; committed: boolean} | undefined
}

export interface AgentRow {
  /** Key of its session. */
  key: string
  parentKey: string
  /** Of the call that delegates; null: a prompt beside the session. */
  call: AgentCall | null
  /** Counted from 0 among those of its call. */
  position: number
  task: AgentTask
  state: AgentState
  place: AgentPlace | null
  result: AgentResult | null
  workedMs: number
  startedAt: number
  endedAt: number | null
}

export interface AgentCall {
  turnId: number
  callId: string
  /** So many calls of that id had a result in the turn before: some models count from 0 in each step. */
  round: number
}

export type NewAgent = Pick<AgentRow, 'key' | 'parentKey' | 'call' | 'position' | 'task' | 'state'>

export interface AgentStore {
  /** Stores them, all or none. The session that they work for has to be stored. */
  add(agents: readonly NewAgent[]): void
  one(key: string): AgentRow | undefined
  /** Of a call, in their order. */
  ofCall(call: AgentCall): AgentRow[]
  /** All that worked or work for a session, oldest first. */
  of(parentKey: string): AgentRow[]
  change(key: string, change: Partial<Pick<AgentRow, 'state' | 'place' | 'workedMs'>>): void
  /** It is over. One that is over already stays as it is: false. */
  end(key: string, end: {state: EndedAgentState; result: AgentResult; workedMs: number}): boolean
}
