import {expect} from 'chai'
import {isRunning} from '../../helpers/pty/processes.js'
import {Harness} from '../helpers/harness.js'

/** Answers every request, and closes its output when it is told to by SIGUSR2. */
const closing = `
  const fs = require('node:fs')
  const say = (frame) => fs.writeSync(1, JSON.stringify({jsonrpc: '2.0', ...frame}) + '\\n')
  process.on('SIGUSR2', () => fs.closeSync(1))
  process.stdin.on('data', (chunk) => {
    for (const line of String(chunk).split('\\n').filter(Boolean)) {
      const {id} = JSON.parse(line)
      say({id, result: {session_id: 'live-' + process.pid, session_key: 'K', info: {}, messages: []}})
    }
  })
  say({method: 'event', params: {type: 'gateway.ready', payload: {}}})
`

describe('supervisor: a gateway that closes its output', () => {
  let harness: Harness
  afterEach(() => harness.finish())

  it('is told of, ended and replaced, and the session comes back', async () => {
    harness = await Harness.create({gateway: {command: [process.execPath, '-e', closing]}})
    harness.supervisor.start({kind: 'stored', key: 'K'})
    await harness.phase('live')
    const {pid, generation} = harness.view
    process.kill(harness.pid, 'SIGUSR2')
    await harness.until(() => harness.view.generation > generation && harness.view.phase === 'live')
    const types = harness.records
      .map(({type}) => type)
      .slice(harness.records.findIndex((r) => r.type === 'transport-end'))
    expect(types.slice(0, 3)).to.deep.equal(['transport-end', 'kill', 'exit'])
    expect(harness.record('transport-end')[0]).to.include({pid, generation})
    expect(harness.record('kill')[0]).to.include({reason: 'protocol', signal: 'SIGTERM'})
  })

  it('is not told of when it dies as usual', async () => {
    harness = await Harness.create()
    await harness.live()
    await harness.submit('x')
    process.kill(harness.pid, 'SIGKILL')
    await harness.recovered()
    expect(harness.record('transport-end')).to.deep.equal([])
  })

  it('and a dead one is not replaced on request: its recovery follows', async () => {
    harness = await Harness.create({gateway: {command: [process.execPath, '-e', closing]}})
    harness.supervisor.start({kind: 'stored', key: 'K'})
    await harness.phase('live')
    const {generation} = harness.view
    const {pid} = harness
    process.kill(pid, 'SIGKILL')
    // In one go: this process must not have heard of the death yet.
    const deadline = performance.now() + 5000
    while (isRunning(pid) && performance.now() < deadline);
    harness.supervisor.restart('by hand')
    await harness.until(() => harness.view.generation > generation && harness.view.phase === 'live')
    expect(harness.record('replace')).to.deep.equal([])
    expect(harness.record('exit')[0]).to.include({cause: 'external-sigkill', expected: false})
  })
})
