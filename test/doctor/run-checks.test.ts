import {expect} from 'chai'
import {runChecks} from '../../src/doctor/run-checks.js'
import type {Check} from '../../src/doctor/types.js'
import {contextFor} from './context.js'

describe('running the checks', () => {
  describe('their times', () => {
    const {now} = performance
    let clock = 0
    before(() => {
      performance.now = () => clock
    })
    after(() => {
      performance.now = now
    })

    it('are of what each does itself, not of those that run after it', async () => {
      const taking = (id: string, ms: number): Check => ({
        id,
        title: id,
        run: () => {
          clock += ms
          return {status: 'ok', summary: id}
        },
      })
      const results = await runChecks([taking('quick', 1), taking('slow', 120)], contextFor('/nowhere'))
      expect(results.map(({durationMs}) => durationMs)).to.deep.equal([1, 120])
    })
  })

  it('takes one that throws, at once or later, for a failure, and goes on', async () => {
    const checks: Check[] = [
      {
        id: 'a',
        title: 'A',
        run: () => {
          throw new Error('at once')
        },
      },
      {id: 'b', title: 'B', run: () => Promise.reject(new Error('later'))},
      {id: 'c', title: 'C', run: () => ({status: 'ok', summary: 'well'})},
      {id: 'd', title: 'D', timeoutMs: 1, run: () => new Promise(() => {})},
    ]
    const results = await runChecks(checks, contextFor('/nowhere'))
    expect(results.map(({status, summary}) => `${status}: ${summary}`)).to.deep.equal([
      'fail: at once',
      'fail: later',
      'ok: well',
      'warn: no answer within 1 ms',
    ])
  })
})
