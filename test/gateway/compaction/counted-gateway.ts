import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {type CountingOptions, type CountingServer, startCountingServer} from '../../fixtures/counting-server.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

/** For a `describe`: gateways of a home whose only model is a server that counts. */
export class CountedGateways {
  readonly scratch = new Scratch()
  #servers: CountingServer[] = []

  constructor() {
    afterEach(() => Promise.all(this.#servers.splice(0).map((server) => server.close())))
  }

  async serve(options: CountingOptions, settings = '', more = ''): Promise<CountingServer> {
    const server = await startCountingServer(options)
    this.#servers.push(server)
    const folder = path.join(this.scratch.home, '.config', 'hermes')
    await mkdir(folder, {recursive: true})
    const provider = `counting: {kind: ${options.kind}, baseUrl: "${server.url}", apiKey: k${more}}`
    const text = `discoverLocal: false\nmodels.retries: 0\n${settings}\nproviders:\n  ${provider}\n`
    await writeFile(path.join(folder, 'config.yaml'), text)
    return server
  }

  start(): Promise<GatewayProcess> {
    return this.scratch.start({model: 'counting/m', cwd: this.scratch.project})
  }
}

export const filler = (words: number, word = 'padding') => `${word} `.repeat(words)
