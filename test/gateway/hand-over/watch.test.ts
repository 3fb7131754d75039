import {connect} from 'node:net'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {handDownConfig} from '../../../src/config/handed-down.js'
import {defaultConfig} from '../../../src/config/schema.js'
import {connectTo, NotConnected} from '../../../src/hand-over/connect.js'
import {handDownHandOver} from '../../../src/hand-over/handed-down.js'
import {type RunningGateway, runningGateways} from '../../../src/hand-over/running.js'
import {isSameProcess} from '../../../src/platform.js'
import type {Hello} from '../../../src/protocol/methods.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {AttachedClient, detachedIn, instance, wordsIn} from './attached-client.js'

const upTo = (count: number) => Array.from({length: count}, (_, index) => index)

if (process.platform !== 'win32')
  describe('a gateway that several look at', function () {
    this.timeout(60_000)
    const scratch = new Scratch()
    const folder = () => path.join(scratch.home, 'run')
    const left: number[] = []

    async function start(model = 'offline/300@150'): Promise<GatewayProcess> {
      const gateway = await scratch.start({
        model,
        cwd: scratch.project,
        env: {
          ...handDownConfig({values: {...defaultConfig(), model}, files: []}),
          ...handDownHandOver({instance: instance(0), folder: folder()}),
        },
      })
      left.push(gateway.pid)
      return gateway
    }

    afterEach(() => {
      for (const pid of left.splice(0)) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It has ended, as it should.
        }
      }
    })

    async function prompt(gateway: GatewayProcess, text = 'go'): Promise<{key: string; sid: string}> {
      const {sid, key} = await gateway.create()
      await gateway.call('prompt.submit', {session_id: sid, text, prompt_id: 'p1'})
      await gateway.until(() => gateway.shown().includes('word3 ') || gateway.types().includes('approval.request'))
      return {key, sid}
    }

    function running(): RunningGateway {
      const [found] = runningGateways(folder())
      if (!found) throw new Error('no gateway listens')
      return found
    }

    async function come(purpose: Hello['purpose'], number = 1, to = running()): Promise<AttachedClient> {
      const {socket} = await connectTo(to, {build: 'test', instance: instance(number), purpose, pid: 4711})
      return new AttachedClient(socket)
    }

    const refusal = async (purpose: Hello['purpose'], to: RunningGateway) => {
      try {
        await come(purpose, 9, to)
        return 'let in'
      } catch (error) {
        return error instanceof NotConnected ? error.reason : String(error)
      }
    }

    it('shows who watches each word once while its client has them too, and nothing follows from what he asks', async () => {
      const gateway = await start()
      const {key, sid} = await prompt(gateway)
      const watcher = await come('watch')
      const opened = await watcher.resume(key)
      expect(opened).to.include({session_id: sid, running: true})
      const asks: [string, Record<string, unknown>][] = [
        ['prompt.submit', {text: 'mine', prompt_id: 'w1'}],
        ['session.interrupt', {}],
        ['approval.respond', {choice: 'always'}],
        ['clarify.respond', {request_id: 'x', answer: 'y'}],
        ['permissions.mode', {mode: 'accept-edits'}],
        ['session.close', {}],
        ['session.create', {}],
        ['gateway.shutdown', {}],
        ['gateway.detach', {}],
      ]
      for (const [method, params] of asks) {
        const answer = await watcher.call(method, {session_id: sid, ...params}).catch((error) => String(error))
        expect(answer, method).to.include('it is only watched here')
      }
      await watcher.until(() => watcher.types().includes('message.complete'))
      await gateway.until(() => gateway.types().includes('message.complete'))
      expect(wordsIn((opened.inflight?.assistant ?? '') + watcher.text())).to.deep.equal(upTo(300))
      expect(wordsIn(gateway.shown())).to.deep.equal(upTo(300))
      await watcher.hangUp()
      expect(await gateway.call('gateway.ping')).to.include({pong: true, running: 0})
    })

    it('does not care who comes and goes, at any word', async () => {
      const gateway = await start()
      const {key} = await prompt(gateway)
      await fc.assert(
        fc.asyncProperty(fc.boolean(), fc.boolean(), async (opens, waits) => {
          const watcher = await come('watch')
          if (opens) await watcher.resume(key)
          if (opens && waits) await watcher.until(() => watcher.types().includes('message.delta'))
          await watcher.hangUp()
        }),
        {numRuns: 20},
      )
      await gateway.until(() => gateway.types().includes('message.complete'))
      expect(wordsIn(gateway.shown())).to.deep.equal(upTo(300))
    })

    it('asks its client alone, and tells who watches that it waits', async () => {
      const gateway = await start('offline/tools')
      const {key, sid} = await prompt(gateway, 'run touch made')
      const watcher = await come('watch')
      expect((await watcher.resume(key)).status).to.equal('waiting')
      expect(gateway.types().filter((type) => type === 'approval.request')).to.have.length(1)
      await gateway.call('approval.respond', {session_id: sid, choice: 'once'})
      await watcher.until(() => watcher.types().includes('message.complete'))
    })

    it('goes on for who takes it over, tells the one before, and hears nothing more from that one', async () => {
      const gateway = await start()
      const {key, sid} = await prompt(gateway)
      const stale = running()
      const taker = await come('take-over')
      const opened = await taker.resume(key)
      await gateway.event('gateway.released')
      const told = gateway.types().indexOf('gateway.released')
      expect(gateway.types()[told - 1]).to.equal('error')
      void gateway.call('session.interrupt', {session_id: sid}).catch(() => {})
      gateway.child.stdin.end()
      expect(await refusal('take-over', stale)).to.equal('overtaken')
      expect(await refusal('attach', running())).to.equal('attached')
      await taker.until(() => taker.types().includes('message.complete'))
      expect(wordsIn((opened.inflight?.assistant ?? '') + taker.text())).to.deep.equal(upTo(300))
      expect(gateway.types().slice(told + 1)).to.deep.equal([])
      await taker.call('gateway.shutdown')
    })

    it('outlives each of those who took it from one another, also one who took it back', async () => {
      const gateway = await start('offline/2000@200')
      const {key} = await prompt(gateway)
      let client: AttachedClient | undefined
      for (const number of [1, 2, 1, 0, 2]) {
        const next = await come('take-over', number)
        if (client) await client.until(() => client?.types().includes('gateway.released') === true)
        await client?.hangUp()
        client = next
      }
      await client?.hangUp()
      const alone = await detachedIn(folder())
      expect(alone.generation).to.equal(6)
      const watcher = await come('watch', 7, alone)
      expect((await watcher.resume(key)).running).to.equal(true)
      expect(running().detachedAt).to.not.equal(undefined)
      const last = await come('attach', 3, alone)
      await last.call('gateway.shutdown')
      await watcher.until(() => watcher.closed).catch(() => {})
      while (isSameProcess({pid: gateway.pid})) await new Promise((resolve) => setTimeout(resolve, 5))
    })

    it('answers clients of other versions where they have one of the protocol in common, and lives on', async () => {
      const gateway = await start('offline/3000@200')
      await prompt(gateway)
      const {socket: at, token} = running()
      const say = (params: Record<string, unknown>) =>
        new Promise<string>((resolve) => {
          const socket = connect(at, () =>
            socket.write(`${JSON.stringify({jsonrpc: '2.0', id: 'h', method: 'gateway.hello', params})}\n`),
          )
          socket.once('data', (line) => {
            const {result, error} = JSON.parse(line.toString().split('\n')[0] ?? '')
            socket.destroy()
            resolve(result ? 'in' : error.data.reason)
          })
        })
      const base = {build: 'of a later year', token, instance: instance(5), purpose: 'look', later: {more: 1}}
      await fc.assert(
        fc.asyncProperty(fc.nat(3), fc.nat(3), async (a, b) => {
          const protocol = [Math.min(a, b), Math.max(a, b)]
          const common = Math.min(a, b) <= 1 && Math.max(a, b) >= 1
          expect(await say({...base, protocol})).to.equal(common ? 'in' : 'protocol')
        }),
        {numRuns: 30},
      )
      expect(await say({...base, protocol: [1, 1], purpose: 'something new'})).to.equal('malformed')
      expect(await gateway.call('gateway.ping')).to.include({running: 1})
    })

    it('lets so many watch and no more', async () => {
      const gateway = await start()
      await prompt(gateway)
      const watchers = await Promise.all(upTo(16).map(() => come('watch')))
      await Promise.all(watchers.map((watcher) => watcher.until(() => watcher.types().includes('gateway.ready'))))
      expect(await refusal('watch', running())).to.equal('full')
      await watchers[0]?.hangUp()
      await gateway.call('gateway.ping')
      await (await come('watch')).hangUp()
    })
  })
