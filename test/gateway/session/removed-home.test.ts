import {rm} from 'node:fs/promises'
import {expect} from 'chai'
import {Scratch} from '../gateway-process.js'

describe('a home that is removed while a gateway runs', () => {
  const scratch = new Scratch()

  it('is told at each prompt, and none is answered as if it were kept', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    await gateway.turn(sid, '2 at 1000', {prompt_id: 'p0'})
    await rm(scratch.home, {recursive: true, force: true})
    for (const prompt_id of ['p1', 'p2']) {
      const {message} = await gateway.refused('prompt.submit', {session_id: sid, text: '2 at 1000', prompt_id})
      expect(message).to.match(/^Nothing is kept: the session database .* was removed while it was open\./)
    }
    expect((await gateway.call('gateway.ping')).pong).to.equal(true)
  })

  it('ends a reply that streams with a word, and is told at the end', async () => {
    const gateway = await scratch.start({model: 'offline/2000@100'})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'a long one', prompt_id: 'p1'})
    await gateway.until(() => gateway.shown().includes('word3'))
    // What streams may make a file in a folder that was emptied just now.
    await rm(scratch.home, {recursive: true, force: true, maxRetries: 20, retryDelay: 5})
    const end = await gateway.event('message.complete')
    expect(end).to.include({status: 'error', prompt_id: 'p1'})
    expect(end.warning).to.match(/^Nothing is kept: /)
    gateway.child.stdin.end()
    expect(await gateway.exited).to.deep.equal({code: 0, signal: null})
    expect(gateway.stderr).to.match(/not stored: Nothing is kept: /)
  })
})
