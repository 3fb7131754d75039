import type {Provider} from './providers.js'
import type {GetOptions} from './transport/get.js'
import {isListening} from './transport/listening.js'

/** How long a server on loopback has to answer, milliseconds. A closed port refuses in under 5 ms; a busy Ollama answers in about 50. */
const LOCAL_PROBE_MS = 300

/** How long a configured server has to list its models, milliseconds. */
const LIST_MODELS_MS = 2000

/** Names of the models that a server offers for chat, in its order; empty when it does not answer in time, or is something else. */
export async function listModels(provider: Provider, env: NodeJS.ProcessEnv): Promise<string[]> {
  const headers: Record<string, string> = {...provider.headers}
  if (provider.apiKey) headers.authorization = `Bearer ${provider.apiKey}`
  const timeoutMs = provider.local ? LOCAL_PROBE_MS : LIST_MODELS_MS
  const body = await answerTo(`${provider.baseUrl}/models`, {headers, timeoutMs, env})
  return body ? chatModels(body) : []
}

/**
 * As {@link listModels}, of a server that nobody named: only where it says itself that it is what usually listens there.
 * Anything else gets neither a prompt nor a key.
 */
export async function listFoundModels({name, baseUrl}: Provider): Promise<string[]> {
  const sign = Object.hasOwn(signs, name) ? signs[name] : undefined
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (!sign || !base || !(await isListening(base, LOCAL_PROBE_MS))) return []
  // Straight: it is on this machine.
  const options = {timeoutMs: LOCAL_PROBE_MS, env: {}}
  const list = answerTo(`${baseUrl}/models`, options)
  if ('owner' in sign) {
    const body = await list
    return body && owners(body).has(sign.owner) ? chatModels(body) : []
  }
  const [body, greeting] = await Promise.all([list, answerTo(new URL(sign.path, base).href, options)])
  return body && greeting && sign.greets(greeting.toString('utf8')) ? chatModels(body) : []
}

/** An answer that only such a server gives: the owner that it names of its models, or a page of its own. */
type Sign = {owner: string} | {path: string; greets: (body: string) => boolean}

const signs: Readonly<Record<string, Sign>> = {
  ollama: {path: '/', greets: (body) => body.trim() === 'Ollama is running'},
  // By this its own command line finds it.
  lmstudio: {path: '/lmstudio-greeting', greets: (body) => member(parsed(body), 'lmstudio') === true},
  llamacpp: {owner: 'llamacpp'},
  vllm: {owner: 'vllm'},
}

/** The body of a 200; undefined for anything else. */
async function answerTo(address: string, options: GetOptions): Promise<Buffer | undefined> {
  try {
    // A resume needs the names of models and asks nobody for them.
    const {get} = await import('./transport/get.js')
    const {status, body} = await get(address, options)
    return status === 200 ? body : undefined
  } catch {
    return undefined
  }
}

/** Names in the body of `GET /models`, without those that cannot chat; empty when it is not such a list. */
export function chatModels(body: Buffer): string[] {
  return entries(body)
    .map((entry) => member(entry, 'id'))
    .filter((id): id is string => typeof id === 'string' && id !== '' && !/embed|rerank|whisper/i.test(id))
}

function owners(body: Buffer): Set<unknown> {
  return new Set(entries(body).map((entry) => member(entry, 'owned_by')))
}

function entries(body: Buffer): unknown[] {
  const data = member(parsed(body.toString('utf8')), 'data')
  return Array.isArray(data) ? data : []
}

function member(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[name]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** True for `localhost`, `127.x.x.x` and `[::1]`. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false
  const host = new URL(address).hostname
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}
