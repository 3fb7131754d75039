import {expect} from 'chai'
import {type Config, defaultConfig} from '../src/config/index.js'
import {policiesOf} from '../src/policies.js'

const launch = {command: ['gw', '--x'], cwd: '/work', env: {A: '1'}}

describe('the policies of the supervisor', () => {
  it('are those of the settings', () => {
    const config: Config = {...defaultConfig(), 'recovery.limit': 7, 'gateway.standby': true}
    const {gateway, recovery} = policiesOf(config, launch)
    expect(recovery).to.include({limit: 7, stableMs: config['recovery.stableMs']})
    expect(gateway).to.include({...launch, standby: true, killGraceMs: config['gateway.killGraceMs']})
  })

  it('take changes over the settings, and keep the rest', () => {
    const before = policiesOf(defaultConfig(), launch)
    const after = policiesOf(defaultConfig(), launch, {gateway: {heartbeatMs: 5}, recovery: {backoffMs: [0]}})
    expect(after).to.deep.equal({
      gateway: {...before.gateway, heartbeatMs: 5},
      recovery: {...before.recovery, backoffMs: [0]},
    })
  })

  it('hold one value for each setting of a recovery', () => {
    const settings = Object.keys(defaultConfig()).filter((key) => /^recovery\.(?!inflight)/.test(key))
    expect(Object.keys(policiesOf(defaultConfig(), launch).recovery).map((name) => `recovery.${name}`)).to.have.members(
      settings,
    )
  })
})
