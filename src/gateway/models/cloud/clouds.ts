import {cloudForms, isCloudValue} from '../../../config/cloud-values.js'
import {type CloudField, cloudFields, type ProviderConfig} from '../../../config/schema.js'

export type CloudKind = 'azure' | 'bedrock' | 'vertex'

/** What a service of a cloud needs beside a key. */
export interface Cloud {
  /** As people call it. */
  title: string
  /** Library of the AI SDK that is installed by who needs it, and the major version that fits ours. */
  library: string
  major: number
  /** Settings with the variables of the environment that name them too, as its own tools have them; first wins. */
  fields: Partial<Record<CloudField, readonly string[]>>
  /** Variables that may hold a key. */
  keyVariables: readonly string[]
  /** Variable that may hold another address. */
  baseUrlVariable?: string
  /** Address of the API; undefined while a setting that is a part of it is missing. */
  address(values: CloudValues): string | undefined
}

export type CloudValues = Partial<Record<CloudField, string>>

/** Where the service of a provider runs, with the credentials that are no single key. */
export interface CloudSettings {
  values: CloudValues
  /** Where each value comes from: a variable, or `providers.NAME.region`. */
  places: Partial<Record<CloudField, string>>
  /** Of AWS: a request is signed with them where there is no key. */
  credentials: AwsCredentials | undefined
}

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | undefined
}

