import type {ToolSpec} from '../models/types.js'

export interface ToolContext {
  cwd: string
  /** Aborted when the person interrupts the turn. */
  signal: AbortSignal
  /**
   * Asks the person before something is changed or run. Resolves to false when it was denied or
   * nobody answered in time; a tool then returns a result that says so.
   */
  approve(request: {command: string; description: string; patternKey: string}): Promise<boolean>
  /** Asks the person a question; the empty string when it was declined. */
  clarify(question: string, choices: string[] | null): Promise<string>
  /** Full-text search over all stored messages. */
  searchSessions(query: string, limit: number): {key: string; title: string; snippet: string}[]
}

/** A tool never throws for what the model can learn from: it returns `{error: …}`. */
export interface Tool extends ToolSpec {
  /** Group under which `session.info` lists it. */
  toolset: string
  /** Running it twice does no harm, so that an unknown outcome may be retried. */
  idempotent: boolean
  /** Preview of the arguments in at most 80 characters. */
  context(args: Record<string, unknown>): string
  run(args: Record<string, unknown>, context: ToolContext): Promise<Record<string, unknown>>
}
