import {HermesError, messageOf} from '../../errors.js'
import {createModelRegistry} from '../../gateway/models/index.js'
import {findProvider, isUsable, type Provider} from '../../gateway/models/providers.js'
import {modelSettings} from '../../gateway/models/settings.js'
import type {ModelSettings} from '../../gateway/models/types.js'
import {createRedactor} from '../../redact/index.js'
import {durationText, shellWord} from '../text.js'
import type {Check, DoctorContext, Finding} from '../types.js'

const ONLINE_MS = 8000

export const providerCheck: Check = {
  id: 'provider',
  title: 'Provider',
  timeoutMs: ONLINE_MS + 500,
  async run(context) {
    const {config} = context
    if (config instanceof HermesError)
      return {status: 'skipped', summary: 'the configuration has to be corrected first'}
    if (config.values['gateway.command'] !== undefined) {
      return {status: 'skipped', summary: 'the configured gateway has providers of its own'}
    }
    const settings = settingsOf(context)
    const id = await createModelRegistry(settings).defaultId()
    if (id === 'offline' || id.startsWith('offline/')) {
      return {
        status: config.values.model === undefined ? 'warn' : 'ok',
        summary: config.values.model === undefined ? 'none is configured; the offline model answers' : id,
        remedy: [
          'Export a key such as OPENAI_API_KEY or ANTHROPIC_API_KEY, start a local server (Ollama), or set `providers`.',
        ],
      }
    }
    const name = id.split('/')[0] ?? id
    const provider = findProvider(settings, name, {})
    if (!provider) {
      return {
        status: 'fail',
        summary: `no provider is called ${JSON.stringify(name)} (model ${id})`,
        remedy: ['Correct `model`, or add it under `providers`: hermes config'],
      }
    }
    const keys = provider.keyVariables.join(' or ')
    if (!isUsable(provider)) {
      return {
        status: 'fail',
        summary: `${id}: its key is missing`,
        evidence: [address(provider)],
        remedy: [`Export it: ${provider.keyVariables[0] ?? 'KEY'}=…`, `Or set \`providers.${name}.apiKey\`.`],
      }
    }
    const evidence = [
      `${address(provider)}, key ${provider.apiKey ? 'present' : 'none'}${provider.apiKey || !keys ? '' : ` (${keys})`}`,
    ]
    if (!context.online) {
      return {
        status: 'ok',
        summary: `${id}, ${provider.apiKey ? 'key present' : 'no key needed'}; not asked without --online`,
        evidence,
      }
    }
    return reach(provider, id, evidence)
  },
}

/** A report is shown to others. */
const address = ({baseUrl}: Provider) => createRedactor()(baseUrl)

/** One request for the list of models: it costs nothing, and needs the key. */
async function reach(provider: Provider, id: string, evidence: readonly string[]): Promise<Finding> {
  const started = performance.now()
  const key = provider.apiKey
  const byKind: Record<string, Record<string, string>> = {
    anthropic: {'x-api-key': key ?? '', 'anthropic-version': '2023-06-01'},
    google: {'x-goog-api-key': key ?? ''},
  }
  const headers = {...(key ? (byKind[provider.kind] ?? {authorization: `Bearer ${key}`}) : {}), ...provider.headers}
  try {
    const response = await fetch(`${provider.baseUrl}/models`, {headers, signal: AbortSignal.timeout(ONLINE_MS)})
    await response.body?.cancel()
    const took = durationText(performance.now() - started)
    if (response.ok) return {status: 'ok', summary: `${id}, answered in ${took}`, evidence}
    const refused = response.status === 401 || response.status === 403
    return {
      status: refused || response.status >= 500 ? 'fail' : 'warn',
      summary: `${id}: ${refused ? 'its key is refused' : 'answers'} (HTTP ${response.status}, ${took})`,
      evidence,
      remedy: refused
        ? [`Make a new key and export ${provider.keyVariables[0] ?? 'it'}.`]
        : [`Look at the state of ${new URL(provider.baseUrl).host}.`],
    }
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)
    return {
      status: 'fail',
      summary: `${id}: cannot be reached (${cause})`,
      evidence,
      remedy: [
        {text: 'Check the network, proxy and address', command: `curl -sS ${shellWord(`${address(provider)}/models`)}`},
      ],
    }
  }
}

function settingsOf({config, env}: DoctorContext): ModelSettings {
  if (config instanceof HermesError) throw config
  return modelSettings(config.values, env)
}
