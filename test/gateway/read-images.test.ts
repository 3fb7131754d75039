import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import {gif, jpeg, png, webp} from '../helpers/images/files.js'
import {picture} from '../helpers/images/pictures.js'
import {type GatewayProcess, Scratch} from './gateway-process.js'

const files = {'a.png': png(12, 8), 'b.jpg': jpeg(4, 4), 'c.txt': webp(5, 5), 'd.gif': gif(6, 6)}

describe('images that read_file reads', () => {
  const scratch = new Scratch()
  let server: OpenAiServer
  /** Paths that the model reads in its first step. */
  let wanted: readonly string[] = []
  /** Holds the answer to the results for ever. */
  let held = false

  beforeEach(async () => {
    held = false
    server = await startOpenAiServer(async ({messages}) => {
      const since = messages.findLastIndex(({role, content}) => role === 'user' && /^go/.test(String(content)))
      const results = messages.slice(since).some(({role}) => role === 'tool')
      if (results && held) await new Promise(() => {})
      const toolCalls = wanted.map((file, index) => ({
        id: `call_${messages.length}_${index}`,
        name: 'read_file',
        arguments: JSON.stringify({path: file}),
      }))
      return results || since === -1 ? {kind: 'stream', text: ['seen']} : {kind: 'stream', toolCalls}
    })
    const folder = path.join(scratch.home, '.config', 'hermes')
    mkdirSync(folder, {recursive: true})
    const provider = `  mine: {baseUrl: "${server.url}", apiKey: k, modelOptions: {blind: {images: false}}}\n`
    writeFileSync(path.join(folder, 'config.yaml'), `discoverLocal: false\nproviders:\n${provider}`)
    for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(scratch.project, name), bytes)
  })
  afterEach(() => server.close())

  const start = (model = 'mine/any') => scratch.start({model, cwd: scratch.project})
  const asked = () => server.requests.filter(({chat}) => chat)
  const lastSent = () => JSON.stringify(asked().at(-1)?.chat)
  const times = (bytes: Buffer) => lastSent().split(bytes.toString('base64')).length - 1
  const ended = (gateway: GatewayProcess, from = 0) => gateway.event('message.complete', from)

  it('go to the model behind the results of the step, of any kind, once each', async () => {
    wanted = Object.keys(files)
    const gateway = await start()
    const {sid} = await gateway.create()
    await gateway.turn(sid, 'go')
    const roles = asked()
      .at(-1)
      ?.chat?.messages.map(({role}) => role)
    expect(roles?.slice(-5)).to.deep.equal(['tool', 'tool', 'tool', 'tool', 'user'])
    for (const bytes of Object.values(files)) expect(times(bytes)).to.equal(1)
    expect(lastSent()).to.include('a.png 12x8')
    await gateway.turn(sid, 'and now?')
    for (const bytes of Object.values(files)) expect(times(bytes)).to.equal(1)
  })

  it('are there after kill -9, in a branch and in a copy from a file, and change with no file', async () => {
    wanted = ['a.png', 'b.jpg']
    held = true
    const gateway = await start()
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'go', prompt_id: 'p1'})
    while (asked().length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await gateway.kill()
    held = false
    writeFileSync(path.join(scratch.project, 'a.png'), 'gone')
    const next = await start()
    const {session_id: again} = await next.call('session.resume', {session_id: key})
    await next.call('prompt.continue', {session_id: again})
    await ended(next)
    expect([times(files['a.png']), times(files['b.jpg'])]).to.deep.equal([1, 1])
    const file = path.join(scratch.project, 'saved.json')
    await next.call('session.save', {session_id: again, file})
    const {session_id: branch} = await next.call('session.branch', {session_id: String(again)})
    await next.turn(String(branch), 'and here?')
    expect([times(files['a.png']), times(files['b.jpg'])]).to.deep.equal([1, 1])
    const saved = await import('node:fs/promises').then(({readFile}) => readFile(file, 'utf8'))
    expect(saved.split(files['a.png'].toString('base64'))).to.have.lengthOf(2)
  })

  it('that can’t be sent are told, and so is a model that takes none', async () => {
    wanted = ['cut.png', 'huge.png', 'noise.bin', 'wide.png']
    writeFileSync(path.join(scratch.project, 'cut.png'), files['a.png'].subarray(0, 40))
    writeFileSync(path.join(scratch.project, 'huge.png'), png(9000, 9000))
    writeFileSync(
      path.join(scratch.project, 'wide.png'),
      picture('png', 2400, 12, (x) => [x % 256, 0, 0]),
    )
    writeFileSync(path.join(scratch.project, 'noise.bin'), Buffer.from([0, 1, 2, 255]))
    const gateway = await start()
    const {sid} = await gateway.create()
    await gateway.turn(sid, 'go')
    const told = asked()
      .at(-1)
      ?.chat?.messages.flatMap(({role, content}) => (role === 'tool' ? [String(content)] : []))
    expect(told?.[0]).to.match(/cut\.png.*cut off/)
    expect(told?.[1]).to.match(/9000x9000 pixels/)
    expect(told?.[2]).to.match(/binary file of 4 bytes/)
    expect(told?.[3]).to.match(/2400×12 scaled to 1568×8/)
    expect(lastSent()).to.include('wide.png 1568x8')
    wanted = ['a.png']
    const {sid: blind} = await gateway.create({model: 'mine/blind'})
    await gateway.turn(blind, 'go')
    expect(times(files['a.png'])).to.equal(0)
    expect(lastSent()).to.include('this model is set to take no images')
  })
})
