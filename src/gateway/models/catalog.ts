import type {Effort, ProviderConfig} from '../../config/schema.js'
import {type CloudKind, clouds} from './cloud/clouds.js'

export type ProviderKind = NonNullable<ProviderConfig['kind']>

/** Those whose libraries come with hermes. */
export type OwnKind = Exclude<ProviderKind, CloudKind>

/** By which API a model is called: most kinds are one, clouds have those of the makers of models too. */
export type ApiKind = Exclude<ProviderKind, 'azure' | 'vertex'>

/** The API of a model. `apiVersion`: of Azure, whose API before `v1` is that of chat completions. */
export function apiOf(kind: ProviderKind, model: string, apiVersion?: string): ApiKind {
  if (kind === 'azure') return isDated(apiVersion) ? 'openai-compatible' : 'openai'
  if (kind === 'vertex') return isClaude(model) ? 'anthropic' : 'google'
  return kind
}

/** `2024-10-21`: the deployment is a part of the address. */
export function isDated(apiVersion: string | undefined): boolean {
  return apiVersion !== undefined && /^\d{4}-/.test(apiVersion)
}

/** Whoever serves it, it wants to be asked as Anthropic's API does. */
export function isClaude(model: string): boolean {
  return /claude/i.test(model)
}

/** How much a model can be told to think, from the least to the most: which of it a model takes its provider says. */
export const effortLevels: Readonly<Record<ApiKind, readonly Effort[]>> = {
  'openai-compatible': ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  openai: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  anthropic: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
  google: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
  openrouter: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
  bedrock: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
}

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
  // Their address follows from their settings.
  ...(['azure', 'bedrock', 'vertex'] as const).map((kind) => ({
    name: kind,
    kind,
    baseUrl: '',
    keyVariables: clouds[kind].keyVariables,
    local: false,
  })),
]

/**
 * The model taken when only a key is known. The names are those that the documentation inside the
 * installed provider packages uses for general work (`@ai-sdk/anthropic` 4.0, `@ai-sdk/openai` 4.0,
 * `@ai-sdk/google` 4.0, `@ai-sdk/google-vertex` 5.0); OpenRouter's chooses a model by itself. On Azure each person names their own; on Bedrock most
 * are called by a name that begins with a region.
 */
export const defaultModels: Readonly<Record<string, string>> = {
  anthropic: 'claude-sonnet-5-5',
  openai: 'gpt-6-astra',
  google: 'gemini-4-argon',
  openrouter: 'openrouter/auto',
  vertex: 'gemini-3.1-pro-preview',
}

/**
 * Published context windows in tokens that the catalogue lacks or has too large, by start of the model's name; longest
 * start wins.
 */
const contextWindows: Readonly<Record<string, number>> = {
  'gpt-5-chat': 128_000,
  'gemini-2.5-pro': 1_048_576,
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
