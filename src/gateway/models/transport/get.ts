import {httpClient} from './http-client.js'
import {agentFor} from './proxy.js'

/** What was asked for is a few kilobytes; something else on a port may send anything. */
const MAX_BYTES = 2 * 1024 * 1024

export interface GetOptions {
  headers?: Record<string, string>
  timeoutMs: number
  /** Names the proxies. */
  env: NodeJS.ProcessEnv
  /** Default 2 MB. */
  maxBytes?: number
}

/** One small request, by `node:http`, because the first `fetch` loads a client of its own (about 25 ms). Rejects where no whole answer comes in time. */
export async function get(address: string, options: GetOptions): Promise<{status: number; body: Buffer}> {
  const {headers = {}, timeoutMs, env, maxBytes = MAX_BYTES} = options
  const url = new URL(address)
  const http = httpClient(url)
  const agent = agentFor(url, http.Agent, env)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const signal = AbortSignal.timeout(timeoutMs)
    const request = http.get(url, {headers: {accept: 'application/json', ...headers}, agent, signal}, (response) => {
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > maxBytes) request.destroy(new Error(`the answer is larger than ${maxBytes >> 20} MB`))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('close', () => reject(new Error('the answer was cut off')))
      response.on('end', () => resolve({status: response.statusCode ?? 0, body: Buffer.concat(chunks)}))
    })
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error))
  })
}
