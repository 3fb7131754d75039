import type {LanguageModel} from 'ai'
import type {Provider} from './providers.js'

/**
 * The client of a provider for one model. Each library is loaded when its first model is used
 * (`ai` takes 110 ms, 45 ms in a bundle; a provider 5 to 20 ms more). Key and address are always handed over, so that no library looks
 * into the environment by itself.
 */
export async function createClient(
  provider: Provider,
  model: string,
  {fetch, streamUsage, env}: {fetch: typeof globalThis.fetch; streamUsage: boolean; env: NodeJS.ProcessEnv},
): Promise<Exclude<LanguageModel, string>> {
  const common = {baseURL: provider.baseUrl, headers: {...provider.headers}, fetch}
  // A server that needs no key gets none; these four libraries would otherwise throw or read the environment.
  const apiKey = provider.apiKey ?? ''
  const {cloud} = provider
  if (cloud) {
    const {createCloudClient} = await import('./cloud/client.js')
    return createCloudClient({...provider, cloud}, model, {fetch, env})
  }
  switch (provider.kind) {
    case 'openai': {
      const {createOpenAI} = await import('@ai-sdk/openai')
      return createOpenAI({...common, apiKey, name: 'openai'})(model)
    }
    case 'anthropic': {
      const {createAnthropic} = await import('@ai-sdk/anthropic')
      return createAnthropic({...common, apiKey})(model)
    }
    case 'google': {
      const {createGoogle} = await import('@ai-sdk/google')
      return createGoogle({...common, apiKey})(model)
    }
    case 'openrouter': {
      const {createOpenRouter} = await import('@openrouter/ai-sdk-provider')
      return createOpenRouter({...common, apiKey, compatibility: 'strict'})(model)
    }
    default: {
      const {createOpenAICompatible} = await import('@ai-sdk/openai-compatible')
      const key = provider.apiKey === undefined ? {} : {apiKey: provider.apiKey}
      return createOpenAICompatible({...common, ...key, name: provider.name, includeUsage: streamUsage})(model)
    }
  }
}
