import {createServer, type Server} from 'node:http'
import {type AddressInfo, connect, type Socket} from 'node:net'
import {expect} from 'chai'
import {HermesError} from '../../../../src/errors.js'
import {proxyFor} from '../../../../src/gateway/models/transport/proxy.js'
import {tellTried} from '../../../helpers/tried.js'
import {collect, registry, request} from '../helpers.js'

const shown = (address: string, env: NodeJS.ProcessEnv) => {
  const proxy = proxyFor(new URL(address), env)
  return proxy && `${proxy.variable} ${proxy.url.href}`
}

describe('proxy of the environment', () => {
  it('is named by scheme, the lower-case name first, with or without a scheme of its own', () => {
    const rows: [address: string, env: NodeJS.ProcessEnv, expected: string | undefined][] = [
      ['https://a.example', {HTTPS_PROXY: 'http://p:1'}, 'HTTPS_PROXY http://p:1/'],
      ['https://a.example', {HTTPS_PROXY: 'p:3128'}, 'HTTPS_PROXY http://p:3128/'],
      ['https://a.example', {https_proxy: 'http://low', HTTPS_PROXY: 'http://up'}, 'https_proxy http://low/'],
      ['https://a.example', {HTTP_PROXY: 'http://p:1'}, undefined],
      ['http://a.example', {HTTPS_PROXY: 'http://p:1'}, undefined],
      ['http://a.example', {HTTP_PROXY: ' http://u:pw@p:1 '}, 'HTTP_PROXY http://u:pw@p:1/'],
      ['https://a.example', {ALL_PROXY: 'https://p'}, 'ALL_PROXY https://p/'],
      ['https://a.example', {ALL_PROXY: 'socks5://s', https_proxy: 'http://p'}, 'https_proxy http://p/'],
      ['https://a.example', {HTTPS_PROXY: ''}, undefined],
      ['https://a.example', {HTTPS_PROXY: 'http://'}, undefined],
      ['https://a.example', {}, undefined],
    ]
    for (const [address, env, expected] of rows) {
      expect(shown(address, env), `${address} ${JSON.stringify(env)}`).to.equal(expected)
    }
    tellTried(rows.length, 'environments')
  })

  it('is passed by for the hosts that NO_PROXY means, and for this machine', () => {
    const rows: [host: string, noProxy: string, spared: boolean][] = [
      ['api.example.com', 'example.com', true],
      ['api.example.com', '.example.com', true],
      ['api.example.com', '*.example.com', true],
      ['example.com', 'example.com', true],
      ['example.com', '.example.com', true],
      ['example.com', '*.example.com', false],
      ['notexample.com', 'example.com', false],
      ['example.com.evil', 'example.com', false],
      ['API.Example.COM', 'EXAMPLE.com', true],
      ['example.com', 'other, example.com', true],
      ['example.com', 'other example.com', true],
      ['example.com', '*', true],
      ['example.com', '', false],
      ['example.com', ',,', false],
      ['example.com:8443', 'example.com:8443', true],
      ['example.com:8443', 'example.com:443', false],
      ['example.com', 'example.com:443', true],
      ['10.1.2.3', '10.0.0.0/8', true],
      ['11.1.2.3', '10.0.0.0/8', false],
      ['10.1.2.3', '10.1.2.3', true],
      ['10.1.2.3', '10.1.2.0-10.1.2.9', true],
      ['10.1.2.13', '10.1.2.0-10.1.2.9', false],
      ['10.1.2.3', '2.3', false],
      ['10.1.2.3', '10.0.0.0/99', false],
      ['[fd00::1]', 'fd00::/8', true],
      ['[fd00::1]', '[fd00::1]', true],
      ['[fd00::1]:8443', '[fd00::1]:8443', true],
      ['[fe80::1]', 'fd00::/8', false],
      ['localhost', '', true],
      ['box.localhost', '', true],
      ['127.0.0.1', '', true],
      ['127.8.0.1', '', true],
      ['[::1]', '', true],
      ['127.0.0.1.example.com', '', false],
      ['localhost.example.com', '', false],
    ]
    for (const [host, noProxy, spared] of rows) {
      for (const name of ['NO_PROXY', 'no_proxy']) {
        const proxy = proxyFor(new URL(`https://${host}/v1`), {HTTPS_PROXY: 'http://p:1', [name]: noProxy})
        expect(proxy === undefined, `${host} with ${name}=${noProxy}`).to.equal(spared)
      }
    }
    tellTried(rows.length * 2, 'hosts')
  })

  describe('on the way to a provider', () => {
    const servers: Server[] = []
    const sockets = new Set<Socket>()

    async function listen(server: Server): Promise<number> {
      servers.push(server)
      server.on('connection', (socket: Socket) => sockets.add(socket))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return (server.address() as AddressInfo).port
    }

    afterEach(async () => {
      for (const socket of sockets) socket.destroy()
      for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
    })

    async function ask(baseUrl: string, env: NodeJS.ProcessEnv): Promise<HermesError> {
      const model = await registry({providers: {there: {baseUrl, apiKey: 'the-key'}}, env}).resolve('there/m')
      const {error} = await collect(model.stream(request('go')))
      expect(error).to.be.instanceOf(HermesError)
      return error as HermesError
    }

    it('is named without its password where the connection fails', async () => {
      const seen: string[] = []
      const port = await listen(
        createServer((incoming, response) => {
          seen.push(incoming.headers['proxy-authorization'] ?? '')
          incoming.resume()
          response.writeHead(407).end()
        }).on('connect', (incoming, socket: Socket) => {
          seen.push(incoming.headers['proxy-authorization'] ?? '')
          socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
        }),
      )
      const closed = await listen(createServer().on('connect', (_, socket: Socket) => socket.destroy()))
      for (const scheme of ['http', 'https']) {
        for (const [at, said] of [
          [port, '407'],
          [closed, scheme === 'https' ? 'ERR_PROXY_TUNNEL' : ''],
          [1, 'ECONNREFUSED'],
        ] as const) {
          if (said === '') continue
          const variable = `${scheme.toUpperCase()}_PROXY`
          const error = await ask(`${scheme}://model.invalid/v1`, {[variable]: `http://me:hidden-word@127.0.0.1:${at}`})
          const all = [error.message, ...error.suggestions, String(error.cause)].join('\n')
          expect(error.message, all).to.contain(`through the proxy http://127.0.0.1:${at}`)
          expect(all).to.not.contain('hidden-word')
          if (said !== 'ERR_PROXY_TUNNEL') expect(error.message).to.contain(said)
          expect(error.suggestions.join()).to.contain(`${variable}; NO_PROXY=model.invalid`)
        }
      }
      expect(new Set(seen)).to.deep.equal(new Set([`Basic ${Buffer.from('me:hidden-word').toString('base64')}`]))
    })

    it('carries a call through its tunnel', async () => {
      const tunnels: string[] = []
      const target = await listen(createServer())
      const port = await listen(
        createServer().on('connect', (incoming, client: Socket) => {
          tunnels.push(incoming.url ?? '')
          const upstream = connect(target, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
          sockets.add(upstream)
          upstream.on('error', () => client.destroy())
          client.on('error', () => upstream.destroy())
          upstream.pipe(client).pipe(upstream)
        }),
      )
      // What listens there speaks no TLS: the failure is of the certificate's handshake, behind the tunnel.
      const error = await ask('https://model.invalid/v1', {ALL_PROXY: `127.0.0.1:${port}`})
      expect(tunnels).to.deep.equal(['model.invalid:443'])
      expect(error.message).to.contain('through the proxy')
    })

    it('is not gone around where nothing here can speak to it', async () => {
      const error = await ask('https://model.invalid/v1', {ALL_PROXY: 'socks5://u:hidden-word@127.0.0.1:1'})
      expect(error.message).to.contain('the proxy that ALL_PROXY names is of the kind socks5, not http or https')
      expect(error.suggestions.join()).to.contain('NO_PROXY=model.invalid')
      expect(JSON.stringify([error.message, error.suggestions])).to.not.contain('hidden-word')
    })

    it('is asked for the models of a server too, and never for this machine', async () => {
      const asked: string[] = []
      const port = await listen(
        createServer((incoming, response) => {
          asked.push(incoming.url ?? '')
          response.end('{"data":[{"id":"theirs"}]}')
        }),
      )
      const env = {HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: ''}
      const far = registry({providers: {far: {baseUrl: 'http://model.invalid/v1'}}, env})
      expect((await far.resolve()).id).to.equal('far/theirs')
      expect(asked).to.deep.equal(['http://model.invalid/v1/models'])
      await ask('http://127.0.0.1:1/v1', env)
      expect(asked).to.have.length(1)
    })
  })
})
