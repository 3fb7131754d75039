import {expect} from 'chai'
import fc from 'fast-check'
import {
  defaultRunPermissions,
  handDownPermissions,
  type RunPermissions,
  readRunPermissions,
  runPermissionsVariable,
} from '../../src/permissions/run-permissions.js'
import {permissionModes} from '../../src/permissions/types.js'

describe('permissions of a run', () => {
  it('are handed down as they are', () => {
    const permissions: fc.Arbitrary<RunPermissions> = fc.record({
      mode: fc.option(fc.constantFrom(...permissionModes), {nil: undefined}),
      allow: fc.array(fc.string()),
      addDirs: fc.array(fc.string()),
      interactive: fc.boolean(),
    })
    fc.assert(
      fc.property(permissions, (given) => {
        const stale = {[runPermissionsVariable]: '{"mode":"bypass","allow":["bash(*)"]}'}
        expect(readRunPermissions({...stale, ...handDownPermissions(given)})).to.deep.equal(given)
      }),
    )
    expect(readRunPermissions({})).to.deep.equal(defaultRunPermissions)
  })

  it('loosen nothing where they are not understood', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({minLength: 1}), fc.json()), (text) => {
        const read = readRunPermissions({[runPermissionsVariable]: text})
        expect(read.mode === undefined || permissionModes.includes(read.mode)).to.equal(true)
        for (const rule of [...read.allow, ...read.addDirs]) expect(rule).to.be.a('string')
      }),
    )
    expect(
      readRunPermissions({[runPermissionsVariable]: '{"mode":"all","allow":[1,"bash(ls)"],"addDirs":"/"}'}),
    ).to.deep.equal({mode: undefined, allow: ['bash(ls)'], addDirs: [], interactive: true})
    expect(readRunPermissions({[runPermissionsVariable]: '{"mode":'}).interactive).to.equal(false)
  })
})
