import {once} from 'node:events'
import {createServer, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

/** A model (OpenAI's wire) that answers when it is told to. */
export class HeldModel {
  /** How many prompts have come. */
  requests = 0
  readonly #server: Server
  readonly #waiting: ServerResponse[] = []

  constructor() {
    this.#server = createServer((request, response) => {
      request.resume()
      if (request.method !== 'POST') return void response.end('{"data":[]}')
      this.requests++
      this.#waiting.push(response)
    })
  }

  /** Resolves to lines for a configuration that make it known as `held/model`. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const {port} = this.#server.address() as AddressInfo
    return `providers:\n  held:\n    baseUrl: http://127.0.0.1:${port}/v1\n    apiKey: sk-held-model-key\n    models: [model]\n`
  }

  /** All who wait are told this, and that it is the end. */
  release(content: string): void {
    for (const response of this.#waiting.splice(0)) {
      const chunk = (delta: object, finish_reason: string | null) =>
        `data: ${JSON.stringify({id: 'c', object: 'chat.completion.chunk', choices: [{index: 0, delta, finish_reason}]})}\n\n`
      response.writeHead(200, {'content-type': 'text/event-stream'})
      response.end(`${chunk({role: 'assistant', content}, null)}${chunk({}, 'stop')}data: [DONE]\n\n`)
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
