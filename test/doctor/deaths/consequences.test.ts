import {expect} from 'chai'
import {agentOf} from '../../../src/doctor/deaths/consequences.js'

describe('what a death of an agent is told with', () => {
  it('is known by the command of the gateway that speaks to it', () => {
    const adapter = '/lib/hermes-chat/dist/acp/adapter/main.js'
    expect(agentOf(['/bin/node', '--flag', adapter, 'gemini'])?.name).to.equal('gemini')
    expect(agentOf(['/bin/node', adapter, 'gemini'])?.faults.map(({kind}) => kind)).to.include('young-session')
    expect(agentOf(['/bin/node', adapter, '/opt/my-agent', '--acp'])?.name).to.equal('my-agent')
    expect(agentOf(['/bin/node', '/lib/hermes-chat/dist/gateway/main.js'])).to.equal(undefined)
  })
})
