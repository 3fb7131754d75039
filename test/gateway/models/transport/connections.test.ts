import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {brotliCompressSync, deflateSync, gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {wireForms} from '../../../fixtures/provider-server.js'
import {type Collected, collect, registry, request, settings} from '../helpers.js'

const {open, text, end} = wireForms['openai-compatible']
const reply = [...open, ...text('hello'), ...end('stop')].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')

describe('connections to a provider', () => {
  const servers: Server[] = []

  async function listen(server: Server): Promise<string> {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  async function ask(baseUrl: string, env: NodeJS.ProcessEnv = {}, times = 1): Promise<Collected> {
    const model = await registry({providers: {there: {baseUrl, apiKey: 'the-key'}}, env}).resolve('there/m')
    let got = await collect(model.stream(request('go')))
    for (let more = 1; more < times; more++) got = await collect(model.stream(request('go')))
    return got
  }

  it('go through the proxy of the environment, but for hosts that need none', async () => {
    const asked: string[] = []
    const proxy = await listen(
      createServer((incoming, response) => {
        asked.push(incoming.url ?? '')
        incoming.resume()
        response.end(reply)
      }),
    )
    const got = await ask('http://model.invalid/v1', {HTTP_PROXY: proxy})
    expect(got).to.include({error: undefined, text: 'hello'})
    expect(asked).to.deep.equal(['http://model.invalid/v1/chat/completions'])
    const direct = await ask('http://model.invalid/v1', {HTTP_PROXY: proxy, NO_PROXY: 'model.invalid'})
    expect(direct.error).to.include({code: 'provider/bad-address'})
    expect(asked).to.have.length(1)
  })

  it('are kept for the next call', async () => {
    const sockets = new Set<unknown>()
    const address = await listen(
      createServer((incoming, response) => {
        sockets.add(incoming.socket)
        incoming.resume()
        response.end(reply)
      }),
    )
    const got = await ask(address, {}, 5)
    expect(got).to.include({error: undefined, text: 'hello'})
    expect(sockets.size).to.equal(1)
  })

  it('that the server closes under a call are asked for once more only where that is told', async () => {
    for (const retries of [0, 2]) {
      let asked = 0
      const address = await listen(
        createServer((incoming, response) => {
          incoming.resume()
          incoming.once('end', () => (++asked === 2 ? incoming.socket.destroy() : response.end(reply)))
        }),
      )
      const patience = {...settings().patience, retries}
      const model = await registry({providers: {there: {baseUrl: address}}, patience}).resolve('there/m')
      expect((await collect(model.stream(request('go')))).error).to.equal(undefined)
      const got = await collect(model.stream(request('go')))
      const told = got.events.filter(({type}) => type === 'retry').length
      expect(asked).to.equal(2 + told)
      expect(told).to.equal(retries > 0 ? 1 : 0)
      if (retries > 0) expect(got).to.include({error: undefined, text: 'hello'})
      else expect(got.error).to.include({code: 'provider/dropped'})
    }
  })

  it('follow a redirection on the same host, and hand the key to no other', async () => {
    const elsewhere: string[] = []
    const other = await listen(
      createServer((incoming, response) => {
        elsewhere.push(incoming.url ?? '')
        response.end(reply)
      }),
    )
    const targets = ['/moved/chat/completions', other.replace('127.0.0.1', 'localhost')]
    for (const location of targets) {
      const address = await listen(
        createServer((incoming, response) => {
          incoming.resume()
          if (incoming.url?.startsWith('/moved'))
            response.end(incoming.headers.authorization === 'Bearer the-key' ? reply : '')
          else response.writeHead(308, {location}).end()
        }),
      )
      const got = await ask(address)
      if (location === targets[0]) expect(got).to.include({error: undefined, text: 'hello'})
      else expect(got.error).to.be.instanceOf(Error)
    }
    expect(elsewhere).to.deep.equal([])
  })

  it('unpack what nothing asked to pack', async () => {
    const packed = {gzip: gzipSync(reply), deflate: deflateSync(reply), br: brotliCompressSync(reply)}
    for (const [encoding, body] of Object.entries(packed)) {
      const address = await listen(
        createServer((incoming, response) => {
          incoming.resume()
          response.writeHead(200, {'content-encoding': encoding}).end(body)
        }),
      )
      expect(await ask(address), encoding).to.include({error: undefined, text: 'hello'})
    }
  })
})
