import {existsSync, mkdirSync, readdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt, root} from '../helpers/build.js'
import {noneLeftOf} from '../helpers/processes-of-home.js'
import {Harness, scriptedGateway} from './helpers/harness.js'
import {Sshd} from './helpers/sshd.js'

describe('supervisor: a gateway on the other end of ssh', function () {
  this.timeout(60_000)
  let server: Sshd
  let harness: Harness
  let home: string

  before(async function () {
    ensureBuilt()
    const started = await Sshd.start()
    if (started) server = started
    else this.skip()
  })
  after(() => server?.stop())
  afterEach(() => harness?.finish())

  /** `gateway`: what the shell on the other end runs, in a home of its own. */
  async function remote(gateway: string): Promise<void> {
    const env = {PATH: process.env.PATH, HOME: process.env.HOME}
    harness = await Harness.create({gateway: {command: ['true'], env, startupTimeoutMs: 15_000}})
    home = path.join(harness.dir, 'there')
    mkdirSync(home)
    const variables = `HERMES_HOME=${home} HERMES_MODEL=offline FG_STATE=${home}/state.json FG_WORDS=2000`
    const command = server.command(`cd ${home} && ${variables} exec ${gateway}`)
    harness.supervisor.configure({...harness.policies, gateway: {...harness.policies.gateway, command}})
  }

  async function endsWithoutATrace(): Promise<void> {
    await harness.supervisor.close('quit')
    await noneLeftOf(home, [])
    await harness.eventually(() => server.connections().length === 0)
    const runs = path.join(home, 'run')
    const left = existsSync(runs)
      ? readdirSync(runs, {recursive: true}).filter((name) => String(name).endsWith('.json'))
      : []
    expect(left).to.deep.equal([])
  }

  const ways = {
    'the connection is cut by the server': () => server.cut(),
    'the ssh client is killed': () => process.kill(harness.pid, 'SIGKILL'),
    'the ssh client is ended': () => process.kill(harness.pid, 'SIGTERM'),
  }
  const gateways = {
    'the built-in one': `${process.execPath} ${path.join(root, 'bin', 'run.js')} gateway`,
    'one like the Python one': `env FG_REFERENCE=1 ${process.execPath} ${scriptedGateway}`,
  }

  for (const [which, gateway] of Object.entries(gateways)) {
    for (const [way, cut] of Object.entries(ways)) {
      it(`${which} has its session again when ${way}, and nothing is left on either end`, async () => {
        await remote(gateway)
        await harness.live({kind: 'new', ...(which.startsWith('the') ? {model: 'offline/400@100'} : {})})
        const key = harness.view.session?.key
        await harness.submit('a long one', 'p1')
        await harness.until(() => harness.replied.length > 60)
        cut()
        await harness.recovered()
        expect(harness.view.session?.key).to.equal(key)
        expect(harness.deaths).to.have.length(1)
        expect(harness.deaths[0]?.cause).to.equal(way.endsWith('is killed') ? 'external-sigkill' : 'connection-lost')
        const {messages, interrupted} = harness.sessions.at(-1)?.opened ?? {}
        expect(messages?.find((message) => message.role === 'user')?.text).to.equal('a long one')
        if (which.startsWith('the')) expect(interrupted).to.include({prompt_id: 'p1', user: 'a long one'})
        await endsWithoutATrace()
      })
    }
  }
})
