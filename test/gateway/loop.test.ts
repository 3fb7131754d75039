import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {defaultRunPermissions, runPermissionsVariable} from '../../src/permissions/run-permissions.js'
import {homeFiles} from '../../src/platform.js'
import type {SessionOpened} from '../../src/protocol/methods.js'
import {type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import {type GatewayProcess, Scratch} from './gateway-process.js'
import {questionsIn} from './tool-conversation.js'

/** A model that goes round in circles until it is told something. */
describe('a loop of calls', () => {
  const scratch = new Scratch()
  let server: OpenAiServer
  let key = ''

  beforeEach(async () => {
    server = await startOpenAiServer(({messages}) => {
      const stop = messages.some(({role, content}) => role === 'tool' && content?.includes('person said'))
      const call = {id: `call_${messages.length}`, name: 'session_search', arguments: '{"query":"nothing"}'}
      return stop ? {kind: 'stream', text: ['I see.']} : {kind: 'stream', toolCalls: [call]}
    })
    const folder = path.join(scratch.home, '.config', 'hermes')
    await mkdir(folder, {recursive: true})
    const provider = `providers:\n  mine:\n    baseUrl: ${server.url}\n    apiKey: sk-test\n`
    await writeFile(path.join(folder, 'config.yaml'), `discoverLocal: false\n${provider}`)
  })

  afterEach(() => server.close())

  async function begin(env: Record<string, string> = {}): Promise<{gateway: GatewayProcess; sid: string}> {
    const gateway = await scratch.start({model: 'mine/any', cwd: scratch.project, env})
    const {sid, key: made} = await gateway.create()
    key = made
    await gateway.call('prompt.submit', {session_id: sid, text: 'go', prompt_id: 'p1'})
    return {gateway, sid}
  }

  const lastQuestion = async (gateway: GatewayProcess, count = 1) => {
    await gateway.until(() => questionsIn(gateway.frames).length >= count)
    return questionsIn(gateway.frames).at(-1) ?? {}
  }

  const calls = () => {
    const store = openStore(homeFiles(scratch.home).database)
    const found = store.messages(key).flatMap(({tool}) => tool ?? [])
    store.close()
    return found
  }

  it('is told the model twice, then asked the person, also after kill -9; a yes counts for six more', async () => {
    const {gateway} = await begin()
    const question = await lastQuestion(gateway)
    expect(question.question).to.include('6 times')
    const told = calls().map(({result}) => (result as {repeated?: string} | undefined)?.repeated !== undefined)
    expect(told).to.deep.equal([false, false, true, false, false, true, false])
    await gateway.kill()
    expect(calls().map(({state}) => state)).to.deep.equal([...new Array(6).fill('complete'), 'asked'])

    const next = await scratch.start({model: 'mine/any', cwd: scratch.project})
    const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
    expect(opened).to.include({running: true, status: 'waiting'})
    expect(await lastQuestion(next)).to.deep.equal(question)
    await next.call('clarify.respond', {request_id: question.request_id, answer: 'Go on'})
    const again = await lastQuestion(next, 2)
    expect(again.request_id).not.to.equal(question.request_id)
    expect(calls()).to.have.lengthOf(13)
    await next.call('clarify.respond', {request_id: again.request_id, answer: 'look elsewhere'})
    const end = await next.event('message.complete')
    expect(end).to.include({status: 'complete', text: 'I see.'})
    expect(calls().at(-1)).to.deep.include({state: 'denied'})
  })

  it('ends where the person says so, and is told why', async () => {
    const {gateway, sid} = await begin()
    const question = await lastQuestion(gateway)
    await gateway.call('clarify.respond', {request_id: question.request_id, answer: 'Stop here'})
    const end = await gateway.event('message.complete')
    expect(end).to.include({status: 'interrupted', stop_reason: 'loop'})
    expect(end.warning).to.include('again and again')
    expect(server.requests.filter(({chat}) => chat)).to.have.lengthOf(7)
    await gateway.call('prompt.continue', {session_id: sid})
    await gateway.until(() => questionsIn(gateway.frames).length > 1)
  })

  it('ends incomplete where there is nobody to ask', async () => {
    const permissions = JSON.stringify({...defaultRunPermissions, interactive: false})
    const {gateway} = await begin({[runPermissionsVariable]: permissions})
    const end = await gateway.event('message.complete')
    expect(end).to.include({status: 'interrupted', stop_reason: 'loop'})
    expect(questionsIn(gateway.frames)).to.deep.equal([])
    expect(calls().map(({state}) => state)).to.deep.equal([...new Array(6).fill('complete'), 'not-started'])
  })
})
