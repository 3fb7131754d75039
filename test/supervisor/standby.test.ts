import {spawn} from 'node:child_process'
import {existsSync, readdirSync} from 'node:fs'
import {expect} from 'chai'
import {childrenOf} from '../helpers/pty/processes.js'
import {runs} from '../helpers/sample.js'
import {groupGone, Harness, type HarnessOptions, scriptedGateway} from './helpers/harness.js'

/** Open descriptors of this process, where the system tells. */
const descriptors = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0)

describe('supervisor: standby and budget', () => {
  let harness: Harness
  const create = async (options?: HarnessOptions) => {
    harness = await Harness.create(options)
    return harness
  }
  afterEach(() => harness.finish())

  const standbyReady = (generation: number) =>
    harness.until(() => harness.record('ready').find((each) => each.generation === generation))

  it('a standby is spawned beside a live session, and a death promotes it', async () => {
    await create({gateway: {standby: true}})
    await harness.live()
    await harness.submit('x')
    const {pid} = await standbyReady(2)
    expect(harness.record('spawn').map((each) => each.standby)).to.deep.equal([false, true])
    process.kill(harness.pid, 'SIGKILL')
    await harness.recovered()
    expect(harness.pid).to.equal(pid)
    await standbyReady(3)
  })

  it('its own death is not told to the person, costs nothing and is made good', async () => {
    await create({gateway: {standby: true}, recovery: {limit: 0}})
    await harness.live()
    const {pid} = await standbyReady(2)
    process.kill(pid ?? 0, 'SIGKILL')
    await standbyReady(3)
    expect(harness.deaths).to.deep.equal([])
    expect(harness.view).to.include({phase: 'live', recovering: false})
    expect(harness.record('exit')[0]).to.include({generation: 2, cause: 'external-sigkill'})
  })

  it('K82: one that was started before the configuration changed never takes over', async () => {
    await create({gateway: {standby: true}})
    await harness.live()
    await harness.submit('x')
    const old = await standbyReady(2)
    const {gateway, recovery} = harness.policies
    const env = {...gateway.env, FG_VERSION: 'changed'}
    harness.supervisor.configure({recovery, gateway: {...gateway, standby: true, env}})
    const next = await standbyReady(3)
    process.kill(harness.pid, 'SIGKILL')
    await harness.recovered()
    expect(harness.pid).to.equal(next.pid).and.not.equal(old.pid)
    expect(harness.record('exit')[0]).to.include({generation: 2, expected: true, cause: 'intentional:replace'})
  })

  it('is never spawned for a gateway that does not advertise it', async () => {
    await create({gateway: {standby: true}, script: {FG_REFERENCE: '1'}})
    await harness.live()
    await harness.supervisor.request('session.list')
    expect(harness.pids).to.have.length(1)
  })

  it('G54: a gateway that always dies is respawned exactly as often as the budget says', async () => {
    await create({script: {FG_EXIT: '1@ready'}, recovery: {limit: 3, backoffMs: [0, 10, 10]}})
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.pids).to.have.length(4)
  })

  it('G57: a stable life starts the back-off over', async () => {
    await create({recovery: {stableMs: 0, backoffMs: [0, 60_000]}})
    await harness.live()
    await harness.submit('x')
    for (const times of [1, 2, 3]) {
      process.kill(harness.pid, 'SIGKILL')
      await harness.recovered(times)
    }
    expect(harness.recoveries().at(-1)).to.equal('resumed 3/3')
  })

  it('G59: the next death counts by the budget as it was changed', async () => {
    await create({recovery: {limit: 0}})
    await harness.live()
    await harness.submit('x')
    const {gateway, recovery} = harness.policies
    harness.supervisor.configure({gateway, recovery: {...recovery, limit: 1}})
    expect(harness.view).to.include({phase: 'live', limit: 1})
    process.kill(harness.pid, 'SIGKILL')
    await harness.recovered()
    harness.supervisor.configure({gateway, recovery: {...recovery, limit: 0}})
    process.kill(harness.pid, 'SIGKILL')
    await harness.phase('exhausted')
    expect(harness.pids).to.have.length(2)
  })

  it('G58: a request never brings a gateway back by the back door', async () => {
    await create({recovery: {limit: 0}})
    await harness.live()
    await harness.submit('x')
    process.kill(harness.pid, 'SIGKILL')
    await harness.phase('exhausted')
    expect(await harness.supervisor.request('prompt.submit', {}).catch((error) => error.code)).to.equal('gateway-gone')
    expect(harness.pids).to.have.length(1)
    harness.supervisor.recover()
    await harness.recovered()
    expect(harness.pids).to.have.length(2)
    process.kill(harness.pid, 'SIGKILL')
    await harness.until(() => harness.deaths.length === 2)
    expect(harness.view.phase, 'limit 0 allows no respawn of its own').to.equal('exhausted')
  })

  it('survives many kills in a row without losing the session or a descriptor', async () => {
    await create({recovery: {limit: 1000, longLimit: 1000, backoffMs: [0]}})
    await harness.live()
    const key = harness.view.session?.key
    await harness.submit('x')
    // The guard against orphans has a pipe too; it is started once.
    await harness.eventually(() => childrenOf(process.pid).some(({command}) => command.includes('while read')))
    const before = descriptors()
    for (let times = 1; times <= runs(50, 20); times++) {
      process.kill(harness.pid, 'SIGKILL')
      await harness.recovered(times)
    }
    expect(harness.view.session?.key).to.equal(key)
    // What the last death left to close is closed with the next turn of the loop.
    await harness.eventually(() => descriptors() === before)
  }).timeout(60_000)

  const onLinux = process.platform === 'linux' ? it : () => undefined
  onLinux('a wedged gateway dies with the program that started it', async () => {
    await create()
    const program = `
      const {createSupervisor} = await import(${JSON.stringify(new URL('../../src/supervisor/supervisor.ts', import.meta.url).href)})
      const {policy} = await import(${JSON.stringify(new URL('./helpers/policies.ts', import.meta.url).href)})
      const command = [process.execPath, ${JSON.stringify(scriptedGateway)}]
      const {gateway, recovery} = policy({command, cwd: ${JSON.stringify(harness.dir)}, env: {FG_IGNORE_TERM: '1', PATH: process.env.PATH}})
      const supervisor = createSupervisor({gateway, recovery, cols: () => 80, record: () => {}})
      supervisor.on('session', () => console.log(supervisor.view.pid))
      supervisor.start({kind: 'new'})`
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [chunk] = await new Promise<Buffer[]>((resolve) => parent.stdout.once('data', (...args) => resolve(args)))
    const pid = Number(String(chunk))
    process.kill(pid, 'SIGSTOP')
    parent.kill('SIGKILL')
    await groupGone(pid)
  })
})
