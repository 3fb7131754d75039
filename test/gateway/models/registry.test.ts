import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'
import {HermesError} from '../../../src/errors.js'
import {defaultModels} from '../../../src/gateway/models/catalog.js'
import {Catalogue} from '../../../src/gateway/models/catalogue/catalogue.js'
import {chatModels, isLoopback} from '../../../src/gateway/models/discovery.js'
import type {ModelSettings} from '../../../src/gateway/models/types.js'
import {type LocalServer, type OpenAiServer, startOpenAiServer} from '../../fixtures/openai-server.js'
import {tellTried} from '../../helpers/tried.js'
import {collect, registry, request} from './helpers.js'

/** Nothing listens there: discovery asks only the servers that a test names. */
const local: readonly LocalServer[] = ['ollama', 'lmstudio', 'llamacpp', 'vllm']
const nowhere = Object.fromEntries(local.map((name) => [name, 'http://127.0.0.1:1/v1']))

describe('model registry', () => {
  let servers: OpenAiServer[] = []

  async function serve(models: string[], like?: LocalServer): Promise<OpenAiServer> {
    const server = await startOpenAiServer(undefined, {models, ...(like ? {like} : {})})
    servers.push(server)
    return server
  }

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()))
    servers = []
  })

  describe('default', () => {
    it('is offline when there is nothing else', async () => {
      const models = registry({discoverLocal: true}, {localServers: nowhere})
      expect(await models.defaultId()).to.equal('offline')
      expect(await models.configured()).to.equal(false)
      expect((await models.resolve()).id).to.equal('offline')
    })

    it('is the configured model before all others', async () => {
      const models = registry({model: 'openai/gpt-mine', env: {ANTHROPIC_API_KEY: 'k'}})
      expect(await models.defaultId()).to.equal('openai/gpt-mine')
      expect((await models.resolve()).id).to.equal('openai/gpt-mine')
      expect(await models.configured()).to.equal(true)
      expect(await registry({model: 'offline/50'}).configured()).to.equal(false)
    })

    it('is decided by keys in the environment, in a fixed order', async () => {
      const env: NodeJS.ProcessEnv = {OPENROUTER_API_KEY: 'k'}
      const expected: string[] = []
      for (const [name, key] of [
        ['openrouter', undefined],
        ['google', 'GEMINI_API_KEY'],
        ['openai', 'OPENAI_API_KEY'],
        ['anthropic', 'ANTHROPIC_API_KEY'],
      ] as const) {
        if (key) env[key] = 'k'
        expected.push(`${name}/${defaultModels[name]}`)
        expect(await registry({env: {...env}}).defaultId()).to.equal(expected.at(-1))
      }
      expect(await registry({env: {OPENAI_API_KEY: '  '}}).defaultId()).to.equal('offline')
    })

    it('is the first model of a local server that answers, asked once and only when needed', async () => {
      const server = await serve(['nomic-embed-text', 'qwen3', 'llama4'], 'lmstudio')
      const models = registry({discoverLocal: true}, {localServers: {...nowhere, lmstudio: server.url}})
      expect(await models.defaultId()).to.equal('offline')
      expect(server.requests).to.have.length(0)
      expect(await models.configured()).to.equal(true)
      expect(await models.defaultId()).to.equal('lmstudio/qwen3')
      expect((await models.resolve()).id).to.equal('lmstudio/qwen3')
      await models.options()
      expect(server.requests.map(({path}) => path).sort()).to.deep.equal(['/lmstudio-greeting', '/v1/models'])
    })

    it('is told with what was found for it: keys by their variables, else local servers, and nobody else is asked', async () => {
      const server = await serve(['qwen3', 'llama4'], 'lmstudio')
      const localServers = {...nowhere, lmstudio: server.url}
      expect(await registry({discoverLocal: true}, {localServers}).found()).to.deep.equal([
        {name: 'lmstudio', models: 2},
      ])
      expect(await registry({discoverLocal: false}, {localServers}).found()).to.deep.equal([])
      const asked = server.requests.length
      const env = {GEMINI_API_KEY: 'k', OPENROUTER_API_KEY: 'k', OPENAI_API_KEY: ' '}
      expect(await registry({discoverLocal: true, env}, {localServers}).found()).to.deep.equal([
        {name: 'google', variable: 'GEMINI_API_KEY'},
        {name: 'openrouter', variable: 'OPENROUTER_API_KEY'},
      ])
      const providers = {mine: {baseUrl: server.url}}
      expect(await registry({discoverLocal: true, providers}, {localServers}).found()).to.deep.equal([])
      expect(server.requests).to.have.length(asked)
    })

    it('is on a local port only what says that it is what listens there usually', async () => {
      let tried = 0
      for (const name of local) {
        for (const like of [...local, undefined]) {
          const server = await serve(['some-model'], like)
          const models = registry({discoverLocal: true}, {localServers: {...nowhere, [name]: server.url}})
          const expected = name === like ? `${name}/some-model` : 'offline'
          expect((await models.resolve()).id, `${like} on the port of ${name}`).to.equal(expected)
          const destination = name === like ? {host: new URL(server.url).host, found: true} : undefined
          expect(await models.destination()).to.deep.equal(destination)
          expect((await models.options()).some(({source}) => source === 'local')).to.equal(name === like)
          tried++
        }
      }
      tellTried(tried, 'servers on local ports')
    })

    it('is no local server where anything is configured', async () => {
      const server = await serve(['qwen3'], 'ollama')
      const localServers = {...nowhere, ollama: server.url}
      const gone = {baseUrl: 'http://127.0.0.1:1/v1'}
      const configured: ModelSettings['providers'][] = [{mine: gone}, {anthropic: {kind: 'anthropic'}}, {openai: gone}]
      for (const providers of configured) {
        const models = registry({discoverLocal: true, providers}, {localServers})
        await models.resolve().catch((error: HermesError) => expect(error.message).to.include(gone.baseUrl))
        expect(await models.destination()).to.equal(undefined)
      }
      expect(server.requests).to.have.length(0)
    })

    it('is a server that somebody named and that does not answer, and never offline in its place', async () => {
      let isUp = false
      const server = createServer(({url}, response) => {
        response.writeHead(isUp && url === '/v1/models' ? 200 : 503).end('{"data": [{"id": "qwen3"}]}')
      }).listen(0, '127.0.0.1')
      try {
        await once(server, 'listening')
        const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
        for (const [settings, name] of [
          [{providers: {mine: {baseUrl}}}, 'mine'],
          [{env: {OPENAI_API_KEY: 'k', OPENAI_BASE_URL: baseUrl}}, 'openai'],
          [{env: {OLLAMA_HOST: new URL(baseUrl).host}}, 'ollama'],
        ] as const) {
          isUp = false
          const models = registry({discoverLocal: true, ...settings}, {localServers: nowhere})
          const error = await models.resolve().then(
            () => undefined,
            (error: HermesError) => error,
          )
          expect(error?.message, name).to.include(`${baseUrl}/models, of ${name}, does not answer`)
          expect(error?.suggestions?.join()).to.include(`name a model of it: --model ${name}/MODEL`)
          expect(await models.defaultId()).to.equal(name)
          expect(await models.configured()).to.equal(true)
          // It was started meanwhile.
          isUp = true
          expect((await models.resolve()).id).to.equal(`${name}/qwen3`)
          expect(await models.defaultId()).to.equal(`${name}/qwen3`)
        }
      } finally {
        server.close()
      }
    })

    it('is at an address that is told where it is not that of the provider', async () => {
      const told = async (env: NodeJS.ProcessEnv, id?: string) => (await registry({env}).destination(id))?.host
      expect(await told({ANTHROPIC_API_KEY: 'k'})).to.equal(undefined)
      expect(await told({ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'https://proxy.corp:8443'})).to.equal(
        'proxy.corp:8443',
      )
      expect(await told({OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://10.0.0.9/v1'}, 'openai/m')).to.equal('10.0.0.9')
      expect(await told({OLLAMA_HOST: 'gpu-box'}, 'ollama/m')).to.equal('gpu-box:11434')
      expect(await told({}, 'ollama/m')).to.equal(undefined)
      expect(await told({}, 'nobody/m')).to.equal(undefined)
      const own = registry({providers: {mine: {baseUrl: 'http://10.0.0.9/v1'}}})
      expect(await own.destination('mine/m')).to.equal(undefined)
    })

    it('asks no local server when that is switched off, or a key decides', async () => {
      const server = await serve(['qwen3'])
      const localServers = {...nowhere, ollama: server.url}
      expect((await registry({discoverLocal: false}, {localServers}).resolve()).id).to.equal('offline')
      const keyed = registry({discoverLocal: true, env: {OPENAI_API_KEY: 'k'}}, {localServers})
      expect((await keyed.resolve()).provider).to.equal('openai')
      expect(server.requests).to.have.length(0)
    })

    it('passes over local servers that are slow or something else', async () => {
      const other = createServer((incoming, response) => {
        if (incoming.url?.startsWith('/slow')) return
        response.writeHead(200, {'content-type': 'text/html'}).end('<html>')
      })
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      try {
        const {port} = other.address() as AddressInfo
        const server = await serve(['gemma'], 'llamacpp')
        const localServers = {
          ollama: `http://127.0.0.1:${port}/slow/v1`,
          lmstudio: `http://127.0.0.1:${port}/v1`,
          llamacpp: server.url,
        }
        expect((await registry({discoverLocal: true}, {localServers}).resolve()).id).to.equal('llamacpp/gemma')
      } finally {
        other.closeAllConnections()
        await new Promise((resolve) => other.close(resolve))
      }
    })

    it('is the model of a configured provider when no key decides', async () => {
      const server = await serve(['big', 'small'])
      expect((await registry({providers: {mine: {baseUrl: server.url}}}).resolve()).id).to.equal('mine/big')
      const named = registry({providers: {mine: {baseUrl: 'http://127.0.0.1:1/v1', models: ['chosen']}}})
      expect((await named.resolve()).id).to.equal('mine/chosen')
    })

    it('honours OPENAI_BASE_URL, with the models that are there', async () => {
      const server = await serve(['fast-3'])
      const models = registry({env: {OPENAI_API_KEY: 'k', OPENAI_BASE_URL: server.url}})
      const model = await models.resolve()
      expect(model.id).to.equal('openai/fast-3')
      expect((await collect(model.stream(request('go')))).text).to.equal('word0 word1 word2')
      expect(server.requests.at(-1)?.headers.authorization).to.equal('Bearer k')
    })
  })

  describe('names', () => {
    it('keep whatever stands after the provider', async () => {
      const model = await registry().resolve('openrouter/anthropic/claude-x:beta')
      expect(model).to.deep.include({id: 'openrouter/anthropic/claude-x:beta', provider: 'openrouter'})
    })

    it('give the same model each time', async () => {
      const models = registry()
      expect(await models.resolve('openai/x')).to.equal(await models.resolve('openai/x'))
    })

    it('of a provider alone mean its default model', async () => {
      expect((await registry().resolve('anthropic')).id).to.equal(`anthropic/${defaultModels.anthropic}`)
    })

    it('tell the context window where it is known', async () => {
      const told = {baseUrl: 'http://h/v1', modelOptions: {'*': {context: 32_000}}}
      const catalogue = new Catalogue({folder: undefined})
      const models = registry({providers: {mine: {baseUrl: 'http://h/v1'}, told}}, {catalogue: async () => catalogue})
      const windows = {
        'openai/gpt-4o': 128_000,
        'openai/gpt-4o-mini': 128_000,
        'openai/gpt-5-chat-latest': 128_000,
        'openrouter/openai/gpt-5': 400_000,
        'google/gemini-2.5-pro': 1_048_576,
        'openai/gpt-unheard-of': undefined,
        'mine/gpt-4o': undefined,
        'told/gpt-4o': 32_000,
      }
      for (const [id, window] of Object.entries(windows)) {
        const model = await models.resolve(id)
        await model.learned
        expect(model.contextMax, id).to.equal(window)
      }
    })

    const wrong: [id: string, hint: RegExp][] = [
      ['opanai/gpt-5', /openai\/gpt-5/],
      ['claude-sonnet-4-5', /anthropic\/claude-sonnet-4-5/],
      ['offline/nonsense', /offline\/think/],
      ['acme/model', /baseUrl/],
      ['constructor/x', /Known providers/],
    ]
    for (const [id, hint] of wrong) {
      it(`that are none (${id}) are refused with what could be meant`, async () => {
        const error = await registry()
          .resolve(id)
          .then(
            () => undefined,
            (thrown: unknown) => thrown,
          )
        expect(error).to.be.instanceOf(HermesError)
        expect(error).to.have.property('code', 'provider/unknown-model')
        expect((error as HermesError).message).to.contain(JSON.stringify(id))
        expect((error as HermesError).suggestions.join('\n')).to.match(hint)
      })
    }
  })

  it('takes keys from the configuration, then from the environment', async () => {
    const server = await startOpenAiServer(undefined, {key: 'right-key'})
    servers.push(server)
    const providers = {'my-server': {baseUrl: server.url}}
    for (const changes of [
      {providers: {'my-server': {baseUrl: server.url, apiKey: 'right-key'}}, env: {HERMES_MY_SERVER_API_KEY: 'wrong'}},
      {providers, env: {HERMES_MY_SERVER_API_KEY: 'right-key'}},
    ]) {
      const got = await collect((await registry(changes).resolve('my-server/fast-1')).stream(request('go')))
      expect(got.error).to.equal(undefined)
    }
    const without = await collect((await registry({providers}).resolve('my-server/fast-1')).stream(request('go')))
    expect(without.error).to.have.property('code', 'provider/unauthorized')
    expect((without.error as HermesError).suggestions.join('\n')).to.contain('HERMES_MY_SERVER_API_KEY')
  })

  it('offers what can be used, and says why', async () => {
    const server = await serve(['qwen3'], 'ollama')
    const models = registry(
      {
        model: 'mine/b',
        discoverLocal: true,
        env: {ANTHROPIC_API_KEY: 'k'},
        providers: {mine: {baseUrl: 'http://127.0.0.1:1/v1', models: ['a', 'b']}},
      },
      {localServers: {...nowhere, ollama: server.url}},
    )
    const offered = (await models.options()).map(({id, source}) => `${source} ${id}`)
    expect(offered.slice(0, 5)).to.deep.equal([
      'configuration mine/b',
      `environment anthropic/${defaultModels.anthropic}`,
      'local ollama/qwen3',
      'configuration mine/a',
      'built-in offline',
    ])
  })

  it('reads only lists of models, and knows loopback', () => {
    expect(chatModels(Buffer.from('{"data": [{"id": "a"}, {"id": 5}, null, {"id": ""}]}'))).to.deep.equal(['a'])
    for (const body of ['', 'null', '[]', '{"data": {}}', '<html>'])
      expect(chatModels(Buffer.from(body))).to.deep.equal([])
    for (const address of ['http://127.0.0.1:1/v1', 'http://localhost', 'http://[::1]:80'])
      expect(isLoopback(address)).to.equal(true)
    for (const address of ['http://10.0.0.1', 'http://127.0.0.1.example.com', 'x'])
      expect(isLoopback(address)).to.equal(false)
  })
})
