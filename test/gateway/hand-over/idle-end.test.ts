import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import type {Gateway} from '../../../src/gateway/gateway.js'
import {HandOver} from '../../../src/gateway/hand-over/hand-over.js'
import {connectTo, NotConnected} from '../../../src/hand-over/connect.js'
import {readRunning, runningFile} from '../../../src/hand-over/running.js'
import {tellTried} from '../../helpers/tried.js'

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

if (process.platform !== 'win32')
  describe('an idle end that races somebody who comes back', function () {
    this.timeout(60_000)
    let folder = ''
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'hermes-run-'))
    })
    afterEach(() => rmSync(folder, {recursive: true, force: true}))

    it('cuts nobody off who was answered, and leaves nothing', async () => {
      const outcomes = {attached: 0, refused: 0}
      const runs = 400
      await fc.assert(
        fc.asyncProperty(fc.nat(6), fc.nat(6), async (endAfter, comeAfter) => {
          let ended = false
          let admitted = false
          const gateway = {
            env: {},
            version: 'test',
            sessions: new Map([['a', {key: 'k', title: null, cwd: '/', status: 'idle', turn: undefined}]]),
            unopened: new Set<string>(),
            diagnose: () => {},
            end: () => {
              ended = true
            },
          } as unknown as Gateway
          const handOver = new HandOver({
            gateway,
            terms: {instance: '00000000', folder},
            policy: {lingerMs: 0, waitMs: 1000, criticalPercent: 101},
            note: () => {},
            release: () => {},
            watch: () => {},
            admit: () => {
              admitted = true
            },
          })
          expect(handOver.decide()).to.equal(true)
          const running = readRunning(runningFile(folder, process.pid))
          if (!running) throw new Error('it is not written down')
          const end = turns(endAfter).then(() => handOver.detached())
          await turns(comeAfter)
          const came = await connectTo(running, {build: 'test', instance: '00000001', purpose: 'attach'}).catch(
            (error) => {
              if (!(error instanceof NotConnected)) throw error
              return undefined
            },
          )
          await end
          await turns(6)
          if (came) {
            outcomes.attached++
            expect(admitted).to.equal(true)
            expect(ended, 'cut').to.equal(false)
            came.socket.destroy()
          } else outcomes.refused++
          handOver.close()
          expect(readdirSync(folder)).to.deep.equal([])
        }),
        {numRuns: runs},
      )
      expect(outcomes.attached).to.be.above(0)
      expect(outcomes.refused).to.be.above(0)
      tellTried(runs, `races: ${outcomes.attached} attached, ${outcomes.refused} came too late, 0 cut`)
    })
  })
