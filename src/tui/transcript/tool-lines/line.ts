import type {ToolState} from '../../../protocol/methods.js'

/** A tool call as the gateway tells it. */
export interface ToolCall {
  id: string
  name: string
  /** Preview of the arguments, one line. */
  context: string
  status: ToolState
  /** Absent in a stored transcript. */
  args?: unknown
  result?: unknown
  seconds?: number
  summary?: string
  /** Change to a file, maybe with colours. */
  diff?: string
}

export type TaskState = 'done' | 'doing' | 'open' | 'dropped'

/** What stands below the line: some of it on the screen, all of it in the pager. */
export type ToolBody =
  /** `shows`: which end of it is on the screen. `lines`: how many there were, where some are cut. */
  | {kind: 'text'; text: string; lines?: number; shows: 'head' | 'tail' | 'nothing'}
  /** What went wrong, in words. */
  | {kind: 'error'; text: string; lines?: number}
  | {kind: 'diff'; text: string; lines?: number}
  | {kind: 'tasks'; tasks: readonly {state: TaskState; text: string}[]}

/** A call as a line for people: `Edited demo.ts +3 −2`, `Ran npm test · exit 1`. Holds bounded text alone. */
export interface ToolLine {
  verb: string
  /** What it was done to; may be empty. */
  subject: string
  /** `46 lines`, `exit 1`. */
  facts: readonly string[]
  /** `+3 −2`. */
  counts?: string
  failed: boolean
  body?: ToolBody
  /** What it was told, where that is more than the subject: a script, the arguments of a foreign tool. */
  input?: string
  /** Characters of the result that are not here. */
  cut: number
}

/** What a tool's own module says of a call that ended; the rest is the same for all. */
export type ToolSaid = Partial<Omit<ToolLine, 'cut'>>

export interface ToolWords {
  /** `Read`: of a call that did not run. */
  readonly base: string
  /** `Reading`. */
  readonly doing: string
  /** `Read`. */
  readonly done: string
  /** Without a subject: `a file`. */
  readonly what: string
}
