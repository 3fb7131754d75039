import type {ProviderConfig} from '../../config/schema.js'

export type ProviderKind = NonNullable<ProviderConfig['kind']>

export interface BuiltInProvider {
  name: string
  kind: ProviderKind
  /** Address of the provider, used in messages and as the default of the client. */
  baseUrl: string
  /** Environment variables that may hold the key, first wins; empty: it needs none. */
  keyVariables: readonly string[]
  /** Environment variable that may hold another address. */
  baseUrlVariable?: string
  /** A server on this machine, found by asking it. */
  local: boolean
}

/** In the order in which a key in the environment decides the default model. */
export const builtInProviders: readonly BuiltInProvider[] = [
  {
    name: 'anthropic',
    kind: 'anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    keyVariables: ['ANTHROPIC_API_KEY'],
    baseUrlVariable: 'ANTHROPIC_BASE_URL',
    local: false,
  },
  {
    name: 'openai',
    kind: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    baseUrlVariable: 'OPENAI_BASE_URL',
    local: false,
  },
  {
    name: 'google',
    kind: 'google',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    keyVariables: ['GOOGLE_GENERATIVE_AI_API_KEY', 'GEMINI_API_KEY'],
    local: false,
  },
  {
    name: 'openrouter',
    kind: 'openrouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariables: ['OPENROUTER_API_KEY'],
    local: false,
  },
  {
    name: 'ollama',
    kind: 'openai-compatible',
    baseUrl: 'http://127.0.0.1:11434/v1',
    keyVariables: [],
    baseUrlVariable: 'OLLAMA_HOST',
    local: true,
  },
  {
    name: 'lmstudio',
    kind: 'openai-compatible',
    baseUrl: 'http://127.0.0.1:1234/v1',
    keyVariables: [],
    local: true,
  },
  {
    name: 'llamacpp',
    kind: 'openai-compatible',
    baseUrl: 'http://127.0.0.1:8080/v1',
    keyVariables: [],
    local: true,
  },
  {
    name: 'vllm',
    kind: 'openai-compatible',
    baseUrl: 'http://127.0.0.1:8000/v1',
    keyVariables: ['VLLM_API_KEY', 'HERMES_VLLM_API_KEY'],
    local: true,
  },
]

/**
 * The model taken when only a key is known. The names are those that the documentation inside the
 * installed provider packages uses for general work (`@ai-sdk/anthropic` 4.0, `@ai-sdk/openai` 4.0,
 * `@ai-sdk/google` 4.0); OpenRouter's chooses a model by itself.
 */
export const defaultModels: Readonly<Record<string, string>> = {
  anthropic: 'claude-sonnet-5-5',
  openai: 'gpt-6-astra',
  google: 'gemini-4-argon',
  openrouter: 'openrouter/auto',
}

/** Published context windows in tokens, by start of the model's name; longest start wins. A name that is not here has none that we know. */
const contextWindows: Readonly<Record<string, number>> = {
  'gpt-4o': 128_000,
  'gpt-4.1': 1_047_576,
  'gpt-5': 400_000,
  'gpt-5-chat': 128_000,
  'claude-sonnet-4-5': 200_000,
  'claude-opus-4-5': 200_000,
  'claude-haiku-4-5': 200_000,
  'gemini-2.5-pro': 1_048_576,
  'gemini-2.5-flash': 1_048_576,
}

/** Context window of a model in tokens where it is known. OpenRouter's names (`openai/gpt-5`) count by their last part. */
export function contextWindow(kind: ProviderKind, model: string): number | undefined {
  // The same name on somebody's own server may run with any window.
  if (kind === 'openai-compatible') return undefined
  const name = model.slice(model.lastIndexOf('/') + 1)
  const known = Object.keys(contextWindows)
    .filter((start) => name === start || name.startsWith(`${start}-`))
    .sort((a, b) => b.length - a.length)[0]
  return known === undefined ? undefined : contextWindows[known]
}
