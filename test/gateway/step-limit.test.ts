import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import {type GatewayProcess, Scratch} from './gateway-process.js'

describe('the most model steps of a prompt', () => {
  const scratch = new Scratch()
  let server: OpenAiServer
  /** Which request gets no answer. */
  let held: number

  beforeEach(async () => {
    held = 0
    let count = 0
    server = await startOpenAiServer(async () => {
      if (++count === held) await new Promise(() => {})
      return {kind: 'stream', toolCalls: [{id: `c${count}`, name: 'list_files', arguments: '{"path":"."}'}]}
    })
    const folder = path.join(scratch.home, '.config', 'hermes')
    mkdirSync(folder, {recursive: true})
    writeFileSync(
      path.join(folder, 'config.yaml'),
      `discoverLocal: false\nmodel: mine/m\ntools: {maxSteps: 3}\nproviders:\n  mine: {kind: openai-compatible, baseUrl: "${server.url}", models: [m]}\n`,
    )
  })
  afterEach(() => server.close())

  async function ended(gateway: GatewayProcess, method: string, params: Record<string, unknown>) {
    const from = gateway.frames.length
    await gateway.call(method, params)
    return gateway.event('message.complete', from)
  }

  it('are those that are configured, or fewer where the client says so; going on allows as many again', async () => {
    const gateway = await scratch.start({model: 'mine/m', cwd: scratch.project})
    const {sid: session_id} = await gateway.create()
    const steps = async (method: string, params: Record<string, unknown>) => {
      const before = server.requests.length
      const end = await ended(gateway, method, {session_id, ...params})
      expect(end).to.include({stop_reason: 'step-limit', status: 'interrupted'})
      return [end.steps, server.requests.length - before]
    }
    expect(await steps('prompt.submit', {text: 'a', max_steps: 1})).to.deep.equal([1, 1])
    expect(await steps('prompt.continue', {max_steps: 2})).to.deep.equal([3, 2])
    expect(await steps('prompt.continue', {})).to.deep.equal([6, 3])
    expect(await steps('prompt.submit', {text: 'b'})).to.deep.equal([3, 3])
    expect(await steps('prompt.submit', {text: 'c', max_steps: 100})).to.deep.equal([3, 3])
    for (const max_steps of [0, -1, 1.5, '3', null, 2 ** 60]) {
      const {code} = await gateway.refused('prompt.submit', {session_id, text: 'd', max_steps})
      expect(code, String(max_steps)).to.be.a('number')
    }
  })

  it('are not more where its process dies before the last one', async () => {
    held = 2
    const gateway = await scratch.start({model: 'mine/m', cwd: scratch.project})
    const {sid: session_id} = await gateway.create()
    await gateway.call('prompt.submit', {session_id, text: 'a', max_steps: 2})
    while (server.requests.length < held) await new Promise((resolve) => setTimeout(resolve, 5))
    await gateway.kill()
    const next = await scratch.start({model: 'mine/m', cwd: scratch.project})
    const {session_id: again} = await next.call<{session_id: string}>('session.resume', {session_id})
    const end = await ended(next, 'prompt.continue', {session_id: again, max_steps: 2})
    expect(end).to.include({stop_reason: 'step-limit', steps: 2})
    expect(server.requests).to.have.lengthOf(3)
  })
})
