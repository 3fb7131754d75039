import {mkdir, writeFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {expect} from 'chai'
import {eventsOf, startProviderServer, wireForms} from '../../fixtures/provider-server.js'
import {Scratch} from '../gateway-process.js'

describe('methods about models', () => {
  const scratch = new Scratch()

  async function configure(providers: object): Promise<void> {
    const folder = path.join(scratch.home, '.config/hermes')
    await mkdir(folder, {recursive: true})
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({providers}))
  }

  it('tell what a session has cost by model, and send the effort that it chose, also after a death', async function () {
    this.timeout(30_000)
    const {open, text, end, tail} = wireForms['openai-compatible']
    const answer = {pieces: [...eventsOf(...open, ...text('fine'), ...end('stop')), ...tail]}
    const server = await startProviderServer([answer])
    try {
      const modelOptions = {dear: {inputPrice: 1000, outputPrice: 2000, context: 1000}}
      await configure({there: {baseUrl: server.url, modelOptions}})
      const gateway = await scratch.start({model: 'there/dear'})
      const {sid, key} = await gateway.create()
      expect(await gateway.call('session.cost', {session_id: sid})).to.include({calls: 0, cost_usd: 0})
      expect(await gateway.call('config.get', {key: 'effort', session_id: sid})).to.deep.equal({
        value: 'default',
        levels: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
      })
      const wrong = {key: 'effort', value: 'hi', session_id: sid}
      expect((await gateway.refused('config.set', wrong)).message).to.contain('effort must be one of none, minimal')
      expect(await gateway.call('config.set', {...wrong, value: 'high'})).to.include({value: 'high'})
      await gateway.turn(sid, 'hello')
      expect(server.requests.at(-1)?.body).to.include({reasoning_effort: 'high'})

      const usage = await gateway.call('session.usage', {session_id: sid})
      const usd = (Number(usage.input) + 2 * Number(usage.output)) / 1000
      expect(usage.cost_usd).to.be.closeTo(usd, 1e-12)
      expect(usage).to.include({context_max: 1000}).and.not.have.property('unpriced_calls')
      await gateway.call('config.set', {key: 'model', value: 'there/cheap', session_id: sid})
      await gateway.turn(sid, 'again')
      const cost = await gateway.call('session.cost', {session_id: sid})
      expect(cost).to.include({calls: 2, unpriced_calls: 1})
      expect(cost.cost_usd).to.be.closeTo(usd, 1e-12)
      const models = cost.models as {model: string; unpriced_calls: number}[]
      expect(models.map(({model, unpriced_calls: unpriced}) => [model, unpriced])).to.deep.equal([
        ['there/dear', 0],
        ['there/cheap', 1],
      ])

      await gateway.kill()
      const next = await scratch.start({model: 'there/dear'})
      const {session_id: id} = await next.call<{session_id: string}>('session.resume', {session_id: key})
      expect(await next.call('config.get', {key: 'effort', session_id: id})).to.include({value: 'high'})
      expect((await next.call('session.cost', {session_id: id})).cost_usd).to.be.closeTo(usd, 1e-12)
    } finally {
      await server.close()
    }
  })

  it('list what providers list now, and at once what they listed last', async () => {
    let names = ['a']
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({data: names.map((id) => ({id, context_length: 5000}))}))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      await configure({there: {baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`}})
      const gateway = await scratch.start({model: 'there/a'})
      type Answer = {providers: {slug: string; models: string[]; details: unknown[]; listed_at?: number}[]}
      const there = async (params: Record<string, unknown>) =>
        (await gateway.call<Answer>('model.options', params)).providers.find(({slug}) => slug === 'there')
      expect((await there({fresh: true}))?.details).to.deep.equal([{id: 'there/a', context: 5000}])
      names = Array.from({length: 500}, (_, index) => `model-${index}`)
      expect((await there({}))?.models).to.deep.equal(['there/a'])
      expect((await there({}))?.listed_at).to.be.closeTo(Date.now() / 1000, 60)
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})
