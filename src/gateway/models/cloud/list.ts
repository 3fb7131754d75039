import {isObject} from '../../../protocol/shapes/shape.js'
import {askNames} from '../catalogue/ask.js'
import {type ListedModel, listedModels} from '../catalogue/listed.js'
import {cloudLack, type Provider} from '../providers.js'
import {get} from '../transport/get.js'
import {signedHeaders} from './aws-signature.js'
import {awsHost, type CloudKind, type CloudSettings, clouds, isCloud} from './clouds.js'
import {findLibrary, installLine, libraryFolders} from './library.js'

export interface CloudListOptions {
  apiKey: string | undefined
  env: NodeJS.ProcessEnv
  timeoutMs: number
  maxBytes: number
}

/** A list that its service refuses. */
export class CloudListRefused extends Error {}

/** The version of Azure's API with which a key lists deployments. */
const AZURE_LIST_VERSION = '2023-03-15-preview'

/**
 * What can be called at a cloud: the deployments of a resource of Azure, the models and inference profiles of a region of
 * Bedrock; of Vertex AI, whose list wants a login, what the catalogue names. Rejects with why not, in words that follow
 * "lists no models now: ".
 */
export async function cloudModels(
  provider: Provider & {cloud: CloudSettings},
  options: CloudListOptions,
): Promise<ListedModel[]> {
  const {kind} = provider
  if (!isCloud(kind)) return []
  const {env} = options
  const lack = cloudLack({...provider, ...(options.apiKey === undefined ? {} : {apiKey: options.apiKey})})
  if (lack) throw new Error(lack.text)
  if (!findLibrary(kind, libraryFolders(env))) {
    throw new Error(`its library ${clouds[kind].library} is not installed: ${installLine(kind, env)}`)
  }
  return lists[kind](provider, options)
}

type List = (provider: Provider & {cloud: CloudSettings}, options: CloudListOptions) => Promise<ListedModel[]>

const lists: Readonly<Record<CloudKind, List>> = {
  azure: async (provider, options) => {
    const {apiKey = ''} = options
    const headers = {...provider.headers, ...(apiKey.startsWith('ey') ? bearer(apiKey) : {'api-key': apiKey})}
    const address = `${provider.baseUrl.replace(/\/v1$/, '')}/deployments?api-version=${AZURE_LIST_VERSION}`
    const body = await answerOf(address, headers, options).catch((error: unknown) => {
      if (!(error instanceof CloudListRefused)) throw error
      throw new CloudListRefused(
        `${error.message}; name your deployments in providers.${provider.name}.models (hermes config path)`,
      )
    })
    return listedModels(body) ?? notAList()
  },
  bedrock: async (provider, options) => {
    const {region} = provider.cloud.values
    const base = provider.moved || region === undefined ? provider.baseUrl : awsHost('bedrock', region)
    const ask = (path: string) => {
      const url = new URL(`${base}${path}`)
      return answerOf(url.href, {...provider.headers, ...awsHeaders(url, provider.cloud, options)}, options)
    }
    const [models, profiles] = await Promise.all([
      ask('/foundation-models?byOutputModality=TEXT'),
      ask('/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED').catch(() => '{}'),
    ])
    return bedrockNames(models, profiles) ?? notAList()
  },
  vertex: async () => {
    const names = await askNames('google')
    return names.filter((name) => /^(?:gemini-\d|claude-[a-z]+-\d)/.test(name) && !other.test(name)).map(named)
  },
}

/** Of Google's models those that do not chat. */
const other = /embedding|image|tts|live|transcribe|vision|audio|nano/

const named = (name: string): ListedModel => ({name})
const bearer = (key: string) => ({authorization: `Bearer ${key}`})

function notAList(): never {
  throw new Error('its answer is no list of models')
}

async function answerOf(address: string, headers: Record<string, string>, options: CloudListOptions): Promise<string> {
  const {timeoutMs, env, maxBytes} = options
  const {status, body} = await get(address, {headers, timeoutMs, env, maxBytes})
  if (status === 200) return body.toString('utf8')
  throw new CloudListRefused(
    status === 401 || status === 403 ? `it refuses the key (${status})` : `it answers with ${status}`,
  )
}

function awsHeaders(url: URL, {values, credentials}: CloudSettings, {apiKey}: CloudListOptions) {
  if (apiKey !== undefined) return bearer(apiKey)
  const {region} = values
  if (!credentials || region === undefined) return {}
  return signedHeaders({url, region, service: 'bedrock', credentials, at: new Date()})
}

/**
 * Inference profiles (`eu.anthropic.claude-…`), by which newer models alone are called, then models that are called by
 * their own name; of both those that write text piece by piece. Undefined where it is no such list.
 */
export function bedrockNames(models: string, profiles: string): ListedModel[] | undefined {
  const summaries = listIn(models, 'modelSummaries')
  if (!summaries) return undefined
  const writing = summaries.filter(
    (one) =>
      typeof one.modelId === 'string' && one.responseStreamingSupported !== false && has(one.outputModalities, 'TEXT'),
  )
  const known = new Set(writing.map(({modelId}) => modelId))
  const byProfile = (listIn(profiles, 'inferenceProfileSummaries') ?? [])
    .filter(({status}) => status === undefined || status === 'ACTIVE')
    .map(({inferenceProfileId}) => inferenceProfileId)
    .filter((id): id is string => typeof id === 'string' && known.has(id.replace(/^[a-z-]+\./, '')))
  const byName = writing
    .filter(({inferenceTypesSupported: types}) => types === undefined || has(types, 'ON_DEMAND'))
    .map(({modelId}) => modelId as string)
  const body = JSON.stringify({data: [...byProfile, ...byName].map((id) => ({id}))})
  return listedModels(body)
}

function has(list: unknown, value: string): boolean {
  return Array.isArray(list) && list.includes(value)
}

function listIn(body: string, member: string): Record<string, unknown>[] | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  const list = isObject(parsed) ? parsed[member] : undefined
  return Array.isArray(list) ? list.filter(isObject) : undefined
}
