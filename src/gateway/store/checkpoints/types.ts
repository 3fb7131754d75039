/** Files as they were before the acts of a turn, or before they were put back (`turnId` null). Times are UTC epoch milliseconds. */
export interface CheckpointRow {
  id: number
  turnId: number | null
  /** Of the turn. */
  promptId: string | null
  createdAt: number
  /** What is not covered, in words. */
  gaps: string | null
  /** Of files that were put back: to before which checkpoint. */
  target: number | null
  /** The same: it is still to be done. */
  pending: boolean
}

/** States are texts of `stateText`. */
export interface FileRow {
  checkpointId: number
  path: string
  /** Before the first act. */
  before: string
  /** After the last one. */
  after: string
  /** Just before the last one, where that may not have come about; else null. */
  prior: string | null
  at: number
}

/** An act that is about to be, or was. `content`: of `before`, where that is stored. */
export interface FileAct {
  path: string
  before: string
  after: string
  content: string | null
}

export interface PutBack {
  /** The checkpoint that the files are put back to before. */
  target: number
  acts: readonly FileAct[]
}

/** What was put back, when it is done. */
export interface PutBackEnd {
  /** For the transcript. */
  line: string
  /** For the model, with the next prompt; undefined: it need not know. */
  note: string | undefined
  /** Paths that were not put back: they count as untouched. */
  left: readonly string[]
}

/** The rows of checkpoints. Each method is one transaction, as those of {@link Store}. */
export interface CheckpointStore {
  /** Of a session, oldest first. */
  list(sessionKey: string): CheckpointRow[]
  /** Files of a session's checkpoints from one on, by checkpoint. */
  files(sessionKey: string, from: number): FileRow[]
  /**
   * Notes, before they are done, acts of a turn. Of a file that the turn has touched already the first `before` stays.
   * `done`: they are over.
   */
  act(sessionKey: string, turnId: number, acts: readonly FileAct[], options: {done: boolean}): void
  /** The act on that file came about, with that state. */
  settle(sessionKey: string, turnId: number, path: string, after: string): void
  /** Adds words on what is not covered, once each. */
  addGap(sessionKey: string, turnId: number, gap: string): void
  /** When another session's turn left a file in that state, at or after `since`. */
  wasBy(path: string, after: string, since: number, notSession: string): boolean

  /** Notes, before anything is done, what is to be put back; returns its id. */
  beginPutBack(sessionKey: string, putBack: PutBack): number
  endPutBack(id: number, end: PutBackEnd): void
  /** Ids of what a process left undone. */
  pending(sessionKey: string): number[]
  /** Lines of the transcript on what was put back, oldest first. */
  lines(sessionKey: string): {text: string; afterId: number}[]
  /** What the model is to be told, oldest first; with `told` it was. */
  notes(sessionKey: string): string[]
  told(sessionKey: string): void

  /** The contents are about to be written, or are used again. */
  use(contents: readonly {name: string; bytes: number}[]): void
  /** Bytes of all contents. */
  size(): number
  /**
   * Removes checkpoints that are older than `before`, and the oldest, until the rest has at most `bytes`; then contents that
   * nobody needs and nobody used since `unused`. `remove` is called with each, in the transaction. In slices.
   */
  sweep(bounds: {before: number; bytes: number; unused: number}, remove: (name: string) => void): Generator<void>

  /** The last look of a session; `turnId`: a command of that turn may have changed what was seen. */
  look(sessionKey: string): {turnId: number | null; at: number} | undefined
  /** Of a new look, in slices; `contents` are those that it names. */
  setLook(sessionKey: string, contents: readonly string[]): Generator<void>
  /** A command is about to run; undefined: it has ended and what it changed is noted. */
  setCommand(sessionKey: string, turnId: number | undefined): void
  /** Names of looks whose sessions are gone are not among these. */
  looks(): string[]
}
