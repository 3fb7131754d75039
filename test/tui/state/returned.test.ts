import {expect} from 'chai'
import fc from 'fast-check'
import {permissionModes} from '../../../src/permissions/types.js'
import {onReturn} from '../../../src/tui/state/returned.js'

describe('a chat that comes back to a gateway of another chat', () => {
  const mode = fc.constantFrom(...permissionModes)
  const asks = (each: string) => ['bypass', 'accept-edits', 'ask', 'plan'].indexOf(each)

  it('asks never for less than either chat wanted, and says so where a mode is not what it was or was asked for', () => {
    fc.assert(
      fc.property(mode, mode, fc.boolean(), fc.boolean(), fc.boolean(), (now, wanted, byFlag, same, busy) => {
        const result = onReturn(now, busy, {mode: wanted, byFlag, same})
        const holds = result.set ?? now
        expect(asks(holds)).to.equal(Math.max(asks(now), asks(wanted)))
        if (holds !== now) expect(result.text).to.include(`permissions: ${holds}`)
        if (holds !== wanted && (busy || !byFlag)) expect(result.text).to.include(now)
        // What a flag says holds in the end; what was chosen in the chat before is not undone by a setting.
        if (holds !== wanted) expect(byFlag ? result.replace : result.keep).to.equal(byFlag ? true : now)
        if (!same) expect(result.replace).to.equal(true)
      }),
    )
  })

  it('says nothing and changes nothing where both want the same', () => {
    for (const each of permissionModes) {
      expect(onReturn(each, true, {mode: each, byFlag: true, same: true})).to.deep.equal({replace: false})
    }
  })

  it('leaves the mode of a gateway that tells none', () => {
    expect(onReturn(undefined, true, {mode: 'plan', byFlag: true, same: true})).to.deep.equal({replace: false})
  })
})
