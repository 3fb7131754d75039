import type {ProviderConfig} from '../../config/schema.js'
import type {HermesError} from '../../errors.js'
import type {SignedStep} from './signed-step.js'

/** A message as every model adapter takes it; adapters translate it to their provider's form. */
export type ModelMessage =
  | {role: 'user'; text: string}
  /** `signed` is of the end of text and reasoning; what precedes it was shown before a reply broke off. */
  | {role: 'assistant'; text: string; reasoning?: string; toolCalls?: ToolCall[]; signed?: SignedStep}
  | {role: 'tool'; toolCallId: string; name: string; result: unknown}

export interface ToolCall {
  id: string
  name: string
  /** Parsed arguments; a string when the model sent something that is not JSON. */
  args: unknown
}

export interface ToolSpec {
  name: string
  description: string
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>
}

export interface ModelUsage {
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
  reasoning: number
}

/** Why a reply ended. `length`, and all behind it, leave it incomplete. */
export type FinishReason =
  | 'stop'
  | 'tool-calls'
  | 'length'
  | 'content-filter'
  /** The model declined to answer. */
  | 'refusal'
  /** The model wrote a call that its provider could not read. */
  | 'malformed-call'
  /** In a word that is none of these. */
  | 'other'

/**
 * One step of a model: one call of its API, again where it failed before its first token. It ends with exactly one
 * `finish`, or throws a {@link HermesError}.
 */
export type ModelEvent =
  | {type: 'text'; text: string}
  | {type: 'reasoning'; text: string}
  | {type: 'tool-name'; id: string; name: string}
  | {type: 'tool-call'; call: ToolCall}
  /** Of a reply that is whole, before its `finish`: what is stored and sent back with it. */
  | {type: 'signed'; step: SignedStep}
  /** `said`: with `other`, the provider's own word. */
  | {type: 'finish'; reason: FinishReason; said?: string; usage: ModelUsage}
  /** The call failed and is tried again in `waitMs`; `reason` in a few words: `overloaded (529)`. */
  | {type: 'retry'; attempt: number; limit: number; waitMs: number; reason: string}
  /** Nothing has come for that long, milliseconds; once for each such silence. */
  | {type: 'silent'; ms: number}
  /** Something of the reply was skipped; for the log. */
  | {type: 'note'; text: string}

export interface ModelRequest {
  system: string
  messages: readonly ModelMessage[]
  tools: readonly ToolSpec[]
  signal: AbortSignal
}

export interface Model {
  /** As the person names it and the status line shows it: `offline`, `openai/gpt-5.2`, `ollama/qwen3`. */
  readonly id: string
  readonly provider: string
  /** Context window in tokens where it is known. */
  readonly contextMax: number | undefined
  /**
   * Streams one step. An abort ends the iteration by throwing the signal's reason. Every other failure
   * is a HermesError with code `provider/…` whose message is one line and whose suggestions are the remedy.
   */
  stream(request: ModelRequest): AsyncIterable<ModelEvent>
}

/** How long a model is waited for, and how often it is asked again. Durations are milliseconds. */
export interface Patience {
  /** How often a call is tried again that failed before its first token. */
  retries: number
  /** First pause before another try, where the provider names none. */
  backoffMs: number
  /** All pauses of one call together at most. */
  retryWindowMs: number
  /** Longest silence before a reply begins; undefined: 5 minutes, of a server on this machine 15. */
  firstTokenMs: number | undefined
  /** Longest silence in mid-reply. */
  idleMs: number
  /** Silence after which the person is told. */
  tellSilenceMs: number
}

export interface ModelSettings {
  /** Configured model, `provider/name`; undefined: chosen by keys and local servers, else offline. */
  model: string | undefined
  providers: Readonly<Record<string, ProviderConfig>>
  maxOutputTokens: number | undefined
  reasoningEffort: 'none' | 'low' | 'medium' | 'high' | undefined
  /** Look for local servers (Ollama, LM Studio, llama.cpp, vLLM) on loopback. */
  discoverLocal: boolean
  patience: Patience
  /** Time that a command may take which prints a key. */
  keyCommandTimeoutMs: number
  env: NodeJS.ProcessEnv
}

export interface ModelOption {
  /** `provider/name`. */
  id: string
  /** Why it is offered: a key in the environment, a local server, the configuration, built in. */
  source: 'environment' | 'configuration' | 'local' | 'built-in'
}

/** Where prompts go, if that is not what the name of the provider says. */
export interface Destination {
  /** Host and port. */
  host: string
  /** A server on this machine that nobody named. */
  found: boolean
}

export interface ModelRegistry {
  /** The model for an id, or the default one. Throws HermesError `provider/unknown-model` with what could be meant. */
  resolve(id?: string): Promise<Model>
  /** The id that `resolve()` without argument would take, without loading any library or asking a server that was not asked yet. */
  defaultId(): Promise<string>
  /** True when anything but the offline model can answer. */
  configured(): Promise<boolean>
  options(): Promise<ModelOption[]>
  /**
   * Where the prompts of a model go, or of the default one; undefined: to the provider's own address, to one that the
   * person has a name of their own for, or nowhere. Asks the local servers where the default depends on them, no others.
   */
  destination(id?: string): Promise<Destination | undefined>
  /** Keys that commands have printed until now; for whatever is shown or sent. */
  keys(): string[]
}
