import type {ProviderKind} from '../catalog.js'

/** Kinds of providers that have a search of their own. */
const searching: ReadonlySet<ProviderKind> = new Set(['anthropic', 'openai', 'google', 'openrouter'])

export function canSearch(kind: ProviderKind): boolean {
  return searching.has(kind)
}
