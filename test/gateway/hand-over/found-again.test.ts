import {mkdirSync, mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {runningFile} from '../../../src/hand-over/running.js'
import {tellTried} from '../../helpers/tried.js'
import {AttachedClient} from './attached-client.js'
import {BareHandOver, hello, turnsOfTheLoop} from './bare-hand-over.js'

if (process.platform !== 'win32')
  describe('a gateway that waits for who comes back', function () {
    this.timeout(10_000)
    let parent = ''
    let bare: BareHandOver | undefined
    const folder = () => path.join(parent, 'run')
    const runtime = () => path.join(parent, 'runtime')
    const waiting = () => {
      bare = new BareHandOver({folder: folder(), env: {XDG_RUNTIME_DIR: runtime()}, lookMs: 3, lingerMs: 60_000})
      expect(bare.handOver.decide()).to.equal(true)
      bare.handOver.detached()
      return bare
    }
    beforeEach(() => {
      parent = mkdtempSync(path.join(tmpdir(), 'hermes-found-'))
      mkdirSync(runtime(), {mode: 0o700})
    })
    afterEach(() => {
      bare?.handOver.close()
      rmSync(parent, {recursive: true, force: true})
    })

    /** As long as it takes it to look again. */
    async function found(gateway: BareHandOver): Promise<AttachedClient> {
      for (;;) {
        const {file} = gateway
        const got = file && (await hello(file, 'attach'))
        if (got instanceof AttachedClient) return got
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }

    const losses: Record<string, (running: BareHandOver) => void> = {
      'its socket': ({file}) => rmSync(file?.socket ?? '', {force: true}),
      'its file': () => rmSync(runningFile(folder(), process.pid), {force: true}),
      'the run folder': () => rmSync(folder(), {recursive: true, force: true}),
      'the runtime folder, as after the last login': () => rmSync(runtime(), {recursive: true, force: true}),
      'nothing of it': () => {},
    }

    it('is found whatever of it is removed, in any order, with and without a client', async () => {
      const runs = 60
      const what = fc.constantFrom(...Object.keys(losses))
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(what, fc.boolean()), {maxLength: 5}), async (steps) => {
          mkdirSync(runtime(), {recursive: true, mode: 0o700})
          const gateway = waiting()
          for (const [step, attached] of steps) {
            if (!attached) losses[step]?.(gateway)
            const client = await found(gateway)
            if (attached) losses[step]?.(gateway)
            await client.hangUp()
            expect(gateway.handOver.decide(), 'decided again for who came twice').to.equal(true)
            gateway.handOver.detached()
          }
          await (await found(gateway)).hangUp()
          expect(gateway.ended).to.equal(undefined)
          gateway.handOver.close()
          expect(readdirSync(folder())).to.deep.equal([])
        }),
        {numRuns: runs},
      )
      tellTried(runs, 'orders in which it is made unfindable')
    })

    it('says no to who wants to look on where nobody can', async () => {
      bare = new BareHandOver({folder: folder(), env: {XDG_RUNTIME_DIR: runtime()}, watched: false})
      bare.handOver.open()
      const {file} = bare
      if (!file) throw new Error('it is not written down')
      expect(await hello(file, 'watch')).to.equal('full')
    })

    it('is written down as soon as that is possible, and says once that it was not', async () => {
      bare = new BareHandOver({folder: folder(), lookMs: 3, lingerMs: 60_000})
      bare.handOver.open()
      const obstacle = `${runningFile(folder(), process.pid)}.new`
      mkdirSync(obstacle)
      expect(bare.handOver.decide()).to.equal(true)
      bare.handOver.detached()
      while (bare.said.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      expect(bare.file?.detachedAt).to.equal(undefined)
      expect(bare.said).to.have.length(1)
      rmSync(obstacle, {recursive: true})
      while (bare.file?.detachedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 1))
    })

    it('makes no home that is not there any more', async () => {
      const gateway = waiting()
      rmSync(parent, {recursive: true, force: true})
      while (gateway.said.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      expect(gateway.said.join()).to.include('nobody can come back to it')
      gateway.handOver.close()
      expect(() => readdirSync(parent)).to.throw('ENOENT')
    })

    it('lets nobody in who came before its end and says hello after it', async () => {
      const gateway = waiting()
      const {socket = '', token} = gateway.file ?? {}
      const early = connect(socket)
      await new Promise((resolve) => early.once('connect', resolve))
      await turnsOfTheLoop(3)
      rmSync(socket)
      while (gateway.file?.socket === socket) await new Promise((resolve) => setTimeout(resolve, 1))
      gateway.handOver.close()
      const params = {protocol: [1, 1], build: 'test', token, instance: '00000001', purpose: 'attach'}
      early.write(`${JSON.stringify({jsonrpc: '2.0', id: 'hello', method: 'gateway.hello', params})}\n`)
      const answer = await new Promise<Buffer>((resolve) => early.once('data', resolve))
      expect(String(answer)).to.include('"reason":"ending"')
      expect(gateway.admitted).to.equal(0)
      early.destroy()
    })
  })
