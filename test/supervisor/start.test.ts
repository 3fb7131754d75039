import {chmod, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {Harness, type HarnessOptions, scriptedGateway} from './helpers/harness.js'

describe('supervisor: start', () => {
  let harness: Harness
  const create = async (options?: HarnessOptions) => {
    harness = await Harness.create(options)
    return harness
  }
  afterEach(() => harness.finish())

  it('opens a session and records how it came to it', async () => {
    const {supervisor, records, view} = await create()
    expect(view.phase).to.equal('idle')
    await harness.live({kind: 'new', title: 'Plans'})
    expect(records.map((each) => each.type)).to.deep.equal(['spawn', 'ready'])
    expect(harness.record('spawn')[0]).to.deep.include({generation: 1, pid: harness.pid, standby: false})
    expect(supervisor.view.capabilities.has('heartbeat')).to.equal(true)
    expect(harness.sessions[0]?.how).to.equal('created')
    expect(supervisor.view.session?.key).to.match(/^\d{8}_\d{6}_[0-9a-f]{6}$/)
  })

  it('A1: a command that is missing is named and not tried again', async () => {
    await create({gateway: {command: ['/no/such/gateway', '--flag']}})
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.deaths).to.have.length(1)
    expect(harness.deaths[0]).to.include({
      cause: 'spawn-failed:ENOENT',
      retriable: false,
      pid: undefined,
      summary: 'could not be started: command not found: /no/such/gateway',
    })
    expect(harness.records.map((each) => each.type)).to.deep.equal(['spawn-failed', 'recover'])
    expect(harness.recoveries()).to.deep.equal(['exhausted 0/3'])
  })

  it('A1: also one that is looked for on the path', async () => {
    await create({gateway: {command: ['no-such-gateway-anywhere']}})
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.deaths[0]).to.include({cause: 'spawn-failed:ENOENT', retriable: false})
  })

  it('A2: a file that is not executable', async () => {
    await create()
    const file = path.join(harness.dir, 'gateway')
    await writeFile(file, '#!/bin/sh\n')
    await chmod(file, 0o644)
    const refused = await Harness.create({gateway: {command: [file]}})
    refused.supervisor.start({kind: 'new'})
    await refused.phase('exhausted')
    expect(refused.deaths[0]).to.include({cause: 'spawn-failed:EACCES', retriable: false})
    expect(refused.deaths[0]?.remedy).to.include('chmod +x')
    await refused.finish()
  })

  it('A3: a directory that is gone is blamed, not the command', async () => {
    const gone = path.join((await create()).dir, 'gone')
    const elsewhere = await Harness.create({gateway: {cwd: gone}})
    elsewhere.supervisor.start({kind: 'new'})
    await elsewhere.phase('exhausted')
    expect(elsewhere.deaths[0]?.summary).to.equal(`could not be started: its working directory does not exist: ${gone}`)
    await elsewhere.finish()
  })

  it('A6: a bad flag of Node is a launch that no retry cures', async () => {
    await create({gateway: {command: [process.execPath, '--no-such-flag', scriptedGateway]}})
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.deaths[0]).to.include({cause: 'bad-launch', code: 9, retriable: false})
    expect(harness.pids).to.have.length(1)
  })

  it('A7: what dies before it is ready is tried until the budget is spent, for the same session', async () => {
    await create({script: {FG_EXIT: '1@boot'}, recovery: {backoffMs: [0, 10, 20]}})
    harness.supervisor.start({kind: 'stored', key: 'the-session'})
    await harness.phase('exhausted')
    expect(harness.pids).to.have.length(4)
    expect(harness.recoveries()).to.deep.equal([
      'attempt 1/3',
      'failed 1/3',
      'attempt 2/3',
      'failed 2/3',
      'attempt 3/3',
      'failed 3/3',
      'exhausted 3/3',
    ])
    expect(harness.view).to.include({phase: 'exhausted', recovering: false, attempt: 3, limit: 3})
    expect(harness.views.filter((each) => each.phase === 'starting').map((each) => each.recovering)).to.include(true)
  })

  it('A7: and comes back when the person tries again and the cause is cured', async () => {
    const {dir} = await create()
    const broken = await Harness.create({
      script: {FG_EXIT: '1@boot', FG_ONCE: path.join(dir, 'faults')},
      recovery: {limit: 0},
    })
    broken.supervisor.start({kind: 'new'})
    await broken.phase('exhausted')
    broken.supervisor.recover()
    await broken.phase('live')
    expect(broken.recoveries()).to.deep.equal(['exhausted 0/0', 'attempt 1/1', 'resumed 1/1'])
    await broken.finish()
  })

  it('A8: a configuration error is not retried', async () => {
    await create({script: {FG_EXIT: '78@boot', FG_STDERR: 'models.default: unknown model "x" (hermes.yaml:3)'}})
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.pids).to.have.length(1)
    expect(harness.deaths[0]).to.include({cause: 'config-error', retriable: false})
    expect(harness.deaths[0]?.summary).to.include('hermes.yaml:3')
  })

  it('A9: what never gets ready is ended and counts as a death', async () => {
    await create({
      script: {FG_HANG: 'sleep@boot', FG_STDERR: 'waiting for a lock'},
      gateway: {startupTimeoutMs: 300},
      recovery: {limit: 1},
    })
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.deaths.map((each) => each.cause)).to.deep.equal(['start-timeout', 'start-timeout'])
    expect(harness.deaths[0]?.stderrTail).to.deep.equal(['waiting for a lock'])
    expect(harness.records.map((each) => each.type).slice(0, 4)).to.deep.equal([
      'spawn',
      'startup-timeout',
      'kill',
      'exit',
    ])
  })

  it('A9: also when it ignores SIGTERM', async () => {
    await create({
      script: {FG_HANG: 'loop@boot', FG_IGNORE_TERM: '1'},
      gateway: {startupTimeoutMs: 300, killGraceMs: 100},
      recovery: {limit: 0},
    })
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.record('kill').map((each) => each.signal)).to.deep.equal(['SIGTERM', 'SIGKILL'])
  })

  it('A10: a slow start is waited for', async () => {
    await create({script: {FG_DELAY: '600'}})
    await harness.live()
    expect(harness.pids).to.have.length(1)
    expect(harness.record('ready')[0]?.startupMs).to.be.at.least(600)
    expect(harness.record('kill')).to.deep.equal([])
  })

  it('A11: a megabyte of noise before ready is reported, in bounds, and survived', async () => {
    await create({script: {FG_GARBAGE: '1000000'}})
    await harness.live()
    const noise = harness.record('protocol-error')
    expect(noise.length).to.be.within(1, 25)
    for (const {detail} of noise) expect(detail.length).to.be.below(400)
    expect(harness.deaths).to.deep.equal([])
  })

  it('takes a request line that comes before anything is ready for refused, and spawns nothing', async () => {
    await create()
    const refused = await harness.supervisor.request('session.list').then(
      () => undefined,
      (error) => error,
    )
    expect(refused).to.include({name: 'RequestError', code: 'gateway-gone', method: 'session.list'})
    expect(harness.records).to.deep.equal([])
  })

  it('closes before the process has come up', async () => {
    await create()
    harness.supervisor.start({kind: 'new'})
    await harness.supervisor.close('quit')
    expect(harness.view.phase).to.equal('closed')
  })

  it('survives that its directory is removed while it runs', async () => {
    await create()
    await harness.live()
    await rm(harness.dir, {recursive: true})
    await harness.supervisor.request('session.list')
  })
})
