import {existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {someOf} from '../helpers/sample.js'
import {bundledGateway, bundledHarness, preload} from './helpers/bundled.js'
import {groupGone, type Harness} from './helpers/harness.js'

/** With a fixture that does `fault` at SIGUSR2. */
const at = (fault: string) => ({script: {NODE_OPTIONS: preload('on-sigusr2.mjs'), FAULT: fault}})

/** A loop takes all of a processor until it is found and killed: sooner than by the defaults. */
const soon = {heartbeatMs: 500, killGraceMs: 500}

describe('supervisor: faults of the built-in gateway', () => {
  let harness: Harness
  before(ensureBuilt)
  afterEach(() => harness.finish())

  /** A session in the middle of a reply; its key. */
  async function streaming(prompt = 'stream 2000 tokens at 200'): Promise<string | undefined> {
    await harness.live()
    await harness.submit(prompt, 'p')
    await harness.until(() => harness.replied.includes('word3'))
    return harness.view.session?.key
  }

  /** Waits for the recovery, and checks that session and reply are there as they were shown. */
  async function expectBack(key: string | undefined): Promise<void> {
    const killed = harness.pid
    await harness.recovered()
    await groupGone(killed)
    expect(harness.view.session?.key).to.equal(key)
    const {interrupted} = harness.sessions.at(-1)?.opened ?? {}
    expect(interrupted).to.include({prompt_id: 'p', deaths: 1})
    expect(interrupted?.assistant.startsWith(harness.replied)).to.equal(true)
    expect(harness.recoveries()).to.deep.equal(['attempt 1/3', 'resumed 1/3'])
  }

  it('A6: NODE_OPTIONS that Node refuses are no matter for a retry', async () => {
    harness = await bundledHarness({script: {NODE_OPTIONS: '--no-such-flag'}})
    harness.supervisor.start({kind: 'new'})
    await harness.phase('exhausted')
    expect(harness.deaths[0]).to.include({cause: 'bad-launch', code: 9, retriable: false})
    expect(harness.deaths[0]?.summary).to.include('--no-such-flag')
    expect(harness.deaths[0]?.remedy).to.include('NODE_OPTIONS')
    expect(harness.pids).to.have.length(1)
  })

  for (const signal of someOf(['SEGV', 'ABRT', 'BUS', 'ILL', 'FPE'], 2)) {
    it(`B15: SIG${signal} in mid-reply is a native crash`, async () => {
      harness = await bundledHarness()
      const key = await streaming()
      process.kill(harness.pid, `SIG${signal}`)
      await expectBack(key)
      expect(harness.deaths[0]).to.include({cause: `native-crash:SIG${signal}`, summary: `crashed with SIG${signal}`})
    })
  }

  for (const [row, fault, cause, message] of [
    ['B16: an uncaught exception', 'throw', 'uncaught:RangeError', 'RangeError: the tool table is torn'],
    ['B17: an unhandled rejection', 'reject', 'uncaught:TypeError', 'TypeError: nobody caught this'],
  ] as const) {
    it(`${row} in mid-reply is named with its message, and its stack is in the last output`, async () => {
      harness = await bundledHarness(at(fault))
      const key = await streaming()
      process.kill(harness.pid, 'SIGUSR2')
      await expectBack(key)
      expect(harness.deaths[0]).to.include({cause, code: 1, summary: `exited with code 1: ${message}`})
      expect(harness.deaths[0]?.stderrTail.join('\n')).to.include('on-sigusr2.mjs:')
    })
  }

  it('B23: a command of a tool that holds its output for ever goes with the gateway, and delays nothing', async () => {
    harness = await bundledHarness({script: {HERMES_MODEL: 'offline/tools'}})
    await harness.live()
    const {pid} = harness
    const began = path.join(harness.dir, 'began')
    await harness.submit(`run touch '${began}'; sleep 600`, 'p')
    await harness.until(() => harness.told.includes('event approval.request'))
    await harness.supervisor.request('approval.respond', {session_id: harness.liveId, choice: 'once'})
    await harness.eventually(() => existsSync(began))
    process.kill(pid, 'SIGKILL')
    await harness.recovered()
    const [tool] = harness.sessions[1]?.opened.interrupted?.tools ?? []
    expect(tool).to.include({name: 'terminal', status: 'unknown'})
  })

  it('C26: an endless loop is found, and the record holds the stack that it is in', async () => {
    harness = await bundledHarness({...at('spin'), gateway: soon})
    const key = await streaming()
    const {pid} = harness
    process.kill(pid, 'SIGUSR2')
    await expectBack(key)
    expect(harness.deaths[0]).to.include({cause: 'hang:unresponsive', signal: 'SIGKILL'})
    const [hang] = harness.record('hang')
    expect(hang?.stack).to.match(/^at parseHugeToolOutput \(file:.*:3:\d/)
    expect(harness.record('exit')[0]?.stderrTail.join('\n')).to.not.include('Debugger')
    // Its own handler has SIGTERM wait for the loop.
    expect(harness.record('kill').map((each) => each.signal)).to.deep.equal(['SIGTERM', 'SIGKILL'])
  }).timeout(60_000)

  it('C26: a script that has started the gateway is asked for no stack', async () => {
    const command = ['sh', '-c', 'trap "" USR2; "$@"; exit $?', 'sh', ...bundledGateway]
    harness = await bundledHarness({...at('spin'), gateway: {...soon, command}})
    const key = await streaming()
    process.kill(-harness.pid, 'SIGUSR2')
    await expectBack(key)
    expect(harness.deaths[0]).to.include({cause: 'hang:unresponsive'})
    expect(harness.record('hang')[0]).to.include({stack: undefined})
  }).timeout(60_000)
})
