import type {LanguageModel} from 'ai'
import {isClaude, isDated} from '../catalog.js'
import type {Provider} from '../providers.js'
import {type CloudSettings, isCloud} from './clouds.js'
import {LibraryMissing, loadLibrary} from './library.js'

type Client = Exclude<LanguageModel, string>
type Settings = Record<string, unknown>
type Maker<P> = (settings: Settings) => P
type Callable = (model: string) => Client

/** What is called of each library. They are not ours to compile against: who needs one installs it. */
interface Makers {
  createAzure: Maker<Callable & {chat: Callable}>
  createAmazonBedrock: Maker<Callable>
  createGoogleVertex: Maker<Callable>
  createGoogleVertexAnthropic: Maker<Callable>
}

/** As `createClient`, of a cloud. All that was set is handed over, so that the library looks for nothing but what nobody named. */
export async function createCloudClient(
  provider: Provider & {cloud: CloudSettings},
  model: string,
  {fetch, env}: {fetch: typeof globalThis.fetch; env: NodeJS.ProcessEnv},
): Promise<Client> {
  const {kind, cloud, apiKey, baseUrl} = provider
  const {values, credentials} = cloud
  const common = {headers: {...provider.headers}, fetch}
  const make = async <N extends keyof Makers>(name: N, entry = ''): Promise<Makers[N]> => {
    if (!isCloud(kind)) throw new Error(`${kind} is no cloud`)
    const library = (await loadLibrary(kind, entry, env)) as Partial<Makers>
    const made = library[name]
    if (made === undefined) throw new LibraryMissing(`the library of ${kind} has no ${name}`, [])
    return made as Makers[N]
  }
  switch (kind) {
    case 'azure': {
      const createAzure = await make('createAzure')
      const key = isToken(apiKey) ? {tokenProvider: async () => apiKey} : {apiKey: apiKey ?? ''}
      if (isDated(values.apiVersion)) {
        const dated = {apiVersion: values.apiVersion, useDeploymentBasedUrls: true}
        return createAzure({...common, ...key, baseURL: baseUrl, ...dated}).chat(model)
      }
      const version = values.apiVersion === undefined ? {} : {apiVersion: values.apiVersion}
      return createAzure({...common, ...key, baseURL: baseUrl, ...version})(model)
    }
    case 'bedrock': {
      const createAmazonBedrock = await make('createAmazonBedrock')
      // A blank key has it sign, whatever the environment says.
      const signed = {apiKey: ' ', ...credentials}
      return createAmazonBedrock({
        ...common,
        baseURL: baseUrl,
        region: values.region ?? 'us-east-1',
        ...(apiKey === undefined ? signed : {apiKey}),
      })(model)
    }
    default: {
      const {project, location} = values
      const place = {project, location}
      const path = `projects/${project}/locations/${location}/publishers`
      if (isClaude(model)) {
        const createAnthropic = await make('createGoogleVertexAnthropic', '/anthropic')
        return createAnthropic({...common, ...place, baseURL: `${baseUrl}/v1/${path}/anthropic/models`})(model)
      }
      const createGoogleVertex = await make('createGoogleVertex')
      return apiKey === undefined
        ? createGoogleVertex({...common, ...place, baseURL: `${baseUrl}/v1beta1/${path}/google`})(model)
        : createGoogleVertex({...common, apiKey, baseURL: `${baseUrl}/v1/publishers/google`})(model)
    }
  }
}

/** A token of Entra ID, as `az account get-access-token` prints one: no key looks so. */
function isToken(key: string | undefined): key is string {
  return key !== undefined && /^ey[\w-]+\.[\w-]+\.[\w-]+$/.test(key)
}
