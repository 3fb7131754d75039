import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {expect} from 'chai'
import type {ProviderConfig} from '../../../../src/config/schema.js'
import {Catalogue} from '../../../../src/gateway/models/catalogue/catalogue.js'
import {createSandbox} from '../../../helpers/sandbox.js'
import {registry} from '../helpers.js'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const list =
  (...names: string[]): Handler =>
  (_request, response) => {
    response.end(JSON.stringify({data: names.map((id) => ({id}))}))
  }

describe('the choice of a model', () => {
  const box = createSandbox()
  const servers: {close(): void}[] = []
  let folders = 0

  after(() => {
    for (const server of servers) server.close()
    box.remove()
  })

  async function serve(handler: Handler) {
    const asked: IncomingMessage[] = []
    const server = createServer((request, response) => {
      asked.push(request)
      handler(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push({
      close() {
        server.close()
        server.closeAllConnections()
      },
    })
    return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked}
  }

  const newFolder = () => path.join(box.directory, `cache-${folders++}`)
  const catalogue = new Catalogue({folder: undefined, ask: async (asked) => asked.map(() => ({context: 5000}))})
  const of = (providers: Record<string, ProviderConfig>, folder = newFolder()) =>
    registry({providers}, {folder, catalogue: async () => catalogue})

  it('is asked of each provider in its own way, with its key', async () => {
    const {url, asked} = await serve(list('m'))
    const kinds = ['anthropic', 'openai', 'google', 'openrouter', 'openai-compatible'] as const
    for (const kind of kinds) {
      const headers = {'x-own': 'yes'}
      const [choices] = await of({there: {kind, baseUrl: url, apiKey: 'k', headers}}).choices('fresh')
      expect(
        choices?.models.map(({id}) => id),
        kind,
      ).to.deep.equal(['there/m'])
    }
    const keys = asked.map(({headers}) => headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization)
    expect(keys).to.deep.equal(['k', 'Bearer k', 'k', 'Bearer k', 'Bearer k'])
    expect(asked.map((request) => request.url)).to.deep.equal([
      '/v1/models?limit=1000',
      '/v1/models',
      '/v1/models?pageSize=1000',
      '/v1/models',
      '/v1/models',
    ])
    expect(asked.every(({headers}) => headers['x-own'] === 'yes')).to.equal(true)
    expect(asked[0]?.headers['anthropic-version']).to.equal('2023-06-01')
  })

  it('is there at once from what was told last, also in another process and where the provider is gone', async () => {
    const folder = newFolder()
    const live = await serve(list('a', 'b'))
    const providers = {there: {baseUrl: live.url}}
    await of(providers, folder).choices('fresh')
    for (const server of servers) server.close()
    const kept = await of(providers, folder).choices('kept')
    expect(kept[0]?.models.map(({id}) => id)).to.deep.equal(['there/a', 'there/b'])
    expect(kept[0]?.listedAt).to.be.closeTo(Date.now(), 60_000)
    expect(live.asked).to.have.lengthOf(1)
  })

  it('names a provider that is dead, refuses the key or sends something else, beside those that answer', async () => {
    const good = await serve(list('m'))
    const refusing = await serve((_request, response) => {
      response.writeHead(401).end('{}')
    })
    const other = await serve((_request, response) => {
      response.end('<html>')
    })
    const gone = await serve((request) => {
      request.socket.destroy()
    })
    const choices = await of({
      good: {baseUrl: good.url},
      refusing: {baseUrl: refusing.url, models: ['named']},
      other: {baseUrl: other.url},
      gone: {baseUrl: gone.url},
      closed: {baseUrl: 'http://127.0.0.1:1/v1'},
    }).choices('fresh')
    const told = Object.fromEntries(
      choices.map(({provider, models, error}) => [provider, {count: models.length, error}]),
    )
    expect(told.good).to.deep.equal({count: 1, error: undefined})
    expect(told.refusing).to.deep.equal({count: 1, error: 'it refuses the key (401)'})
    expect(told.other).to.deep.equal({count: 0, error: 'its answer is no list of models'})
    expect(told.gone).to.deep.equal({count: 0, error: 'it cannot be reached (ECONNRESET)'})
    expect(told.closed).to.deep.equal({count: 0, error: 'it cannot be reached (ECONNREFUSED)'})
  })

  it('does not wait for a provider that says nothing where its names are known', async () => {
    const silent = await serve(() => {})
    const models = of({there: {kind: 'openai', baseUrl: silent.url, apiKey: 'k', models: ['mine']}})
    const [choices] = await models.choices('kept')
    expect(choices?.models.map(({id}) => id)).to.deep.equal(['there/mine'])
  })

  it('tells windows and prices: of the settings, else of the list, else of the catalogue', async () => {
    const {url} = await serve((_request, response) => {
      const pricing = {prompt: '0.000001', completion: '0.000002'}
      response.end(JSON.stringify({data: [{id: 'x', context_length: 900, pricing}, {id: 'y'}, {id: 'z'}]}))
    })
    const modelOptions = {z: {context: 77, output: 7, inputPrice: 3, outputPrice: 4}}
    const [choices] = await of({there: {kind: 'openrouter', baseUrl: url, apiKey: 'k', modelOptions}}).choices('fresh')
    expect(Object.fromEntries((choices?.models ?? []).map(({id, facts}) => [id, facts]))).to.deep.equal({
      'there/x': {context: 900, prices: [{prices: {input: 1, output: 2}}]},
      'there/y': {context: 5000},
      'there/z': {context: 77, output: 7, prices: [{prices: {input: 3, output: 4}}]},
    })
  })
})
