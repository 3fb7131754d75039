import {mkdtempSync, rmSync} from 'node:fs'
import {createServer, type Server, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {connectTo, NotConnected} from '../../src/hand-over/connect.js'
import {thisProcess} from '../../src/hand-over/running.js'
import {PROTOCOL_RANGE} from '../../src/protocol/capabilities.js'

if (process.platform !== 'win32')
  describe('a scripted gateway of another version', () => {
    let folder = ''
    let server: Server | undefined
    let heard: Record<string, unknown>[] = []
    let answer: (client: Socket, hello: Record<string, unknown>) => void = () => {}
    let came = 0

    before((done) => {
      folder = mkdtempSync(path.join(tmpdir(), 'hermes-skew-'))
      server = createServer((client) => {
        came++
        client.on('error', () => {})
        client.once('data', (line) => {
          const hello = JSON.parse(line.toString())
          heard.push(hello.params)
          answer(client, hello)
        })
      }).listen(path.join(folder, 'a.sock'), done)
    })
    after(() => {
      server?.close()
      rmSync(folder, {recursive: true, force: true})
    })

    const range = fc.tuple(fc.nat(4), fc.nat(4)).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
    const hello = {build: 'old', instance: '00000001', purpose: 'attach' as const}
    const gateway = (protocol: [number, number], build: string) => ({
      version: 1 as const,
      ...thisProcess(),
      socket: path.join(folder, 'a.sock'),
      token: 't',
      protocol,
      build,
      sessions: [],
    })
    const outcome = async (protocol: [number, number], build = '9.0.0') => {
      try {
        const {socket, awayMs} = await connectTo(gateway(protocol, build), hello)
        socket.destroy()
        return awayMs
      } catch (error) {
        return error instanceof NotConnected ? `${error.why} ${error.reason}` : String(error)
      }
    }
    const result = (client: Socket, id: unknown, members: Record<string, unknown>) =>
      client.write(`${JSON.stringify({jsonrpc: '2.0', id, ...members})}\n`)

    it('is come back to where it speaks a version in common, whatever its build and whatever more it says', async () => {
      answer = (client, {id}) => result(client, id, {result: {pid: 1, detached_ms: 7, later: {more: true}}, extra: 1})
      await fc.assert(
        fc.asyncProperty(range, fc.string(), async (protocol, build) => {
          const before = came
          const common = protocol[0] <= PROTOCOL_RANGE[1] && PROTOCOL_RANGE[0] <= protocol[1]
          expect(await outcome(protocol, build)).to.equal(common ? 7 : 'refused protocol')
          // One that can't be spoken to is not even disturbed.
          expect(came - before).to.equal(common ? 1 : 0)
        }),
      )
      expect(heard.every((each) => JSON.stringify(each.protocol) === JSON.stringify(PROTOCOL_RANGE))).to.equal(true)
      heard = []
    })

    it('may refuse all the same, in words that are not known here', async () => {
      answer = (client, {id}) =>
        result(client, id, {error: {code: 4092, message: 'no more', data: {reason: 'a later reason'}}})
      expect(await outcome([1, 1])).to.equal('refused a later reason')
      answer = (client, {id}) => result(client, id, {result: 'something else'})
      expect(await outcome([1, 1])).to.equal('refused undefined')
      answer = (client) => client.end()
      expect(await outcome([1, 1])).to.equal('gone undefined')
    })
  })
