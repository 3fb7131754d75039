import {type AddressInfo, createServer, type Server} from 'node:net'
import {expect} from 'chai'
import {isListening} from '../../../../src/gateway/models/transport/listening.js'

describe('whether something listens at an address', () => {
  async function listen(host: string): Promise<{server: Server; port: number}> {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
    return {server, port: (server.address() as AddressInfo).port}
  }

  for (const [name, host] of [
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
  ] as const) {
    it(`is told of ${name}, and that it has ended`, async () => {
      const {server, port} = await listen(host)
      const address = new URL(`http://${name}:${port}/v1`)
      expect(await isListening(address, 1000)).to.equal(true)
      await new Promise((resolve) => server.close(resolve))
      expect(await isListening(address, 1000)).to.equal(false)
    })
  }

  it('is told of an address of version 6', async function () {
    const there = await listen('::1').catch(() => undefined)
    if (!there) return this.skip()
    expect(await isListening(new URL(`http://[::1]:${there.port}`), 1000)).to.equal(true)
    await new Promise((resolve) => there.server.close(resolve))
  })

  it('is false for a name that nobody has', async () => {
    expect(await isListening(new URL('http://nobody.invalid:1'), 1000)).to.equal(false)
  })
})
