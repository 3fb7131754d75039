import {expect} from 'chai'
import fc from 'fast-check'
import {type Budget, freshBudget, respawned, spend} from '../../../src/supervisor/machine/budget.js'
import {policy as policies} from '../helpers/policies.js'

const policy = policies().recovery

/** Gateways that die one after the other: how long each was ready, and what the jitter was. */
const deaths = fc.array(
  fc.record({
    livedMs: fc.oneof(fc.constant(0), fc.nat(2000), fc.nat(120_000)),
    random: fc.double({min: 0, max: 0.999, noNaN: true}),
    lateMs: fc.nat(500),
  }),
  {maxLength: 60},
)

function respawnTimes(all: {livedMs: number; random: number; lateMs: number}[]): number[] {
  const times: number[] = []
  let budget: Budget = freshBudget
  let now = 0
  for (const {livedMs, random, lateMs} of all) {
    now += livedMs
    const spending = spend(budget, policy, now, livedMs, random)
    budget = spending.budget
    if (!spending.granted) continue
    now += spending.delayMs + lateMs
    budget = respawned(budget, now)
    times.push(now)
  }
  return times
}

describe('budget', () => {
  it('never grants more respawns than its limit in any window, long or short', () => {
    fc.assert(
      fc.property(deaths, (all) => {
        const times = respawnTimes(all)
        for (const end of times) {
          expect(times.filter((time) => time <= end && end - time < policy.windowMs).length).to.be.at.most(policy.limit)
          expect(times.filter((time) => time <= end && end - time < policy.longWindowMs).length).to.be.at.most(
            policy.longLimit,
          )
        }
      }),
    )
  })

  it('keeps the back-off within a fifth of what is configured', () => {
    fc.assert(
      fc.property(fc.integer({min: 0, max: 8}), fc.double({min: 0, max: 0.999, noNaN: true}), (consecutive, random) => {
        const {delayMs} = spend({respawns: [], consecutive}, policy, 0, 0, random)
        const pause = policy.backoffMs[Math.min(consecutive, policy.backoffMs.length - 1)] ?? 0
        expect(delayMs).to.be.within(Math.floor(pause * 0.8), Math.ceil(pause * 1.2))
      }),
    )
  })

  it('waits 0, 250 and 1000 ms, then is spent', () => {
    let budget = freshBudget
    const delays: (number | 'spent')[] = []
    for (let i = 0; i < 4; i++) {
      const spending = spend(budget, policy, i * 10, 0, 0.5)
      budget = spending.budget
      delays.push(spending.granted ? spending.delayMs : 'spent')
    }
    expect(delays).to.deep.equal([0, 250, 1000, 'spent'])
  })

  it('starts the back-off over after a stable gateway, but its window still counts', () => {
    const twice = spend(spend(freshBudget, policy, 0, 0, 0.5).budget, policy, 10, 0, 0.5)
    const stable = spend(twice.budget, policy, 40_000, policy.stableMs, 0.5)
    expect(stable).to.include({granted: true, delayMs: 0, attempt: 3})
    expect(spend(stable.budget, policy, 41_000, 0, 0.5).granted).to.equal(false)
  })

  it('stops a loop that is too slow for the short window', () => {
    const slow = Array.from({length: 30}, () => ({livedMs: 21_000, random: 0.5, lateMs: 0}))
    expect(respawnTimes(slow)).to.have.length(policy.longLimit)
    let budget = freshBudget
    let last = spend(budget, policy, 0, 0, 0.5)
    for (let i = 1; last.granted; i++) {
      budget = last.budget
      last = spend(budget, policy, i * 21_000, 21_000, 0.5)
    }
    expect(last).to.include({attempt: 10, limit: 10, windowMs: 1_800_000})
  })
})
