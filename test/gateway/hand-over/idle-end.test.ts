import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {tellTried} from '../../helpers/tried.js'
import {AttachedClient} from './attached-client.js'
import {BareHandOver, hello, turnsOfTheLoop} from './bare-hand-over.js'

if (process.platform !== 'win32')
  describe('an idle end that races those who come back', function () {
    this.timeout(600_000)
    let folder = ''
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'hermes-run-'))
    })
    afterEach(() => rmSync(folder, {recursive: true, force: true}))

    it('cuts nobody off who was answered, lets one in at most, and leaves nothing', async () => {
      const outcomes = {attached: 0, stopped: 0, late: 0, refused: 0}
      const runs = Number(process.env.HERMES_SOAK_RACES ?? 500)
      const comer = fc.record({
        purpose: fc.constantFrom('attach', 'attach', 'attach', 'stop', 'look'),
        after: fc.nat(5),
      })
      await fc.assert(
        fc.asyncProperty(fc.nat(6), fc.array(comer, {minLength: 1, maxLength: 3}), async (endAfter, comers) => {
          const bare = new BareHandOver({folder})
          expect(bare.handOver.decide()).to.equal(true)
          const running = bare.file
          if (!running) throw new Error('it is not written down')
          const end = turnsOfTheLoop(endAfter).then(() => bare.handOver.detached())
          const came = await Promise.all(
            comers.map(async ({purpose, after}, index) => {
              await turnsOfTheLoop(after)
              return {purpose, got: await hello(running, purpose as 'attach', index + 1)}
            }),
          )
          await end
          await turnsOfTheLoop(6)
          const answered = (purpose: string) =>
            came.filter((each) => each.purpose === purpose && each.got instanceof AttachedClient).length
          expect(answered('attach')).to.be.at.most(1)
          expect(bare.admitted).to.equal(answered('attach'))
          if (bare.admitted > 0) expect(bare.ended, 'cut').to.equal(undefined)
          else expect(bare.ended).to.be.a('string')
          if (answered('stop') > 0) expect(bare.ended).to.include('stop')
          outcomes.attached += answered('attach')
          outcomes.stopped += answered('stop')
          for (const {got} of came) {
            if (got instanceof AttachedClient) got.socket.destroy()
            else if (got === 'attached') outcomes.refused++
            else outcomes.late++
          }
          bare.handOver.close()
          expect(readdirSync(folder)).to.deep.equal([])
        }),
        {numRuns: runs},
      )
      for (const [what, count] of Object.entries(outcomes)) expect(count, what).to.be.above(0)
      tellTried(runs, `races (${JSON.stringify(outcomes)})`)
    })
  })
