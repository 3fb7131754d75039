import {apiOf} from '../catalog.js'
import type {ModelFacts} from '../catalogue/types.js'
import type {KnownOptions, Provider} from '../providers.js'

/** Of models of others behind Anthropic's wire, which wants a limit: the library would send 4 096, which cuts a file off. */
const OTHERS_OUTPUT = 32_000

/** Longest reply that is asked for, tokens; undefined: as the library or the provider has it. */
export function outputLimit({
  provider,
  name,
  options,
  settings,
  facts,
}: {
  provider: Pick<Provider, 'kind'>
  name: string
  options: Pick<KnownOptions, 'output'>
  settings: {maxOutputTokens: number | undefined}
  facts: () => ModelFacts
}): number | undefined {
  const wanted = options.output ?? settings.maxOutputTokens
  if (wanted !== undefined || apiOf(provider.kind, name) !== 'anthropic') return wanted
  // Names of Anthropic's own that the library does not know it takes for new ones: 128 000.
  return facts().output ?? (name.includes('claude-') ? undefined : OTHERS_OUTPUT)
}
