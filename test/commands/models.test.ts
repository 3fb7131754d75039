import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('hermes models', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const models = (...args: string[]) => runHermes(['models', ...args], {cwd: box.project, env: box.env})

  async function serve(body: unknown): Promise<{url: string; close(): void}> {
    const server = createServer((_request, response) => response.end(JSON.stringify(body)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const close = () => {
      server.close()
      server.closeAllConnections()
    }
    return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, close}
  }

  const configure = (providers: object) =>
    box.write('home/.config/hermes/config.json', JSON.stringify({providers, discoverLocal: false}))

  it('lists what providers list, finds a part of a name, and names a provider that is dead', async function () {
    this.timeout(30_000)
    const pricing = {prompt: '0.000002', completion: '0.00001'}
    const {url, close} = await serve({
      data: [{id: 'big', context_length: 1_000_000, pricing}, {id: 'small'}, {id: 'evil\x1b[31m'}, {id: 'a b'}],
    })
    try {
      configure({there: {baseUrl: url}, gone: {baseUrl: 'http://127.0.0.1:1/v1'}})
      const {stdout, stderr, code} = await models()
      expect(code).to.equal(0)
      expect(stdout.split('\n').map((line) => line.trimEnd())).to.deep.equal([
        'there/big    1M context · $2 in, $10 out · default',
        'there/small',
        'there/a b',
        '',
      ])
      expect(stderr).to.equal('hermes: gone lists no models now: it cannot be reached (ECONNREFUSED)\n')
      expect((await models('smll')).stdout).to.equal('there/small\n')
      const json = JSON.parse((await models('big', '--json')).stdout)
      expect(json.models).to.deep.equal([
        {id: 'there/big', source: 'configuration', context: 1_000_000, output: null, inputPrice: 2, outputPrice: 10},
      ])
      expect(json.problems).to.deep.equal([{provider: 'gone', error: 'it cannot be reached (ECONNREFUSED)'}])
    } finally {
      close()
    }
  })

  it('says why there is none, and what helps', async function () {
    this.timeout(30_000)
    configure({})
    for (const part of [[], ['off']]) {
      expect((await models(...part)).stdout).to.match(/^No provider has a key or is configured: .+ANTHROPIC_API_KEY/)
    }
    configure({gone: {baseUrl: 'http://127.0.0.1:1/v1'}})
    expect((await models('off')).stdout).to.equal('No provider lists a model now.\n')
    configure({there: {baseUrl: 'http://127.0.0.1:1/v1', models: ['big', 'small']}})
    expect((await models('off')).stdout).to.equal('None of 2 models fits that: hermes models lists them all.\n')
  })

  it('says what a cloud lacks', async function () {
    this.timeout(30_000)
    configure({azure: {apiKey: 'k'}, bedrock: {apiKey: 'k', region: 'eu-west-1', models: ['eu.x']}})
    const {stdout, stderr} = await models()
    expect(stderr).to.contain('azure lists no models now: Azure OpenAI needs the name of a resource')
    expect(stderr).to.match(/bedrock lists no models now: its library @ai-sdk\/amazon-bedrock .*npm install --prefix /)
    expect(stdout.trim()).to.match(/^bedrock\/eu\.x\b.*default$/)
  })
})
