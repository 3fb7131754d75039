import type {Provider} from './providers.js'

/** How long a server on loopback has to answer, milliseconds. A closed port refuses in under 5 ms; a busy Ollama answers in about 50. */
export const LOCAL_PROBE_MS = 300

/** How long a configured server has to list its models, milliseconds. */
export const LIST_MODELS_MS = 2000

/** A list of models is a few kilobytes; something else on the port may send anything. */
const MAX_LIST_BYTES = 2 * 1024 * 1024

/**
 * Names of the models that an OpenAI-compatible server offers for chat, in its order; empty when it
 * does not answer in time, or is something else. Uses `node:http`, because the first `fetch` loads
 * a client of its own (about 25 ms).
 */
export async function listModels(provider: Provider, timeoutMs: number): Promise<string[]> {
  const address = `${provider.baseUrl}/models`
  if (!URL.canParse(address)) return []
  const url = new URL(address)
  const {get} = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const headers: Record<string, string> = {accept: 'application/json', ...provider.headers}
  if (provider.apiKey) headers.authorization = `Bearer ${provider.apiKey}`

  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const request = get(url, {headers, agent: false, signal: AbortSignal.timeout(timeoutMs)}, (response) => {
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > MAX_LIST_BYTES) request.destroy()
        else chunks.push(chunk)
      })
      response.on('error', () => resolve([]))
      response.on('close', () => resolve([]))
      response.on('end', () => resolve(response.statusCode === 200 ? chatModels(Buffer.concat(chunks)) : []))
    })
    request.on('error', () => resolve([]))
  })
}

/** Names in the body of `GET /models`, without those that cannot chat; empty when it is not such a list. */
export function chatModels(body: Buffer): string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    return []
  }
  const data = (parsed as {data?: unknown} | null)?.data
  if (!Array.isArray(data)) return []
  return data
    .map((entry: unknown) => (entry as {id?: unknown} | null)?.id)
    .filter((id): id is string => typeof id === 'string' && id !== '' && !/embed|rerank|whisper/i.test(id))
}

/** True for `localhost`, `127.x.x.x` and `[::1]`. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false
  const host = new URL(address).hostname
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}