/** Ends of the hosts of AWS by the begin of the region; else `amazonaws.com`. */
const partitions: readonly (readonly [string, string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-iso-', 'c2s.ic.gov'],
  ['eusc-', 'amazonaws.eu'],
]

/** `bedrock-runtime` for calls of models, `bedrock` for its lists. */
export function awsHost(service: string, region: string): string {
  const end = partitions.find(([begin]) => region.startsWith(begin))?.[1] ?? 'amazonaws.com'
  return `https://${service}.${region}.${end}`
}

const multiRegions: ReadonlySet<string> = new Set(['eu', 'us'])

function vertexHost(location: string): string {
  if (location === 'global') return 'https://aiplatform.googleapis.com'
  if (multiRegions.has(location)) return `https://aiplatform.${location}.rep.googleapis.com`
  return `https://${location}-aiplatform.googleapis.com`
}

/** The one table of clouds. Their libraries are loaded with their first call. */
export const clouds: Readonly<Record<CloudKind, Cloud>> = {
  azure: {
    title: 'Azure OpenAI',
    library: '@ai-sdk/azure',
    major: 4,
    fields: {resource: ['AZURE_RESOURCE_NAME'], apiVersion: ['AZURE_API_VERSION', 'OPENAI_API_VERSION']},
    keyVariables: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'],
    address: ({resource}) => (resource === undefined ? undefined : `https://${resource}.openai.azure.com/openai`),
  },
  bedrock: {
    title: 'Amazon Bedrock',
    library: '@ai-sdk/amazon-bedrock',
    major: 5,
    fields: {region: ['AWS_REGION', 'AWS_DEFAULT_REGION']},
    keyVariables: ['AWS_BEARER_TOKEN_BEDROCK'],
    baseUrlVariable: 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
    address: ({region}) => (region === undefined ? undefined : awsHost('bedrock-runtime', region)),
  },
  vertex: {
    title: 'Google Vertex AI',
    library: '@ai-sdk/google-vertex',
    major: 5,
    fields: {
      project: ['GOOGLE_VERTEX_PROJECT', 'GOOGLE_CLOUD_PROJECT'],
      location: ['GOOGLE_VERTEX_LOCATION', 'GOOGLE_CLOUD_LOCATION'],
    },
    keyVariables: ['GOOGLE_VERTEX_API_KEY'],
    // A key is taken at one address alone, for Google's models.
    address: ({location}) => vertexHost(location ?? 'global'),
  },
}

export function isCloud(kind: string): kind is CloudKind {
  return Object.hasOwn(clouds, kind)
}

/** What settings and environment say of a cloud. */
export function cloudSettings(
  kind: CloudKind,
  {name, own = {}, env}: {name: string; own?: ProviderConfig | undefined; env: NodeJS.ProcessEnv},
): CloudSettings {
  const values: CloudValues = {}
  const places: CloudSettings['places'] = {}
  for (const field of cloudFields) {
    const variables = clouds[kind].fields[field]
    if (!variables) continue
    const variable = variables.find((each) => env[each]?.trim())
    const given = own[field] ?? (variable === undefined ? undefined : env[variable]?.trim())
    if (given === undefined) continue
    values[field] = given
    places[field] = own[field] === undefined ? variable : `providers.${name}.${field}`
  }
  return {values, places, credentials: kind === 'bedrock' ? awsCredentials(env) : undefined}
}

function awsCredentials(env: NodeJS.ProcessEnv): AwsCredentials | undefined {
  const [accessKeyId, secretAccessKey] = [env.AWS_ACCESS_KEY_ID?.trim(), env.AWS_SECRET_ACCESS_KEY?.trim()]
  if (!accessKeyId || !secretAccessKey) return undefined
  return {accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN?.trim() || undefined}
}

/** Something without which a provider cannot be called. */
export interface Lack {
  /** What is missing or wrong, and where. */
  text: string
  remedy: string[]
}

interface CloudProvider {
  name: string
  kind: CloudKind
  baseUrl: string
  /** The address is the person's own. */
  placed: boolean
  cloud: CloudSettings
  hasKey: boolean
}

/** What a cloud lacks for a call; `model` as it is called there, where one is meant. Undefined: nothing that is seen from here. */
export function lackOf(provider: CloudProvider, model?: string): Lack | undefined {
  const {kind, cloud, placed, hasKey} = provider
  for (const field of cloudFields) {
    const value = cloud.values[field]
    if (value !== undefined && !isCloudValue(field, value)) return wrong(field, value, cloud.places[field])
  }
  switch (kind) {
    case 'azure':
      if (!placed && cloud.values.resource === undefined) return missing(provider, 'resource')
      return hasKey ? undefined : missingKey(provider, [])
    case 'bedrock':
      // The address has it too, but a signature names it.
      if (cloud.values.region === undefined && !(placed && hasKey)) return missing(provider, 'region')
      return hasKey || cloud.credentials ? undefined : missingKey(provider, awsRemedy)
    case 'vertex': {
      // Without a model: one that is called with a key alone is enough.
      const keyIsEnough = hasKey && (model === undefined || !/claude/i.test(model))
      const field = (['project', 'location'] as const).find((each) => cloud.values[each] === undefined)
      return field === undefined || keyIsEnough ? undefined : missing(provider, field)
    }
  }
}

/** Profiles and single sign-on are what its own command line knows. */
const awsRemedy = [
  'Or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN); of a profile: eval "$(aws configure export-credentials --format env)"',
]

function missing({name, kind}: CloudProvider, field: CloudField): Lack {
  const {title, fields} = clouds[kind]
  const [variable] = fields[field] ?? []
  return {
    text: `${title} needs ${cloudForms[field].expected}, and none is set`,
    remedy: [
      `Set ${variable} in the environment and start hermes again`,
      `Or set providers.${name}.${field} in your own configuration (hermes config path)`,
    ],
  }
}

function missingKey({name, kind}: CloudProvider, more: readonly string[]): Lack {
  const {title, keyVariables} = clouds[kind]
  return {
    text: `no key for ${title}`,
    remedy: [
      `Set ${keyVariables[0]} in the environment and start hermes again`,
      ...more,
      `Or set providers.${name}.apiKey or apiKeyCommand in your own configuration (hermes config path)`,
    ],
  }
}

function wrong(field: CloudField, value: string, place = field as string): Lack {
  const expected = cloudForms[field].expected
  return {text: `${place} is ${JSON.stringify(value)}, not ${expected}`, remedy: [`Correct ${place}: ${expected}`]}
}

/** Where the address comes from, for who has to correct it: `AWS_REGION (us-eats-1)`. */
export function addressPlaces({values, places}: CloudSettings): string[] {
  return cloudFields.flatMap((field) => (places[field] ? [`${places[field]} (${values[field]})`] : []))
}
