import {expect} from 'chai'
import {Harness, type HarnessOptions} from './helpers/harness.js'

/** Fast beats, so that many of them fit into a test. */
const fast = {heartbeatMs: 100, heartbeatMisses: 3}
const logged = {FG_LOG: 'requests'}

describe('supervisor: hang', () => {
  let harness: Harness
  const create = async (options?: HarnessOptions) => {
    harness = await Harness.create(options)
    return harness
  }
  afterEach(() => harness.finish())

  const pings = () => harness.requests().filter((method) => method === 'gateway.ping').length
  /** Three times what a verdict takes. */
  const manyBeats = () => {
    const from = pings()
    return harness.eventually(() => pings() - from >= 10)
  }

  it('C25: a stopped gateway is found with the default heartbeat, killed and replaced', async () => {
    await create()
    await harness.live()
    await harness.submit('x')
    await harness.until(() => harness.told.includes('event message.complete'))
    process.kill(harness.pid, 'SIGSTOP')
    await harness.recovered()
    expect(harness.deaths[0]).to.include({cause: 'hang:stopped', signal: 'SIGKILL'})
    expect(harness.record('hang')[0]?.silentMs).to.be.at.least(2900)
    expect(harness.record('kill').map((each) => [each.reason, each.signal])).to.deep.equal([['hang', 'SIGKILL']])
    expect(harness.told.indexOf('record hang')).to.be.below(harness.told.indexOf('record kill'))
  })

  it('C26: an endless loop is found; SIGTERM does not reach it, SIGKILL does', async () => {
    await create({gateway: fast, script: {FG_IGNORE_TERM: '1'}})
    await harness.live()
    await harness.submit('x #fault:hang=loop@streaming')
    await harness.recovered()
    expect(harness.deaths[0]).to.include({cause: 'hang:unresponsive', summary: 'stopped answering'})
    expect(harness.record('kill').map((each) => each.signal)).to.deep.equal(['SIGTERM', 'SIGKILL'])
    expect(harness.replied).to.match(/word3 $/)
  })

  it('C27: a slow tool in a healthy process is left alone', async () => {
    await create({gateway: fast})
    await harness.live()
    await harness.submit('#tool=1500')
    await harness.until(() => harness.told.includes('event message.complete'))
    expect(harness.records.map((each) => each.type)).to.deep.equal(['spawn', 'ready'])
  })

  it('C27: so is a gateway that is silent in a turn which never goes on', async () => {
    await create({gateway: fast, script: logged})
    await harness.live()
    await harness.submit('x #fault:hang=sleep@streaming')
    await manyBeats()
    expect(harness.record('hang')).to.deep.equal([])
    expect(harness.view.phase).to.equal('live')
  })

  it('C29: neither is one that was stopped together with the supervisor', async () => {
    await create({gateway: fast, script: logged})
    await harness.live()
    const {pid} = harness
    process.kill(pid, 'SIGSTOP')
    // This process does not run either, as when a laptop sleeps.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1200)
    process.kill(pid, 'SIGCONT')
    await manyBeats()
    expect(harness.record('hang')).to.deep.equal([])
    expect(harness.pid).to.equal(pid)
  })

  it('does not beat where the gateway does not advertise it', async () => {
    await create({gateway: fast, script: {FG_REFERENCE: '1', ...logged}})
    await harness.live()
    await harness.submit('#tool=500')
    await harness.until(() => harness.told.includes('event message.complete'))
    expect(harness.requests()).to.not.include('gateway.ping')
  })

  it('finds a gateway that no longer reads its stdin', async () => {
    await create({gateway: fast, script: {FG_DEAF: 'ready', FG_MUTE_PING: '1'}, recovery: {limit: 0}})
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.deaths[0]?.cause).to.equal('hang:unresponsive')
  })

  it('C30: a gateway that ignores everything is ended within the grace', async () => {
    await create({script: {FG_IGNORE_TERM: '1'}, gateway: {killGraceMs: 200}})
    await harness.live()
    await harness.supervisor.close('quit')
    expect(harness.record('kill').map((each) => each.signal)).to.deep.equal([null, 'SIGTERM', 'SIGKILL'])
    expect(harness.record('exit')[0]).to.include({cause: 'intentional:quit', expected: true})
  })

  it('ends a stopped gateway when the program quits', async () => {
    await create({gateway: {killGraceMs: 200}})
    await harness.live()
    process.kill(harness.pid, 'SIGSTOP')
    await harness.supervisor.close('quit')
    expect(harness.record('exit')[0]?.cause).to.equal('intentional:quit')
  })
})
