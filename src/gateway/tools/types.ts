import type {Access, RunnableScript} from '../../permissions/types.js'
import type {ToolSpec} from '../models/types.js'

/** What a tool asks leave for, and what the person is shown of it where they are asked. */
export interface PermitRequest {
  access: Access
  /** One line: `Run a shell command`, `Create src/a.ts`. */
  title: string
  /**
   * What would be written: hunks of a unified diff without file headers and without colours, all of it up to 1 MiB.
   * A line that begins with `\ ` is a remark and not of the file.
   */
  diff?: string
}

/** A command that nobody was asked for, because it was proved to only read: to be run instead of its text. */
export interface ProvedCommand {
  script: RunnableScript
  env: NodeJS.ProcessEnv
  /** To be called when it has ended, however. Never rejects. */
  release(): Promise<void>
}

export type Permit =
  | {allowed: true; proved?: ProvedCommand}
  /**
   * `reason` is what the model is told: who refused and, where the person said so, what to do instead. `wouldAllow`: the
   * rule with which it would have been allowed, where nobody could be asked.
   */
  | {allowed: false; reason: string; wouldAllow?: string}

/**
 * Which content of a file the model knows: a version by the file's real path. A tool that writes refuses
 * where the file is another one by now.
 */
export interface ReadVersions {
  get(realPath: string): string | undefined
  set(realPath: string, version: string): void
}

export interface ToolContext {
  cwd: string
  /** Environment of commands, without secrets. */
  env: NodeJS.ProcessEnv
  /** Aborted when the person interrupts the turn. */
  signal: AbortSignal
  /** Decides by rules and mode, and asks the person where these say so. Never rejects for a no. */
  permit(request: PermitRequest): Promise<Permit>
  /** Why a rule forbids the tool of that name altogether; undefined where none does. */
  refusal?(tool: string): Promise<string | undefined>
  /** Something new can be seen of what the call does; `read` is asked for it now and then. For people, and not stored. */
  progress?(read: () => string): void
  /** Of the session: what was read, edited or written in it. */
  reads: ReadVersions
  /** Tells which files and folders below one that may be read are not to be shown for that alone: secrets, and what a rule speaks of. */
  hiddenBelow?(folder: string): Promise<(realPath: string) => boolean>
  /** Asks the person a question; the empty string when it was declined. */
  clarify(question: string, choices: string[] | null): Promise<string>
  /** Full-text search over all stored messages. */
  searchSessions(query: string, limit: number): {key: string; title: string; snippet: string}[]
}

/** A tool never throws for what the model can learn from: it returns `{error: …}`. */
export interface Tool extends ToolSpec {
  /** Group under which `session.info` lists it. */
  toolset: string
  /**
   * Running it twice does no harm, so that an unknown outcome may be retried. One that is not does nothing before it has
   * leave: until then it counts as not started.
   */
  idempotent: boolean
  /** Preview of the arguments in at most 80 characters. */
  context(args: Record<string, unknown>): string
  run(args: Record<string, unknown>, context: ToolContext): Promise<Record<string, unknown>>
}
