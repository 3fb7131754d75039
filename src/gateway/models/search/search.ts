import type {SystemModelMessage, ToolSet} from 'ai'
import type {ProviderKind} from '../catalog.js'
import {type SdkCall, usageOf} from '../sdk-call.js'
import {createClient} from '../sdk-client.js'
import {plainFetch} from '../transport/plain-fetch.js'
import type {WebSearch} from '../types.js'

/** Searches that a model makes for one query at most, where its provider takes a word about it. */
const MAX_SEARCHES = 3

/** A model reads what was found before it answers. */
const SEARCH_MS = 180_000

interface SearchTool {
  tools?: ToolSet
  providerOptions?: NonNullable<SystemModelMessage['providerOptions']>
}

/** How a provider is told to search; the libraries are loaded by the first search. */
const searchTools: Partial<Record<ProviderKind, () => Promise<SearchTool>>> = {
  anthropic: async () => {
    const {anthropic} = await import('@ai-sdk/anthropic')
    return {tools: {web_search: anthropic.tools.webSearch_20250305({maxUses: MAX_SEARCHES})}}
  },
  openai: async () => {
    const {openai} = await import('@ai-sdk/openai')
    return {tools: {web_search: openai.tools.webSearch({})}, providerOptions: {openai: {store: false}}}
  },
  google: async () => {
    const {google} = await import('@ai-sdk/google')
    return {tools: {google_search: google.tools.googleSearch({})}}
  },
  openrouter: async () => ({providerOptions: {openrouter: {plugins: [{id: 'web'}]}}}),
}

/**
 * Has a model answer a query by its provider's own search, in a call of its own: beside our tools some providers take
 * none. Throws what the library, the system or the provider said.
 */
export async function searchWeb(call: SdkCall, query: string, asked: AbortSignal): Promise<WebSearch> {
  const {provider, name, connections, settings, options} = call
  const {generateText} = await import('ai')
  ;(globalThis as {AI_SDK_LOG_WARNINGS?: boolean}).AI_SDK_LOG_WARNINGS = false
  const model = await createClient(provider, name, {
    fetch: plainFetch(connections),
    streamUsage: options.streamUsage,
    env: settings.env,
  })
  const {text, sources, totalUsage} = await generateText({
    model,
    ...(await searchTools[provider.kind]?.()),
    prompt: `Search the web for what follows, and say what you found: facts, names, dates and numbers, each with the page it is from. Nothing else.\n\n${query}`,
    abortSignal: AbortSignal.any([asked, AbortSignal.timeout(SEARCH_MS)]),
    maxRetries: 0,
    telemetry: {isEnabled: false},
  })
  const found = new Map<string, string>()
  for (const source of sources) if (source.sourceType === 'url') found.set(source.url, source.title ?? '')
  return {
    model: `${provider.name}/${name}`,
    text,
    sources: [...found].map(([url, title]) => ({url, title})),
    usage: usageOf(totalUsage),
  }
}
