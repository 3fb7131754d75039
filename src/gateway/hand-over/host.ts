import type {QuestionKind} from '../session/questions.js'

/** What the time between two clients needs of a gateway, whatever answers its prompts. */
export interface HandOverHost {
  readonly env: NodeJS.ProcessEnv
  /** `$HERMES_HOME`. */
  readonly home: string
  readonly version: string
  /** By their live ids. */
  readonly sessions: ReadonlyMap<string, HostedSession>
  /** Who sees what the client sees. */
  readonly watchers: {readonly size: number}
  /** Live ids of sessions that the client has not opened yet: it hears nothing of them. */
  readonly unopened: Set<string>
  /** The program whose terminal it has, where that is known. */
  clientPid: number | undefined
  diagnose(line: string): void
  /** Ends the process in order. */
  end(reason: string): void
}

export interface HostedSession {
  readonly key: string
  readonly title?: string | null | undefined
  readonly cwd: string
  readonly status: 'idle' | 'working' | 'waiting'
  /** Something was said in it. */
  readonly stored: boolean
  /** Undefined: nothing runs. */
  readonly turn?: {readonly row: {readonly prompt: string}} | undefined
  readonly questions: {readonly kind: QuestionKind | undefined}
  readonly jobs?: {tellClient(): void} | undefined
}
