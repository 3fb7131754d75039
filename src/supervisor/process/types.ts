/** A gateway process as the rest of the supervisor sees it, whoever started it. */

export interface ChildEnding {
  code: number | null
  signal: NodeJS.Signals | null
  spawnError: {errno: string | undefined; message: string; cwdMissing: boolean} | undefined
  stderrTail: readonly string[]
}

export interface ChildListeners {
  /** `begunAt`: monotonic milliseconds, from before the system was asked for it; none of one that runs already. */
  spawned: (pid: number, begunAt?: number) => void
  /** A line of stdout; after death the unfinished one is told as `torn` instead. */
  line: (bytes: Buffer) => void
  tooLong: (head: Buffer, length: number) => void
  torn: (head: Buffer, length: number) => void
  stderr: (line: string) => void
  /** The process has begun to end: nothing that is written now is read. */
  exiting: () => void
  /** It has closed its output, and lives on: nothing can be heard from it any more. */
  outputEnded: () => void
  /** Once, when its output has been read to the end and its process group is gone. */
  ended: (ending: ChildEnding) => void
}

export interface Child {
  readonly pid: number | undefined
  /** False when it was not taken: the process is gone, or does not read. Never throws. */
  write(frame: string): boolean
  endInput(): void
  /** It works on without us; nothing more is heard of it. Never throws. */
  letGo(): void
  /** SIGTERM goes to the process, with SIGCONT for a stopped one; SIGKILL to its group. Never throws. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void
}
