import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {type ChatMessage, type OpenAiServer, type Script, startOpenAiServer} from '../../fixtures/openai-server.js'
import type {GatewayProcess, Scratch} from '../gateway-process.js'

/** Gateways in the project's folder, with a provider that keeps what it was sent. */
export class ProviderSession {
  readonly #scratch: Scratch
  readonly #config: string
  server!: OpenAiServer

  constructor(scratch: Scratch, {config = '', script}: {config?: string; script?: Script} = {}) {
    this.#scratch = scratch
    this.#config = config
    beforeEach(async () => {
      this.server = await startOpenAiServer(script ?? (() => ({kind: 'stream', text: ['done']})))
      await this.configure()
    })
    afterEach(() => this.server.close())
  }

  async configure(more = ''): Promise<void> {
    const folder = path.join(this.#scratch.home, '.config', 'hermes')
    await mkdir(folder, {recursive: true})
    const provider = `providers:\n  mine:\n    baseUrl: ${this.server.url}\n    apiKey: sk-test\n`
    await writeFile(path.join(folder, 'config.yaml'), `discoverLocal: false\n${provider}${this.#config}${more}`)
  }

  start(cwd = this.#scratch.project): Promise<GatewayProcess> {
    return this.#scratch.start({model: 'mine/any', cwd})
  }

  messages(at = -1): ChatMessage[] {
    return this.server.requests.filter(({chat}) => chat).at(at)?.chat?.messages ?? []
  }

  /** The system prompt of a request. */
  system(at = -1): string {
    return this.messages(at).find(({role}) => role === 'system' || role === 'developer')?.content ?? ''
  }

  /** What it was sent of the person last. */
  user(at = -1): string {
    return this.messages(at).findLast(({role}) => role === 'user')?.content ?? ''
  }
}

/** What the person was told beside the reply. */
export function noticesOf(gateway: GatewayProcess, from = 0): string[] {
  return gateway.frames.slice(from).flatMap(({params}) => {
    if (params?.type === 'notice') return [String(params.payload?.message)]
    return params?.type === 'status.update' ? [String(params.payload?.text)] : []
  })
}
