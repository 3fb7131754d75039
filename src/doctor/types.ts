import type {LoadedConfig} from '../config/index.js'
import type {HermesError} from '../errors.js'
import type {HookHost} from '../lifecycle/declared-hooks.js'
import type {FoundDeaths} from './deaths/types.js'

/** `skipped`: it could not be looked at, or there is nothing to look at; the summary says which. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skipped'

/** What the person can do: in words, or words and the command that does it. */
export type Remedy = string | {readonly text: string; readonly command: string}

/** What a check found. A check returns it and prints nothing. */
export interface Finding {
  status: CheckStatus
  /** One line without a full stop. */
  summary: string
  /** What it rests on, a line each. */
  evidence?: readonly string[]
  /** What the person can do, most likely first; commands are never run by the doctor. */
  remedy?: readonly Remedy[]
}

export interface CheckResult extends Required<Finding> {
  id: string
  /** As it is shown. */
  title: string
  durationMs: number
}

/** The terminal that the report is written to. */
export interface TerminalFacts {
  isTerminal: boolean
  columns: number | undefined
  rows: number | undefined
  /** Bits: 1, 4, 8 or 24. */
  colorDepth: number
  /** What `stty -a` says of it, where it was asked. */
  line?: string | undefined
}

export interface DoctorContext {
  version: string
  env: NodeJS.ProcessEnv
  cwd: string
  /** `$HERMES_HOME`. */
  home: string
  terminal: TerminalFacts
  /** Ask providers on the network. */
  online: boolean
  /** Arguments for Node that start the built-in gateway; throws a HermesError where it is missing. */
  builtinEntry: () => readonly string[]
  /** oclif's `Config`: the plugins and their hooks. */
  host: HookHost
  /** The configuration, or why there is none. */
  config: LoadedConfig | HermesError
  crashLog: string
  /** What the crash log tells; read once. */
  deaths: () => FoundDeaths
  now: number
}

export interface Check {
  id: string
  title: string
  /** Default 1500 ms. */
  timeoutMs?: number
  /** Times what it does: nothing else runs meanwhile. */
  alone?: boolean
  run: (context: DoctorContext) => Finding | Promise<Finding>
}
