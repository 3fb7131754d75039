import type {Access, RunnableScript} from '../../permissions/types.js'
import type {ToolSpec, WebSearch} from '../models/types.js'
import type {AgentTask} from '../store/agents/types.js'
import type {NewImage} from '../store/types.js'
import type {AskedBy} from '../tool-hooks/before-call.js'
import type {ShellState} from './command/kept-shell.js'
import type {OutputPlace} from './command/output-file.js'
import type {CommandToRun} from './command/process-group.js'

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
  /** A command that is to run outside of the sandbox, where commands run in one. */
  outside?: boolean
  /** A hook of a plugin has the person asked, whatever rules and mode allow. */
  askedBy?: AskedBy
}

/** A command that nobody was asked for, because it was proved to only read: to be run instead of its text. */
export interface ProvedCommand {
  script: RunnableScript
  env: NodeJS.ProcessEnv
  /** To be called when it has ended, however. Never rejects. */
  release(): Promise<void>
}

/** A command that nobody was asked for, because it runs where it can change nothing but the workspace. */
export interface SandboxedCommand {
  /** Stands in front of the command's own words. */
  program: string
  args: readonly string[]
  /** Beside the command's own; undefined takes a variable out. */
  env: Readonly<Record<string, string | undefined>>
  /** To be called when it has ended, however; tells the person what it left that programs obey. Never rejects. */
  release(): Promise<void>
}

export type Permit =
  /** `asked`: by the person, who saw what it is; else rules or the mode say so. */
  | {allowed: true; asked?: true; proved?: ProvedCommand; sandboxed?: SandboxedCommand}
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

/** A command that is to run beside the session. */
export interface JobRun {
  command: string
  run: CommandToRun
  cwd: string
  env: NodeJS.ProcessEnv
  mark: string
  /** Of its output so many are kept. */
  maxBytes: number
  /** Called when it is over, as far as this process sees it. Never rejects. */
  release(): Promise<void>
}

/** What a model is told of a job. */
export interface JobTold extends Record<string, unknown> {
  /** Its number in the session, from 1. */
  job: number
  state: 'running' | 'ended' | 'stopped' | 'lost'
}

/** The jobs of a session; undefined where there is none of a number. */
export interface Jobs {
  start(run: JobRun): Promise<JobTold>
  list(): Promise<JobTold[]>
  /** What was not read yet, as `output`. */
  read(job: number, options: {waitMs: number; signal: AbortSignal}): Promise<JobTold | undefined>
  /** What became of it. */
  stop(job: number): Promise<JobTold | undefined>
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
  /** Of the command that the call runs: the mark of all that it starts, and where its whole output goes. Default neither. */
  command?(): {mark: string; keep: OutputPlace}
  /** What commands hand on to each other, if the person wants it; default nothing. */
  shell?: {state(): ShellState; keep(state: ShellState): void} | undefined
  /** Commands that run beside the session; default none can. */
  jobs?: Jobs
  /** Of the session: what was read, edited or written in it. */
  reads: ReadVersions
  /** Tells which files and folders below one that may be read are not to be shown for that alone: secrets, and what a rule speaks of. */
  hiddenBelow?(folder: string): Promise<(realPath: string) => boolean>
  /** What runs after an edit: programs with their words, by glob. Default nothing. */
  afterEdit?: {commands: Readonly<Record<string, readonly string[]>>; timeoutMs: number} | undefined
  /** What the person's rules say of a command that their configuration names; default allowed. */
  unasked?(command: string): Promise<'allow' | 'ask' | {denied: string}>
  /** Keeps an image of the call's result, which the model is sent behind the results of the step; default it takes none. */
  keepImage?(image: NewImage): void
  /** Answers a query by the search of the model's provider; a text says why there is none. Fails in words. */
  searchWeb?(query: string, signal: AbortSignal): Promise<WebSearch | string>
  /** Counts a call of a model that the tool had made to what the turn takes. */
  spent?(found: Pick<WebSearch, 'model' | 'usage' | 'cost'>): void
  /**
   * Keeps what files were before an act that has leave, so that they can be put back; default nobody does. What is returned
   * is called when the act is over, however. Neither rejects.
   */
  checkpoint?: {
    beforeWrite(realPath: string, content: Buffer): Promise<() => Promise<void>>
    beforeCommand(signal: AbortSignal): Promise<() => Promise<void>>
  }
  /** Gives tasks to sub-agents and waits for them; default none can be given. What is returned is told to the model. */
  delegate?(tasks: readonly AgentTask[], waits: ToolContext['waits']): Promise<Record<string, unknown>>
  /** Of a call that may run beside others: the next one of its step may begin. */
  begun?(): void
  /** The call waits for the person whenever that says so. */
  waits?(asks: () => boolean): void
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
  /** It changes nothing, and asks no more than leave to read: such calls of one step run side by side. Default false. */
  readsOnly?: boolean
  /** Such calls of one step run side by side, each from when it says that it has begun. Default false. */
  beside?: boolean
  /** How long it may take to end by itself when the person interrupts it, milliseconds; default as that of all tools. */
  graceMs?: number
  /** An idempotent one that asks leave to read or to fetch before it does anything. Default false. */
  asksLeave?: boolean
  /** Preview of the arguments in at most 80 characters. */
  context(args: Record<string, unknown>): string
  run(args: Record<string, unknown>, context: ToolContext): Promise<Record<string, unknown>>
}
