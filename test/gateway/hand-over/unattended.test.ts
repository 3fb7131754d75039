import {expect} from 'chai'
import fc from 'fast-check'
import {endOfUnattended} from '../../../src/gateway/hand-over/unattended.js'

describe('when a gateway without a terminal ends', () => {
  const policy = {lingerMs: 600, waitMs: 86_400, criticalPercent: 90}
  const ms = fc.nat(200_000)

  it('is never while a turn runs and there is memory', () => {
    fc.assert(
      fc.property(fc.nat(89), fc.boolean(), (memoryPercent, isTaken) => {
        expect(endOfUnattended({idleMs: undefined, waitingMs: undefined, isTaken, memoryPercent}, policy)).to.equal(
          undefined,
        )
      }),
    )
  })

  it('is after its time when nothing is to be done, and after another one when the person is waited for', () => {
    fc.assert(
      fc.property(ms, (time) => {
        const idle = endOfUnattended({idleMs: time, waitingMs: undefined, isTaken: false, memoryPercent: 1}, policy)
        expect(idle).to.equal(time >= policy.lingerMs ? 'idle' : undefined)
        const waiting = endOfUnattended({idleMs: undefined, waitingMs: time, isTaken: false, memoryPercent: 1}, policy)
        expect(waiting).to.equal(time >= policy.waitMs ? 'expired' : undefined)
      }),
    )
  })

  it('is at once when nothing is to be done and its session was opened elsewhere', () => {
    fc.assert(
      fc.property(ms, (idleMs) => {
        const now = {idleMs, waitingMs: undefined, isTaken: true, memoryPercent: 1}
        expect(endOfUnattended(now, policy)).to.equal('taken')
      }),
    )
  })

  it('is at once when its memory is nearly full, whatever it does', () => {
    fc.assert(
      fc.property(fc.option(ms, {nil: undefined}), fc.option(ms, {nil: undefined}), (idleMs, waitingMs) => {
        expect(endOfUnattended({idleMs, waitingMs, isTaken: false, memoryPercent: 90}, policy)).to.equal('memory')
      }),
    )
  })
})
