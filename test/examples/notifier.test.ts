import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {buildProject, copyExample} from '../helpers/plugin-project.js'
import {type Ended, runHermes} from '../helpers/program/run-program.js'
import {programPath} from '../helpers/pty/chat.js'
import {childrenOf} from '../helpers/pty/processes.js'
import {useChats} from '../helpers/pty/suite.js'

interface Received {
  type: string | undefined
  body: Record<string, unknown>
}

describe('the notifier example', function () {
  this.timeout(60_000)
  const suite = useChats()
  const received: Received[] = []
  let folder: string
  let plugin: string
  let server: Server
  let url: string
  let status = 204

  before(async () => {
    ensureBuilt()
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-example-'))
    plugin = copyExample('notifier', path.join(folder, 'notifier'))
    await buildProject(plugin)
    server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request.setEncoding('utf8')) text += chunk
      received.push({type: request.headers['content-type'], body: JSON.parse(text)})
      response.writeHead(status).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  })
  after(() => {
    server?.close()
    server?.closeAllConnections()
    rmSync(folder, {recursive: true, force: true})
  })
  beforeEach(async () => {
    received.length = 0
    status = 204
    await link()
  })

  /** What `plugins link` leaves; the first home has it from there, the others from that. */
  let links: string | undefined
  async function link(): Promise<void> {
    const file = path.join(suite.home.dir, '.local', 'share', 'hermes', 'package.json')
    if (links !== undefined) {
      mkdirSync(path.dirname(file), {recursive: true})
      return writeFileSync(file, links)
    }
    const linked = await hermes({}, 'plugins', 'link', plugin, '--no-install')
    expect(linked.code, linked.stderr).to.equal(0)
    links = readFileSync(file, 'utf8')
  }

  const hermes = (env: Record<string, string>, ...args: string[]): Promise<Ended> =>
    runHermes(args, {cwd: suite.home.cwd, env: suite.home.env({NO_COLOR: '1', ...env})})
  const events = () => received.map(({body}) => body.event)
  async function heard(...expected: string[]): Promise<void> {
    const deadline = performance.now() + 10_000
    while (received.length < expected.length && performance.now() < deadline) await delay(10)
    expect(events()).to.deep.equal(expected)
  }

  it('tells a webhook that the session died and that it came back', async () => {
    const chat = suite.start([], {env: {HERMES_NOTIFIER_URL: url}})
    await chat.ready()
    await chat.submit('stream 2000 tokens at 100')
    await chat.waitFor('word20')
    await chat.killGateway()
    await chat.waitFor('session recovered')
    await heard('died', 'recovered')
    const [died, recovered] = received
    expect(died?.type).to.equal('application/json')
    expect(died?.body).to.include({cause: 'external-sigkill', text: 'hermes: the gateway died (external-sigkill)'})
    expect(recovered?.body.downtimeMs).to.be.a('number')
    expect(recovered?.body.session).to.be.a('string').and.to.equal(died?.body.session)
    await chat.submit('/status')
    await chat.waitFor(String(recovered?.body.session))

    await chat.submit('/notifier')
    await chat.waitFor('sent     2, failed 0')
    expect(chat.screen()).to.include(`webhook  ${url}`)
    await chat.submit('/notifier test')
    await chat.waitFor('a test was sent')
    expect(events().at(-1)).to.equal('test')
    expect(received.at(-1)?.body.session).to.equal(died?.body.session)
    await chat.submit('/help')
    await chat.waitFor(() => chat.scrollback().includes('where news of a crash goes'), {what: 'its line in the help'})

    expect(await chat.quit()).to.include({code: 0})
    expect(await chat.outlived()).to.deep.equal([])
    // An end that was asked for is no news.
    expect(received).to.have.length(3)
  })

  it('says on screen that the webhook failed, and the session is back all the same', async () => {
    status = 500
    const chat = suite.start([], {env: {HERMES_NOTIFIER_URL: url}})
    await chat.ready()
    await chat.submit('count to 3')
    await chat.waitFor('word2')
    await chat.ready()
    await chat.killGateway()
    await chat.waitFor('hermes-notifier: could not tell of it: the webhook answered 500')
    await chat.ready()
    await chat.submit('count to 4')
    await chat.waitFor('word3')
    await chat.quit()
  })

  it('tells of it without a terminal too', async () => {
    const child = spawn(process.execPath, [programPath, 'chat', '-p', 'stream 400 tokens at 200'], {
      cwd: suite.home.cwd,
      env: suite.home.env({HERMES_NOTIFIER_URL: url}),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = once(child, 'exit')
    let answer = ''
    let killed = false
    for await (const text of child.stdout.setEncoding('utf8')) {
      answer += text
      const gateway = killed ? undefined : childrenOf(child.pid ?? 0).find(({command}) => /gateway/.test(command))
      if (!gateway) continue
      killed = true
      process.kill(gateway.pid, 'SIGKILL')
    }
    expect(await ended).to.deep.equal([0, null])
    expect(answer).to.include('word399')
    await heard('died', 'recovered')
  })

  it('rings when a question waits, once in the chat and once more when its terminal is lost', async () => {
    const chat = suite.start(['-m', 'offline/tools'], {env: {HERMES_NOTIFIER_URL: url}})
    await chat.ready()
    await chat.submit('run touch made')
    await chat.waitFor('Allow once')
    await heard('waiting')
    expect(received[0]?.body.text).to.equal('hermes: the session waits for your approval')
    const key = received[0]?.body.session
    chat.signal('SIGKILL')
    await chat.exit
    await heard('waiting', 'waiting')
    expect(received[1]?.body).to.include({
      session: key,
      text: `hermes: the session waits for your approval, without a terminal: hermes attach ${key}`,
    })
    const again = suite.start(['-c'], {env: {HERMES_NOTIFIER_URL: url}})
    await again.waitFor('Allow once')
    await again.waitFor(/type what to do instead/)
    again.type('1')
    await again.waitFor('Done, with terminal')
    await again.quit()
    expect(events()).to.deep.equal(['waiting', 'waiting'])
    const log = readFileSync(path.join(suite.home.hermes, 'logs', 'tui_gateway_crash.log'), 'utf8')
    expect(log.match(/ waiting .*question=approval attended=(?:true|false)/g)).to.have.length(2)
  })

  it('brings a command', async () => {
    expect((await hermes({HERMES_NOTIFIER_URL: url}, 'notifier', 'test')).stdout).to.equal('a test was sent\n')
    await heard('test')
    const nowhere = await hermes({}, 'notifier', 'test')
    expect(nowhere.code).to.equal(2)
    expect(nowhere.stderr).to.include('set HERMES_NOTIFIER_URL')
  })
})
