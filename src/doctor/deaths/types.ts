import type {Confidence} from '../../supervisor/death/cause.js'
import type {LogEntry, LogStatistics} from '../log/entry.js'

export type {Confidence}

/** What speaks for a cause, and the record that says so. */
export interface Witness {
  says: string
  entry: LogEntry | undefined
}

export interface WayBack {
  /** `resumed`: the same session was open again. `none`: the program ended or was left with it. */
  outcome: 'resumed' | 'renewed' | 'failed' | 'exhausted' | 'none' | 'unknown'
  attempts: number
  /** From the death until the outcome, milliseconds. */
  downtimeMs: number | undefined
}

/** One process from its start to its end, as the log tells it. */
export interface Life {
  who: 'gateway' | 'program'
  dialect: LogEntry['dialect']
  /** Run of the terminal program; `reference` where its log does not tell them apart. */
  instance: string
  generation: number
  pid: number | undefined
  /** In the order in which they were written: both writers', the last 200. */
  entries: LogEntry[]
  /** `exit`, `spawn-failed`, or what tells of the end in its place. */
  end: LogEntry | undefined
  /** UTC epoch, milliseconds, where the end was recorded later than it was. */
  diedAt?: number
  /** Records of the recovery from this death, and of what else was told until then. */
  after: LogEntry[]
  back: WayBack
  /** Signals that the terminal program itself received while it lived. */
  programSignals: LogEntry[]
  /** Several gateways lived and the record does not say which it is about. */
  ambiguous: boolean
}

export interface Death {
  /** For `hermes doctor crash ID`; the same in every reading of the log. */
  id: string
  who: Life['who']
  /** UTC epoch, milliseconds. */
  time: number
  exact: boolean
  instance: string
  generation: number
  pid: number | undefined
  sessionKey: string | undefined
  /** `external-sigkill`, `js-heap-oom`, …, as in the log and on screen. */
  cause: string
  confidence: Confidence
  /** One line for people, without a full stop. */
  summary: string
  witnesses: Witness[]
  /** Exactly what was lost; empty: nothing. */
  lost: string[]
  back: WayBack
  /** Most useful first. */
  advice: string[]
  /** Both writers' records of this life and of its recovery, in order. */
  timeline: LogEntry[]
}

/** What a crash log tells. */
export interface FoundDeaths {
  /** Oldest first. */
  deaths: Death[]
  /** How many there are, before `limit`. */
  total: number
  statistics: LogStatistics
  /** Records of failed hooks, oldest first. */
  pluginErrors: LogEntry[]
}
