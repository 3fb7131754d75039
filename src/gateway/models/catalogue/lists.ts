import {createHash} from 'node:crypto'
import path from 'node:path'
import {isObject} from '../../../protocol/shapes/shape.js'
import {listFoundModels} from '../discovery.js'
import type {Provider} from '../providers.js'
import {keep, readKept} from './kept-file.js'
import {type ListedModel, listedModels} from './listed.js'

/** How long a provider has to send its list, milliseconds; OpenRouter's is about a megabyte. */
const LIST_MS = 5000
const MAX_LIST_BYTES = 16 * 1024 * 1024

export interface ModelList {
  models: ListedModel[]
  /** When it was told, UTC epoch milliseconds. */
  at: number
}

export interface ListAnswer {
  /** Undefined where there never was one. */
  list: ModelList | undefined
  /** Why there is none from now, in a few words. */
  error?: string
}

export interface ModelListsOptions {
  /** Where they are kept for the next process; undefined: nowhere. */
  folder: string | undefined
  env: NodeJS.ProcessEnv
  /** A server that nobody named is asked for a sign first. */
  isGuessed(provider: Provider): boolean
  /** Key of a provider whose key a command prints. Rejects where it prints none. */
  keyOf(provider: Provider): Promise<string | undefined>
  timeoutMs?: number
}

/** The models of each provider by its own list: as it was told last, and as it is now. */
export class ModelLists {
  readonly #options: ModelListsOptions
  readonly #asked = new Map<string, Promise<ListAnswer>>()
  /** Where there is no folder. */
  readonly #told = new Map<string, ModelList>()

  constructor(options: ModelListsOptions) {
    this.#options = options
  }

  /** As it was told last, by whatever process. Never rejects. */
  async kept(provider: Provider): Promise<ModelList | undefined> {
    const file = this.#fileOf(provider)
    return file === undefined ? this.#told.get(identityOf(provider)) : readList(file)
  }

  /** As it is now; of several that ask at once it is asked once. Never rejects: with an error it is as it was. */
  fresh(provider: Provider): Promise<ListAnswer> {
    const id = identityOf(provider)
    const running = this.#asked.get(id)
    if (running) return running
    const asked = this.#ask(provider).finally(() => this.#asked.delete(id))
    this.#asked.set(id, asked)
    return asked
  }

  async #ask(provider: Provider): Promise<ListAnswer> {
    try {
      const models = this.#options.isGuessed(provider)
        ? (await listFoundModels(provider)).map((name) => ({name}))
        : await this.#get(provider)
      const list = {models, at: Date.now()}
      const file = this.#fileOf(provider)
      if (file === undefined) this.#told.set(identityOf(provider), list)
      else await keep(file, list)
      return {list}
    } catch (error) {
      return {list: await this.kept(provider), error: briefly(error)}
    }
  }

  async #get(provider: Provider): Promise<ListedModel[]> {
    const {env, timeoutMs = LIST_MS} = this.#options
    const apiKey = provider.apiKey ?? (await this.#options.keyOf(provider))
    const {cloud} = provider
    if (cloud) {
      const {cloudModels} = await import('../cloud/list.js')
      return cloudModels({...provider, cloud}, {apiKey, env, timeoutMs, maxBytes: MAX_LIST_BYTES})
    }
    const {get} = await import('../transport/get.js')
    const headers = {...provider.headers, ...keyHeaders(provider.kind, apiKey)}
    const {status, body} = await get(addressOf(provider), {headers, timeoutMs, env, maxBytes: MAX_LIST_BYTES})
    if (status !== 200) throw new ListRefused(status)
    const models = listedModels(body.toString('utf8'))
    if (!models) throw new Error('its answer is no list of models')
    return models
  }

  #fileOf(provider: Provider): string | undefined {
    const {folder} = this.#options
    return folder === undefined ? undefined : path.join(folder, `list-${identityOf(provider)}.json`)
  }
}

/** A name of a provider may be anything; what is at another address is another list. */
function identityOf({name, kind, baseUrl}: Provider): string {
  return createHash('sha256')
    .update(JSON.stringify([name, kind, baseUrl]))
    .digest('hex')
    .slice(0, 16)
}

async function readList(file: string): Promise<ModelList | undefined> {
  const kept = await readKept(file)
  if (!isObject(kept) || typeof kept.at !== 'number' || !Array.isArray(kept.models)) return undefined
  const models = kept.models.filter((model): model is ListedModel => isObject(model) && typeof model.name === 'string')
  return {models, at: kept.at}
}

/** All on one page, where there are pages. */
function addressOf({kind, baseUrl}: Provider): string {
  const page = kind === 'anthropic' ? '?limit=1000' : kind === 'google' ? '?pageSize=1000' : ''
  return `${baseUrl}/models${page}`
}

function keyHeaders(kind: Provider['kind'], key: string | undefined): Record<string, string> {
  const version: Record<string, string> = kind === 'anthropic' ? {'anthropic-version': '2023-06-01'} : {}
  if (key === undefined) return version
  if (kind === 'anthropic') return {...version, 'x-api-key': key}
  return kind === 'google' ? {'x-goog-api-key': key} : {authorization: `Bearer ${key}`}
}

class ListRefused extends Error {
  constructor(status: number) {
    super(status === 401 || status === 403 ? `it refuses the key (${status})` : `it answers with ${status}`)
  }
}

function briefly(error: unknown): string {
  const {name, code, message} = error as {name?: string; code?: unknown; message?: string}
  if (name === 'TimeoutError') return 'it does not answer in time'
  if (typeof code === 'string') return `it cannot be reached (${code})`
  return message ?? String(error)
}
