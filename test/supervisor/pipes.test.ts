import {expect} from 'chai'
import {MAX_FRAME_BYTES} from '../../src/protocol/frames.js'
import {Harness, type HarnessOptions} from './helpers/harness.js'

describe('supervisor: pipes', () => {
  let harness: Harness
  const create = async (options?: HarnessOptions) => {
    harness = await Harness.create(options)
    return harness
  }
  afterEach(() => harness.finish())

  it('E43: writing to a dying gateway throws nothing, a thousand times', async () => {
    await create()
    await harness.live()
    await harness.submit('x')
    process.kill(harness.pid, 'SIGKILL')
    const text = 'y'.repeat(70_000)
    const codes = await Promise.all(
      Array.from({length: 1000}, () =>
        harness.supervisor.request('session.title', {session_id: 'x', text}).catch((error) => error.code),
      ),
    )
    expect(new Set(codes)).to.deep.equal(new Set(['gateway-gone']))
    await harness.recovered()
  })

  it('E44: half a line before the death is reported and not read', async () => {
    await create({script: {FG_TORN: '1'}})
    await harness.live()
    await harness.submit('x #fault:signal=KILL@streaming')
    await harness.recovered()
    expect(harness.record('protocol-error').map((each) => each.detail)).to.deep.equal([
      'torn line at its end, 63 bytes: {"jsonrpc":"2.0","method":"event","params":{"type":"message.del',
    ])
  })

  it('E45: a line of 64 MiB is cut, reported and survived', async () => {
    await create({script: {FG_BIG_LINE: String(64 * 1024 * 1024)}})
    await harness.live()
    await harness.until(() => harness.record('protocol-error').length > 0)
    expect(harness.record('protocol-error')[0]?.detail).to.match(/^line of 67108864 bytes, too long: x{200}/)
    expect(64 * 1024 * 1024).to.be.above(MAX_FRAME_BYTES)
    expect(await harness.submit('still there?')).to.include({status: 'streaming'})
  })

  it('E45: an answer that is too long fails its request at once', async () => {
    const huge = `
      console.log(JSON.stringify({method: 'event', params: {type: 'gateway.ready', payload: {}}}))
      process.stdin.on('data', chunk => {
        const {id} = JSON.parse(chunk)
        process.stdout.write(JSON.stringify({jsonrpc: '2.0', id, result: {session_id: 'x', text: 'x'.repeat(${MAX_FRAME_BYTES})}}) + '\\n')
      })`
    await create({gateway: {command: [process.execPath, '-e', huge]}})
    harness.supervisor.start({kind: 'stored', key: 'K'})
    await harness.phase('live')
    expect(harness.view.problem?.message).to.match(/^the answer is too long: \d+ bytes$/)
  })

  it('E46: a flood of stderr keeps the last 200 lines and the session', async () => {
    await create({script: {FG_STDERR_FLOOD: String(20 * 1024 * 1024)}})
    await harness.live()
    await harness.submit('x')
    process.kill(harness.pid, 'SIGKILL')
    await harness.until(() => harness.deaths.length > 0)
    expect(harness.deaths[0]?.stderrTail).to.have.length(200)
    await harness.recovered()
  })

  it('stderr cannot drive the terminal', async () => {
    await create({script: {FG_STDERR: 'a\u001b[2Jb\u001b]0;title\u0007c\u202ed\rE'}})
    await harness.live()
    expect(harness.stderr).to.deep.equal(['abcdE'])
  })

  it('E47: what a deaf gateway does not read is bounded', async () => {
    await create({script: {FG_REFERENCE: '1', FG_DEAF: 'accepted'}, gateway: {requestTimeoutMs: 300}})
    await harness.live()
    await harness.submit('x').catch(() => {})
    const text = 'y'.repeat(8 * 1024 * 1024)
    const codes = await Promise.all(
      Array.from({length: 20}, () =>
        harness.supervisor.request('session.title', {session_id: 'x', text}).catch((error) => error.code),
      ),
    )
    expect(codes).to.include('timeout').and.to.include('gateway-gone')
    expect(codes.filter((code) => code === 'timeout').length).to.be.below(12)
  })

  it('E48: repeated and unknown answers are recorded and change nothing', async () => {
    await create({script: {FG_ECHO_TWICE: '1'}})
    await harness.live()
    await harness.until(() => harness.record('protocol-error').length > 1)
    expect(harness.record('protocol-error')[0]?.detail).to.equal('response to an unknown request: "r1"')
    expect(harness.record('protocol-error')[1]?.detail).to.equal('response to an unknown request: "nobody-asked"')
    expect(await harness.submit('x')).to.include({status: 'streaming'})
  })

  it('a request that is not answered in time fails; its late answer is no surprise', async () => {
    await create({gateway: {requestTimeoutMs: 100}, script: {FG_RESUME_DELAY: '200'}})
    await harness.live()
    await harness.submit('x')
    const {session} = harness.view
    const code = await harness.supervisor
      .request('session.resume', {session_id: session?.key})
      .catch((error) => error.code)
    expect(code).to.equal('timeout')
    const seen = harness.events.length
    await harness.until(() => harness.events.slice(seen).some((each) => each.type === 'session.info'))
    await harness.supervisor.request('session.list')
    expect(harness.record('protocol-error')).to.deep.equal([])
  })

  it('sends well-formed text only', async () => {
    await create()
    await harness.live()
    await harness.submit('lone \ud800 surrogate, and \\ud800 as it is typed, and 😀')
    const [session] = Object.values(harness.stored()?.sessions ?? {})
    expect(session?.turns[0]?.text).to.equal('lone \ufffd surrogate, and \\ud800 as it is typed, and 😀')
  })
})
