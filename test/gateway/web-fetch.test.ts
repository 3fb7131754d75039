import {once} from 'node:events'
import {appendFileSync} from 'node:fs'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {expect} from 'chai'
import {Scratch} from './gateway-process.js'
import {questionsIn, ToolConversation} from './tool-conversation.js'

describe('a fetch of a page, when the gateway is killed', () => {
  const scratch = new Scratch()
  let talk: ToolConversation
  let site: Server
  let url: string
  let asked: number
  /** Nothing is answered. */
  let held: boolean

  beforeEach(async () => {
    asked = 0
    held = true
    site = createServer((_, response) => {
      asked++
      if (!held) response.writeHead(200, {'content-type': 'text/html'}).end('<h1>Here</h1>')
    }).listen(0, '127.0.0.1')
    await once(site, 'listening')
    url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
    talk = await ToolConversation.start(scratch, [{name: 'web_fetch', args: {url}}])
  })
  afterEach(() => {
    talk.server.close()
    site.closeAllConnections()
    site.close()
  })

  const configure = (more: string) =>
    appendFileSync(
      path.join(scratch.home, '.config', 'hermes', 'config.yaml'),
      `tools: {fetchPrivate: [127.0.0.1]}\n${more}`,
    )
  const isAsked = async (times: number) => {
    while (asked < times) await new Promise((resolve) => setImmediate(resolve))
  }
  const content = () => JSON.parse(talk.told().call_1 ?? '').content

  it('is done again, and told once', async () => {
    configure('permissions: {allow: ["WebFetch(domain:127.0.0.1)"]}\n')
    const gateway = await talk.begin()
    await isAsked(1)
    await gateway.kill()
    held = false
    const {gateway: next} = await talk.open()
    await next.call('prompt.continue', {session_id: talk.sid})
    await next.event('message.complete')
    expect(asked).to.equal(2)
    expect(content()).to.equal('# Here')
    expect(talk.states()).to.deep.equal(['complete'])
  })

  it('that the person allowed goes on by that yes, and asks nothing again', async () => {
    configure('')
    const gateway = await talk.begin()
    await gateway.until(() => questionsIn(gateway.frames).length > 0)
    const [question] = questionsIn(gateway.frames)
    expect(question).to.deep.include({command: url, kind: 'fetch'})
    expect(asked).to.equal(0)
    await talk.answer(gateway, {request_id: question?.request_id, choice: 'once'})
    await isAsked(1)
    await gateway.kill()
    held = false
    const {gateway: next, opened} = await talk.open()
    expect(opened.running).to.equal(true)
    await next.event('message.complete')
    expect(questionsIn(next.frames)).to.deep.equal([])
    expect(asked).to.equal(2)
    expect(content()).to.equal('# Here')
    expect(talk.states()).to.deep.equal(['complete'])
  })

  it('is over at once when the person interrupts', async () => {
    configure('permissions: {allow: ["fetch(*)"]}\n')
    const gateway = await talk.begin()
    await isAsked(1)
    await gateway.call('session.interrupt', {session_id: talk.sid})
    expect((await gateway.event('message.complete')).status).to.equal('interrupted')
  })
})
