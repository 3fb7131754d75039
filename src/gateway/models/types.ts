import type {HermesError} from '../../errors.js'

/** A message as every model adapter takes it; adapters translate it to their provider's form. */
export type ModelMessage =
  | {role: 'user'; text: string}
  | {role: 'assistant'; text: string; reasoning?: string; toolCalls?: ToolCall[]}
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

/** One step of a model: one call of its API. It ends with exactly one `finish`, or throws a {@link HermesError}. */
export type ModelEvent =
  | {type: 'text'; text: string}
  | {type: 'reasoning'; text: string}
  | {type: 'tool-name'; id: string; name: string}
  | {type: 'tool-call'; call: ToolCall}
  | {type: 'finish'; reason: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other'; usage: ModelUsage}

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

export interface ProviderSettings {
  kind?: 'openai-compatible' | 'openai' | 'anthropic' | 'google' | 'openrouter'
  baseUrl?: string
  apiKey?: string
  headers?: Record<string, string>
  /** Names to offer where the provider can't list its own. */
  models?: string[]
}

export interface ModelSettings {
  /** Configured model, `provider/name`; undefined: chosen by keys and local servers, else offline. */
  model: string | undefined
  providers: Record<string, ProviderSettings>
  maxOutputTokens: number | undefined
  reasoningEffort: 'none' | 'low' | 'medium' | 'high' | undefined
  /** Look for local servers (Ollama, LM Studio, llama.cpp) on loopback. */
  discoverLocal: boolean
  env: NodeJS.ProcessEnv
}

export interface ModelOption {
  /** `provider/name`. */
  id: string
  /** Why it is offered: a key in the environment, a local server, the configuration, built in. */
  source: 'environment' | 'configuration' | 'local' | 'built-in'
}

export interface ModelRegistry {
  /** The model for an id, or the default one. Throws HermesError `provider/unknown-model` with what could be meant. */
  resolve(id?: string): Promise<Model>
  /** The id that `resolve()` without argument would take, without loading any library or asking a server that was not asked yet. */
  defaultId(): Promise<string>
  /** True when anything but the offline model can answer. */
  configured(): Promise<boolean>
  options(): Promise<ModelOption[]>
}
