import type {Usage} from '../../protocol/methods.js'
import type {StopReason} from '../../protocol/stop-reason.js'
import {sanitize} from '../../tui/text/sanitize.js'
import type {PermissionDenial, PrintedTool} from './answer.js'
import type {Outlet} from './outlet.js'

export const outputFormats = ['text', 'json', 'stream-json'] as const
export type OutputFormat = (typeof outputFormats)[number]

/** What ended an answer before it was whole: the model or its provider, or the run's own limits. */
export type PrintStop = StopReason | 'time-limit' | 'schema-mismatch'

export interface PrintResult {
  session_key: string | null
  model: string | null
  /** Of stdin, from 1, where the prompt came from there as a message. */
  line?: number
  /** All text of the answer, as `text` prints it; of several tries the last one. */
  text: string
  /** The value that fits the schema, where one was asked for and was given. */
  structured_output?: unknown
  reasoning?: string
  usage: Usage | null
  /** What the session has cost as far as prices are known, USD; null where none is. See `usage.unpriced_calls`. */
  cost_usd: number | null
  status: 'complete' | 'incomplete' | 'interrupted' | 'error'
  /** What ended the turn before the model was done, or left its reply incomplete. */
  stop_reason?: PrintStop
  /** With status `error` and `incomplete`. */
  error?: {code: string; message: string; suggestions: string[]}
  tools: PrintedTool[]
  /** What the model wanted to do and was not allowed to, in order. */
  permission_denials: PermissionDenial[]
  /** Model steps, as far as the gateway told. */
  num_turns: number
  /** How many times the session was brought back after the gateway's death. */
  recoveries: number
  duration_ms: number
}

/** One line of `stream-json`. */
export type PrintEvent =
  | {type: 'init'; session_key: string | null; model: string; cwd: string; prompt_id: string}
  | {type: 'delta'; text: string}
  | {type: 'reasoning'; text: string}
  | {type: 'tool_start'; tool_id: string; name: string; context: string}
  | {type: 'tool_complete'; tool_id: string; name: string; duration_s: number | null; result: unknown}
  /** `subagent_id` is the key of its session; `tool_id` of what it calls is told nowhere. */
  | {type: 'subagent_start'; subagent_id: string; name: string; goal: string}
  | {type: 'subagent_tool'; subagent_id: string; name: string; context: string}
  | {
      type: 'subagent_complete'
      subagent_id: string
      /** `completed`, else why it ended before it was done. */
      status: string
      text: string
      steps: number
      duration_s: number | null
    }
  | {
      type: 'recovery'
      state: 'died' | 'recovered'
      /** What killed the gateway; with `died`. */
      cause?: string
      attempt?: number
      limit?: number
      /** What follows; with `recovered`. `starts-over`: text that came before belongs to a lost reply. */
      reply?: 'continues' | 'starts-over' | 'complete'
    }
  /** A call of the model failed before its first token, and is tried again after that wait. */
  | {type: 'retry'; attempt: number; limit: number; wait_ms: number; reason: string}
  /** The answer does not fit its schema, and another is asked for: deltas until here belong to none that counts. */
  | {type: 'correction'; prompt_id: string; problems: string[]}
  /** Nothing has come from the model for that long. */
  | {type: 'silent'; silent_ms: number}
  | ({type: 'result'} & PrintResult)

/** Where the parts of an answer go, in the order in which they come. */
export type PrintWriter = (event: PrintEvent) => void

/**
 * Text as it comes. `live` false: the reply may have to start over, so that it is printed when it is
 * complete, once.
 */
function textWriter(outlet: Outlet, live: () => boolean): PrintWriter {
  let last = '\n'
  let written = false
  const write = (text: string) => {
    if (text === '') return
    // A file takes the text as it is; a terminal must not be driven by it.
    outlet.write(outlet.isTerminal ? sanitize(text) : text)
    last = text.at(-1) ?? last
    written = true
  }
  return (event) => {
    if (event.type === 'delta' && live()) write(event.text)
    if (event.type === 'recovery' && event.reply === 'starts-over' && last !== '\n') write('\n')
    if (event.type !== 'result') return
    if (!written) write('structured_output' in event ? JSON.stringify(event.structured_output) : event.text)
    if (last !== '\n') write('\n')
    written = false
  }
}

export function createPrintWriter(format: OutputFormat, outlet: Outlet, live: () => boolean): PrintWriter {
  switch (format) {
    case 'text':
      return textWriter(outlet, live)
    case 'json':
      return (event) => {
        if (event.type !== 'result') return
        const {type: _type, ...result} = event
        outlet.write(`${JSON.stringify(result)}\n`)
      }
    case 'stream-json':
      return (event) => outlet.write(`${JSON.stringify(event)}\n`)
  }
}
