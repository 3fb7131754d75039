import type {Effort, ProviderConfig} from '../../config/schema.js'
import type {HermesError} from '../../errors.js'
import type {ModelFacts, StepCost} from './catalogue/types.js'
import type {SignedStep} from './signed-step.js'

/** A message as every model adapter takes it; adapters translate it to their provider's form. */
export type ModelMessage =
  | {role: 'user'; text: string; images?: readonly SentImage[]}
  /** `signed` is of the end of text and reasoning; what precedes it was shown before a reply broke off. */
  | {role: 'assistant'; text: string; reasoning?: string; toolCalls?: ToolCall[]; signed?: SignedStep}
  | {role: 'tool'; toolCallId: string; name: string; result: unknown}

/** An image of a prompt. `label` stands for it in the text. */
export interface SentImage {
  label: string
  /** `image/png`. */
  mediaType: string
  /** Read with each request, and not kept; undefined where it is not there any more. */
  read(): Uint8Array | undefined
}

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
  /** `said`: with `other`, the provider's own word. `cost`: undefined where the price is not known. */
  | {type: 'finish'; reason: FinishReason; said?: string; usage: ModelUsage; cost?: StepCost}
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
  /** Chosen for the session; default: what is configured for the model, or for all. */
  effort?: Effort
}

export interface Model {
  /** As the person names it and the status line shows it: `offline`, `openai/gpt-5.2`, `ollama/qwen3`. */
  readonly id: string
  readonly provider: string
  /** Context window in tokens where it is known; of a model that is asked the first time of all from the end of the first step. */
  readonly contextMax: number | undefined
  /** False: it is set to take none, and images are left out of what it is asked; default true. */
  readonly images?: boolean
  /** Settles when what is known of the model is there: after 1 ms, the first time of all after 200. Never rejects. */
  readonly learned?: Promise<void>
  /**
   * Streams one step. An abort ends the iteration by throwing the signal's reason. Every other failure
   * is a HermesError with code `provider/…` whose message is one line and whose suggestions are the remedy.
   */
  stream(request: ModelRequest): AsyncIterable<ModelEvent>
  /** Answers a query by the search that its provider has; undefined: it has none. Fails as {@link stream} does. */
  search?(query: string, signal: AbortSignal): Promise<WebSearch>
}

/** What a provider's own search found. */
export interface WebSearch {
  /** Id of the model that was asked. */
  model: string
  text: string
  sources: readonly {url: string; title: string}[]
  usage: ModelUsage
  /** Undefined where the price is not known. */
  cost?: StepCost
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
  reasoningEffort: Effort | undefined
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

/** What could answer, and is there already: a key in the environment, or a server on this machine with models. */
export type FoundProvider = {name: string; variable: string} | {name: string; models: number}

/** A model that can be chosen. */
export interface ModelChoice {
  /** `provider/name`. */
  id: string
  facts: ModelFacts
}

/** What one provider offers. */
export interface ProviderChoices {
  provider: string
  source: ModelOption['source']
  models: ModelChoice[]
  /** When the provider told its list, UTC epoch milliseconds; undefined: these are names that we know of ourselves. */
  listedAt?: number
  /** Why there is no list from now, in a few words. */
  error?: string
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
   * All that can be chosen, by provider. `kept`: from the lists as they were told last, at once, while those that are
   * old are asked for; `fresh`: as they are now, within 5 s. A provider that does not answer has an `error`.
   */
  choices(when: 'kept' | 'fresh'): Promise<ProviderChoices[]>
  /** How much a model can be told to think, from the least to the most, and how much it is told by the configuration. */
  efforts(id: string): {levels: readonly Effort[]; configured: Effort | undefined}
  /**
   * Where the prompts of a model go, or of the default one; undefined: to the provider's own address, to one that the
   * person has a name of their own for, or nowhere. Asks the local servers where the default depends on them, no others.
   */
  destination(id?: string): Promise<Destination | undefined>
  /** Nobody is asked but servers on this machine, where nothing is configured. */
  found(): Promise<readonly FoundProvider[]>
  /** Keys that commands have printed until now; for whatever is shown or sent. */
  keys(): string[]
}
