import {HermesError, messageOf} from '../../errors.js'
import {addressPlaces, type CloudSettings, clouds, isCloud} from '../../gateway/models/cloud/clouds.js'
import {createModelRegistry} from '../../gateway/models/index.js'
import {CommandKey} from '../../gateway/models/key-command.js'
import {cloudLack, findProvider, hasKey, isUsable, type Provider} from '../../gateway/models/providers.js'
import {modelSettings} from '../../gateway/models/settings.js'
import {get} from '../../gateway/models/transport/get.js'
import type {ModelSettings} from '../../gateway/models/types.js'
import {createRedactor, redactCommand} from '../../redact/index.js'
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
    if (provider.cloud) return cloudFinding({...provider, cloud: provider.cloud}, id, context)
    const keys = provider.keyVariables.join(' or ')
    if (!isUsable(provider)) {
      return {
        status: 'fail',
        summary: `${id}: its key is missing`,
        evidence: [address(provider)],
        remedy: [`Export it: ${provider.keyVariables[0] ?? 'KEY'}=…`, `Or set \`providers.${name}.apiKey\`.`],
      }
    }
    const source = provider.apiKeyCommand ? 'from a command' : provider.apiKey ? 'present' : 'none'
    const evidence = [`${address(provider)}, key ${source}${hasKey(provider) || !keys ? '' : ` (${keys})`}`]
    if (!context.online) {
      const key = hasKey(provider) ? `key ${source}` : 'no key needed'
      return {status: 'ok', summary: `${id}, ${key}; not asked without --online`, evidence}
    }
    const {apiKeyCommand} = provider
    if (!apiKeyCommand) return reach(provider, id, evidence, context.env)
    try {
      const apiKey = await new CommandKey(apiKeyCommand, {timeoutMs: ONLINE_MS / 2, env: context.env}).get()
      return await reach({...provider, apiKey}, id, evidence, context.env)
    } catch (error) {
      return {
        status: 'fail',
        summary: createRedactor()(`${id}: the command of its key ${messageOf(error)}`),
        evidence,
        remedy: [{text: 'Run it in a shell', command: redactCommand(apiKeyCommand).map(shellWord).join(' ')}],
      }
    }
  },
}

/** Of a cloud: its settings, its library, and where it may be asked its list of models. */
async function cloudFinding(
  provider: Provider & {cloud: CloudSettings},
  id: string,
  {online, env}: DoctorContext,
): Promise<Finding> {
  const {kind, name, cloud, apiKeyCommand} = provider
  const lack = cloudLack(provider, id.slice(name.length + 1))
  if (lack) return {status: 'fail', summary: `${id}: ${lack.text}`, remedy: lack.remedy}
  const {findLibrary, installLine, libraryFolders} = await import('../../gateway/models/cloud/library.js')
  if (!isCloud(kind)) return {status: 'ok', summary: id}
  const {library, title, major} = clouds[kind]
  const found = findLibrary(kind, libraryFolders(env))
  if (!found || Number.parseInt(found.version, 10) !== major) {
    const what = found ? `${library} ${found.version} is installed, and version ${major} is needed` : `needs ${library}`
    return {
      status: 'fail',
      summary: `${id}: ${title}: ${what}`,
      remedy: [{text: 'Install it', command: installLine(kind, env)}],
    }
  }
  const evidence = [`${address(provider)}, ${library} ${found.version}`, ...addressPlaces(cloud)]
  const set = {summary: `${id}, ${title} is set up; not asked without --online`, evidence}
  // A command that prints a key is run for a prompt.
  if (!online || apiKeyCommand) return {status: 'ok', ...set}
  const {cloudModels} = await import('../../gateway/models/cloud/list.js')
  try {
    const options = {apiKey: provider.apiKey, env, timeoutMs: ONLINE_MS, maxBytes: 16 * 1024 * 1024}
    const models = await cloudModels(provider, options)
    return {status: 'ok', summary: `${id}, ${models.length} models are listed`, evidence}
  } catch (error) {
    const why = createRedactor()(messageOf(error))
    const remedy = addressPlaces(cloud).map((place) => `Check ${place}.`)
    return {status: 'warn', summary: `${id}: ${title} lists no models: ${why}`, evidence, remedy}
  }
}

/** A report is shown to others. */
const address = ({baseUrl}: Provider) => createRedactor()(baseUrl)

/** One request for the list of models: it costs nothing, and needs the key. */
async function reach(
  provider: Provider,
  id: string,
  evidence: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Finding> {
  const started = performance.now()
  const key = provider.apiKey
  const byKind: Record<string, Record<string, string>> = {
    anthropic: {'x-api-key': key ?? '', 'anthropic-version': '2023-06-01'},
    google: {'x-goog-api-key': key ?? ''},
  }
  const headers = {...(key ? (byKind[provider.kind] ?? {authorization: `Bearer ${key}`}) : {}), ...provider.headers}
  try {
    const {status} = await get(`${provider.baseUrl}/models`, {headers, timeoutMs: ONLINE_MS, env})
    const took = durationText(performance.now() - started)
    if (status >= 200 && status < 300) return {status: 'ok', summary: `${id}, answered in ${took}`, evidence}
    const refused = status === 401 || status === 403
    return {
      status: refused || status >= 500 ? 'fail' : 'warn',
      summary: `${id}: ${refused ? 'its key is refused' : 'answers'} (HTTP ${status}, ${took})`,
      evidence,
      remedy: refused
        ? [`Make a new key and export ${provider.keyVariables[0] ?? 'it'}.`]
        : [`Look at the state of ${new URL(provider.baseUrl).host}.`],
    }
  } catch (error) {
    const cause = messageOf(error)
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
