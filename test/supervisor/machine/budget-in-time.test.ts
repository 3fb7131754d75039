import {expect} from 'chai'
import {Harness} from '../helpers/harness.js'

describe('supervisor: the budget in time', () => {
  let harness: Harness
  const {now} = Date
  afterEach(async () => {
    Date.now = now
    await harness.finish()
  })

  const dies = {FG_EXIT: '1@ready'}

  it('G55: a loop that is too slow for the short window is stopped by the long one', async () => {
    const recovery = {limit: 3, windowMs: 1, longLimit: 5, backoffMs: [10]}
    harness = await Harness.create({script: dies, recovery})
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.pids).to.have.length(6)
    expect(harness.deaths).to.have.length(6)
  })

  for (const [way, step] of [
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ] as const) {
    it(`G56: a clock that is set ${way} by an hour at each look gives no attempt and takes none`, async () => {
      harness = await Harness.create({script: dies, recovery: {backoffMs: [0, 10]}})
      let shift = 0
      Date.now = () => {
        shift += step
        return now() + shift
      }
      harness.supervisor.start({kind: 'new'})
      await harness.phase('exhausted')
      expect(harness.pids).to.have.length(4)
    })
  }
})
