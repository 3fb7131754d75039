import {type ChildProcess, spawn} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {connectTo, NotConnected} from '../../src/hand-over/connect.js'
import {type RunningGateway, thisProcess} from '../../src/hand-over/running.js'
import {tellTried} from '../helpers/tried.js'

const hello = {build: 'test', instance: '00000001', purpose: 'look'} as const

if (process.platform !== 'win32')
  describe('who says hello to a gateway', function () {
    this.timeout(60_000)
    let folder = ''
    let other: ChildProcess | undefined
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'hermes-hello-'))
    })
    afterEach(() => {
      other?.kill('SIGKILL')
      rmSync(folder, {recursive: true, force: true})
    })

    const at = (socket: string): RunningGateway => ({
      version: 1,
      ...thisProcess(),
      socket,
      token: 'ab'.repeat(32),
      protocol: [1, 1],
      build: '0.2.0',
      sessions: [],
    })
    const outcome = (socket: string, answerMs?: number) =>
      connectTo(at(socket), hello, answerMs).then(
        ({socket: open}) => {
          open.destroy()
          return 'connected'
        },
        (error) => {
          if (!(error instanceof NotConnected)) throw error
          return error.why
        },
      )

    it('is told no, whatever somebody at that socket says', async () => {
      const runs = 300
      const frame = fc.record({
        id: fc.constant('hello'),
        result: fc.oneof(fc.constant(null), fc.jsonValue()),
        error: fc.oneof(fc.constant(null), fc.jsonValue()),
      })
      const said = fc.oneof(
        fc.json(),
        fc.string(),
        frame.map((each) => JSON.stringify(each)),
        fc.constant('\n'),
      )
      await fc.assert(
        fc.asyncProperty(said, async (text) => {
          const socket = path.join(folder, 'a.sock')
          const server = createServer((client) => {
            client.on('error', () => {})
            client.once('data', () => client.end(`${text}\n`))
          }).listen(socket)
          try {
            const {result} = asObject(text)
            const right = typeof result === 'object' && result !== null && !Array.isArray(result)
            if (!right) expect(await outcome(socket)).to.be.oneOf(['refused', 'gone'])
          } finally {
            await new Promise((resolve) => server.close(resolve))
          }
        }),
        {numRuns: runs},
      )
      tellTried(runs, 'answers to a hello')
    })

    it('is told why there is nobody, and never fails otherwise', async () => {
      writeFileSync(path.join(folder, 'file'), '')
      mkdirSync(path.join(folder, 'open'))
      mkdirSync(path.join(folder, 'private'), {mode: 0o700})
      for (const [socket, why] of [
        [path.join(folder, 'missing'), 'gone'],
        [path.join(folder, 'private', 'missing'), 'gone'],
        [path.join(folder, 'no', 'folder'), 'gone'],
        [path.join(folder, 'file'), 'unsafe'],
        [path.join(folder, 'file', 'below'), 'unsafe'],
        [path.join(folder, 'open', 'a.sock'), 'unsafe'],
        [path.join(folder, 'private', 'a'.repeat(400)), 'unsafe'],
        ['with\0zero', 'unsafe'],
        ['', 'unsafe'],
      ] as const) {
        expect(await outcome(socket), socket).to.equal(why)
      }
    })

    it('takes nobody for mute who answered while it got no time itself', async () => {
      const socket = path.join(folder, 'a.sock')
      const answer = JSON.stringify({jsonrpc: '2.0', id: 'hello', result: {detached_ms: 1}})
      const program = `require('net').createServer((client) => {
        client.on('error', () => {})
        client.once('data', () => client.write(${JSON.stringify(`${answer}\n`)}))
      }).listen(${JSON.stringify(socket)}, () => console.log('listens'))`
      other = spawn(process.execPath, ['-e', program], {stdio: ['ignore', 'pipe', 'inherit']})
      await new Promise((resolve) => other?.stdout?.once('data', resolve))
      // Before its hello is sent, and after: that one may need time itself, on a busy machine.
      for (const turns of [0, 1, 2, 3, 4, 5]) {
        const waiting = outcome(socket, 200)
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 350)
        expect(await waiting, `after ${turns} turns`).to.equal('connected')
      }
    })
  })

function asObject(text: string): {result?: unknown} {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}
