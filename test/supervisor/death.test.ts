import {expect} from 'chai'
import {groupGone, Harness, type HarnessOptions} from './helpers/harness.js'

describe('supervisor: death', () => {
  let harness: Harness
  const create = async (options?: HarnessOptions) => {
    harness = await Harness.create(options)
    return harness
  }
  afterEach(() => harness.finish())

  it('B12: SIGKILL while idle brings back the same session under a new live id', async () => {
    await create()
    const before = await harness.live()
    const key = harness.view.session?.key
    await harness.submit('remember this')
    await harness.until(() => harness.told.includes('event message.complete'))
    process.kill(harness.pid, 'SIGKILL')
    const after = await harness.recovered()
    expect(after).not.to.equal(before)
    expect(harness.view.session?.key).to.equal(key)
    expect(harness.sessions[1]?.opened.messages[0]?.text).to.equal('remember this')
    expect(harness.deaths[0]).to.include({cause: 'external-sigkill', summary: 'killed by SIGKILL', expected: false})
    expect(harness.recoveries()).to.deep.equal(['attempt 1/3', 'resumed 1/3'])
    expect(harness.record('exit')[0]).to.include({signal: 'SIGKILL', code: null, sessionKey: key})
  })

  it('B13: SIGKILL while streaming delivers all that was written before it tells of the death', async () => {
    await create({script: {FG_SIGNAL: 'KILL@streaming', FG_ONCE: 'faults', FG_WORD: '7', FG_PACE: '0'}})
    await harness.live()
    await harness.submit('tell me')
    await harness.until(() => harness.deaths.length > 0)
    expect(harness.replied).to.equal('word0 word1 word2 word3 word4 word5 word6 word7 ')
    expect(harness.told.lastIndexOf('event message.delta')).to.be.below(harness.told.indexOf('death'))
    expect(harness.record('exit')[0]?.inFlight?.replyChars).to.equal(harness.replied.length)
    await harness.recovered()
  })

  it('tells a gateway that follows a crash, and not one that follows a signal from outside', async () => {
    await create({gateway: {envAfterCrash: {FG_STDERR: 'after a crash'}}})
    await harness.live()
    await harness.submit('remember this')
    for (const [signal, told] of [
      ['SIGKILL', 0],
      ['SIGSEGV', 1],
      ['SIGKILL', 1],
    ] as const) {
      const times = harness.deaths.length + 1
      process.kill(harness.pid, signal)
      await harness.recovered(times)
      expect(harness.stderr.filter((line) => line === 'after a crash')).to.have.length(told)
    }
  })

  it('B12: has spawned the next one before anything that hears of the death goes on', async () => {
    await create()
    await harness.live()
    const spawned = Promise.withResolvers<number>()
    harness.supervisor.on('death', () => queueMicrotask(() => spawned.resolve(harness.record('spawn').length)))
    process.kill(harness.pid, 'SIGKILL')
    expect(await spawned.promise).to.equal(2)
    await harness.until(() => harness.sessions.length === 2)
  })

  it('B13: shows no session from the death to the confirmed resume, and says that it recovers', async () => {
    await create({script: {FG_RESUME_DELAY: '50'}})
    await harness.live()
    await harness.submit('x')
    process.kill(harness.pid, 'SIGKILL')
    await harness.until(() => harness.deaths.length > 0)
    expect(harness.view).to.include({recovering: true, session: undefined})
    const refused = harness.supervisor.request('prompt.submit', {}).catch((error) => error.code)
    expect(await refused).to.equal('gateway-gone')
    await harness.recovered()
    expect(harness.view.recovering).to.equal(false)
    const during = harness.views.slice(
      harness.views.findIndex((each) => each.recovering),
      harness.views.findLastIndex((each) => each.recovering) + 1,
    )
    expect(during.every((each) => each.recovering && each.session === undefined)).to.equal(true)
  })

  it('B14: SIGTERM from outside is no order of ours', async () => {
    await create()
    await harness.live()
    process.kill(harness.pid, 'SIGTERM')
    await harness.until(() => harness.deaths.length > 0)
    expect(harness.deaths[0]).to.include({cause: 'external-SIGTERM', expected: false})
  })

  for (const signal of ['SEGV', 'ABRT', 'BUS', 'ILL', 'FPE']) {
    it(`B15: SIG${signal} is a native crash`, async () => {
      await create()
      await harness.live()
      await harness.submit('x')
      process.kill(harness.pid, `SIG${signal}`)
      await harness.recovered()
      expect(harness.deaths[0]).to.include({cause: `native-crash:SIG${signal}`, retriable: true})
    })
  }

  it('B16: an uncaught exception is named with its message', async () => {
    await create()
    await harness.live()
    await harness.submit('go #fault:exit=throw@streaming')
    await harness.recovered()
    expect(harness.deaths[0]).to.include({
      cause: 'uncaught:RangeError',
      summary: 'exited with code 1: RangeError: the script threw',
    })
  })

  it('B17: so is an unhandled rejection', async () => {
    await create()
    await harness.live()
    await harness.submit('go #fault:exit=reject@streaming')
    await harness.recovered()
    expect(harness.deaths[0]?.cause).to.equal('uncaught:TypeError')
  })

  it('B18: exit 0 that nobody asked for is a death', async () => {
    await create()
    await harness.live()
    await harness.submit('go #fault:exit=0@streaming')
    await harness.recovered()
    expect(harness.deaths[0]).to.include({cause: 'silent-exit-0', expected: false})
  })

  it('B19: exit 137 by code is neither SIGKILL nor the OOM killer', async () => {
    await create()
    await harness.live()
    await harness.submit('go #fault:exit=137@streaming')
    await harness.recovered()
    expect(harness.deaths[0]).to.include({cause: 'exit-code:137', summary: 'exited with code 137'})
  })

  it('B20: a quit is recorded before it is done, and is no death', async () => {
    await create()
    await harness.live()
    await harness.supervisor.close('quit')
    expect(harness.records.slice(2).map((each) => each.type)).to.deep.equal(['kill', 'exit'])
    expect(harness.record('kill')[0]).to.include({reason: 'quit', signal: null})
    expect(harness.record('exit')[0]).to.include({expected: true, cause: 'intentional:quit', code: 0})
    expect(harness.deaths).to.deep.equal([])
    expect(harness.pids).to.have.length(1)
  })

  it('B21: a restart resumes the session in a new process and costs nothing', async () => {
    await create({recovery: {limit: 0}})
    await harness.live()
    await harness.submit('x')
    const {pid} = harness
    harness.supervisor.restart('configuration')
    await harness.until(() => harness.sessions.length > 1)
    expect(harness.pid).not.to.equal(pid)
    expect(harness.sessions[1]?.how).to.equal('resumed')
    expect(harness.deaths).to.deep.equal([])
    expect(harness.record('replace')[0]).to.include({reason: 'configuration', pid})
    expect(harness.record('exit')[0]).to.include({expected: true, cause: 'intentional:replace'})
    expect(harness.record('recover')).to.deep.equal([])
  })

  it('B22: the new process is not spawned before the old one is gone, however late that is', async () => {
    await create({script: {FG_IGNORE_TERM: '1'}, gateway: {killGraceMs: 100}})
    await harness.live()
    await harness.submit('x')
    harness.supervisor.restart('configuration')
    await harness.until(() => harness.sessions.length > 1)
    expect(harness.record('kill').map((each) => each.signal)).to.deep.equal([null, 'SIGTERM', 'SIGKILL'])
    expect(harness.told.indexOf('record exit')).to.be.below(harness.told.lastIndexOf('record spawn'))
    expect(harness.record('exit')[0]?.generation).to.equal(1)
    expect(harness.view.generation).to.equal(2)
  })

  it('B23: a grandchild that holds stdout is reaped and delays nothing', async () => {
    await create({script: {FG_HOLD_STDOUT: '60000'}})
    await harness.live()
    await harness.submit('x')
    const {pid} = harness
    process.kill(pid, 'SIGKILL')
    await harness.recovered()
    await groupGone(pid)
  })

  it('B24: a second death, during the resume, carries the same session on', async () => {
    await create({script: {FG_SIGNAL: 'KILL@resume', FG_ONCE: 'faults'}, recovery: {backoffMs: [0, 10]}})
    await harness.live()
    const key = harness.view.session?.key
    await harness.submit('x')
    process.kill(harness.pid, 'SIGKILL')
    await harness.recovered()
    expect(harness.view.session?.key).to.equal(key)
    expect(harness.recoveries()).to.deep.equal(['attempt 1/3', 'failed 1/3', 'attempt 2/3', 'resumed 2/3'])
    expect(harness.sessions.map((each) => each.how)).to.deep.equal(['created', 'recovered'])
  })

  it('H62: a prompt that was stored but not acknowledged is one turn after it is sent again', async () => {
    await create()
    await harness.live()
    const lost = await harness.submit('once #fault:signal=KILL@committed', 'prompt-7').catch((error) => error.code)
    expect(lost).to.equal('gateway-gone')
    await harness.recovered()
    expect(await harness.submit('once', 'prompt-7')).to.include({duplicate: true})
    const [session] = Object.values(harness.stored()?.sessions ?? {})
    expect(session?.turns.map((turn) => turn.promptId)).to.deep.equal(['prompt-7'])
  })

  it('kills the process group synchronously when the program has no time left', async () => {
    await create({script: {FG_HOLD_STDOUT: '60000', FG_IGNORE_TERM: '1'}})
    await harness.live()
    const {pid} = harness
    harness.supervisor.killNow()
    expect(harness.records.at(-1)).to.include({type: 'kill', signal: 'SIGKILL', pid})
    await groupGone(pid)
  })

  it('H68: a death during the orderly end is no crash, and the session is there the next time', async () => {
    await create({script: {FG_SIGNAL: 'KILL@shutdown'}})
    await harness.live()
    await harness.submit('x')
    await harness.supervisor.close('quit')
    expect(harness.record('exit')[0]).to.include({cause: 'intentional:quit', signal: 'SIGKILL'})
    expect(harness.deaths).to.deep.equal([])
    expect(Object.values(harness.stored()?.sessions ?? {})).to.have.length(1)
  })
})
