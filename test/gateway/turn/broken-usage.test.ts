import {expect} from 'chai'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

interface Usage {
  calls: number
  input: number
  output: number
  total: number
  estimated?: boolean
}

describe('tokens of a reply that broke off', () => {
  const scratch = new Scratch()
  const usage = (gateway: GatewayProcess, sid: string) => gateway.call<Usage>('session.usage', {session_id: sid})

  it('are told by its length when it was interrupted, and said to be estimated', async () => {
    const gateway = await scratch.start({model: 'offline/1000@200'})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'a long one'})
    await gateway.until(() => gateway.shown().length > 200)
    await gateway.call('session.interrupt', {session_id: sid})
    const complete = await gateway.event('message.complete')
    const told = await usage(gateway, sid)
    expect(told).to.deep.include({calls: 1, output: Math.ceil(gateway.shown().length / 4), estimated: true})
    expect(told.input).to.be.above(0)
    expect(told.total).to.equal(told.input + told.output)
    expect((complete.usage as Usage).output).to.equal(told.output)
    const {models} = await gateway.call<{models: unknown[]}>('session.cost', {session_id: sid})
    expect(models).to.have.length(1)
    expect(models[0]).to.include({model: 'offline/1000@200', unpriced_calls: 1, output: told.output})
  })

  it('are none where nothing came, and not estimated where the reply is whole', async () => {
    const gateway = await scratch.start({model: 'offline/5'})
    const {sid} = await gateway.create()
    await gateway.turn(sid, 'hello')
    expect(await usage(gateway, sid)).to.not.have.property('estimated')
  })

  it('are told by its length when the gateway was killed, once', async () => {
    const gateway = await scratch.start({model: 'offline/1000@200'})
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'a long one'})
    await gateway.until(() => gateway.shown().length > 200)
    await gateway.kill()
    const next = await scratch.start({model: 'offline/1000@200'})
    const opened = await next.call<{session_id: string; interrupted: {assistant: string}}>('session.resume', {
      session_id: key,
    })
    const told = await usage(next, opened.session_id)
    expect(told).to.deep.include({
      calls: 1,
      output: Math.ceil(opened.interrupted.assistant.length / 4),
      estimated: true,
    })
    await next.call('session.close', {session_id: opened.session_id})
    const again = await next.call<{session_id: string}>('session.resume', {session_id: key})
    expect(await usage(next, again.session_id)).to.deep.equal(told)
  })
})
