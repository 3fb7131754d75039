import {expect} from 'chai'
import {Harness, type HarnessOptions} from './helpers/harness.js'

describe('supervisor: session', () => {
  let harness: Harness
  const create = async (options?: HarnessOptions) => {
    harness = await Harness.create(options)
    return harness
  }
  afterEach(() => harness.finish())

  const completed = (times = 1) =>
    harness.until(() => harness.events.filter((each) => each.type === 'message.complete').length >= times)

  describe('with a gateway like the Python one', () => {
    const reference = {script: {FG_REFERENCE: '1'}}

    it('resumes by the stored key after a death in mid-reply', async () => {
      await create({script: {FG_REFERENCE: '1', FG_WORDS: '200'}})
      await harness.live()
      const key = harness.view.session?.key
      await harness.submit('long one')
      await harness.until(() => harness.replied.includes('word5'))
      process.kill(harness.pid, 'SIGKILL')
      await harness.recovered()
      expect(harness.view.session?.key).to.equal(key)
      expect(harness.sessions[1]?.opened.messages).to.deep.equal([{role: 'user', text: 'long one'}])
    })

    it('follows the key that compression rotates', async () => {
      await create(reference)
      await harness.live()
      const key = harness.view.session?.key
      await harness.submit('make it #compress')
      await completed()
      await harness.until(() => harness.view.session?.key !== key)
      const rotated = harness.view.session?.key
      process.kill(harness.pid, 'SIGKILL')
      await harness.recovered()
      expect(harness.view.session?.key).to.equal(rotated)
    })

    it('creates a new session when nothing was said in the lost one', async () => {
      await create(reference)
      await harness.live({kind: 'new', title: 'Empty'})
      process.kill(harness.pid, 'SIGKILL')
      await harness.until(() => harness.sessions.length > 1)
      expect(harness.sessions.map((each) => each.how)).to.deep.equal(['created', 'created'])
      expect(harness.recoveries()).to.deep.equal(['attempt 1/3', 'renewed 1/3'])
      const [first, second] = harness.sessions.map((each) => each.opened.stored_session_id)
      expect(harness.record('recover').at(-1)).to.include({sessionKey: second})
      expect(harness.record('recover').at(-1)?.reason).to.include(first)
      expect(harness.record('protocol-error')).to.deep.equal([])
    })

    it('never makes another session of one in which something was said', async () => {
      await create({script: {FG_REFERENCE: '1', FG_STATE: ''}})
      await harness.live()
      const key = harness.view.session?.key
      await harness.submit('x')
      process.kill(harness.pid, 'SIGKILL')
      const problem = await harness.until(() => harness.view.problem)
      expect(problem).to.deep.equal({code: 4007, message: 'session not found'})
      expect(harness.sessions).to.have.length(1)
      expect(harness.view).to.include({phase: 'live', session: undefined, recovering: false})
      expect(harness.record('recover').at(-1)).to.include({outcome: 'failed', sessionKey: key})
    })

    it('is not confused by a start before the answer, a second start, and a null text', async () => {
      await create({script: {FG_REFERENCE: '1', FG_WORDS: '500'}})
      await harness.live()
      const answer = await harness.submit('x')
      expect(answer).to.deep.equal({status: 'streaming'})
      await harness.until(() => harness.replied.includes('word3'))
      await harness.supervisor.request('session.interrupt', {session_id: harness.liveId})
      await completed()
      const types = harness.events.map((each) => each.type)
      expect(types.filter((each) => each === 'message.start')).to.have.length(2)
      const end = harness.events.find((each) => each.type === 'message.complete')
      expect(end?.payload).to.include({text: null, status: 'interrupted'})
    })

    it('reads SIGTERM from what it says, since it exits with 0', async () => {
      await create({script: {FG_REFERENCE: '1', FG_STDERR: '[gateway-signal] SIGTERM'}})
      await harness.live()
      process.kill(harness.pid, 'SIGTERM')
      await harness.until(() => harness.deaths.length > 0)
      expect(harness.deaths[0]).to.include({cause: 'external-SIGTERM', code: 0})
    })
  })

  it('delivers the events of a session that come before the answer that opens it, after that answer', async () => {
    await create()
    await harness.live()
    await harness.submit('x')
    await completed()
    process.kill(harness.pid, 'SIGKILL')
    const liveId = await harness.recovered()
    const info = harness.events.findIndex((each) => each.type === 'session.info' && each.sessionId === liveId)
    expect(info).to.be.above(-1)
    const opened = harness.told.indexOf('session recovered')
    expect(harness.told.slice(opened)).to.include('event session.info')
  })

  it('drops events of a session that was left', async () => {
    await create({script: {FG_WORDS: '100'}})
    const first = await harness.live()
    await harness.submit('long')
    await harness.until(() => harness.replied.includes('word3'))
    harness.supervisor.open({kind: 'new'})
    await harness.until(() => harness.sessions.length > 1)
    const seen = harness.events.length
    const second = harness.liveId
    await harness.submit('in the second', 'p2')
    await completed()
    expect(harness.events.slice(seen).every((each) => each.sessionId !== first)).to.equal(true)
    expect(harness.events.at(-1)?.sessionId).to.equal(second)
  })

  it('stays in its session, and misses nothing of it, when another one is unknown', async () => {
    await create({script: {FG_WORDS: '60'}})
    const liveId = await harness.live()
    await harness.submit('long')
    harness.supervisor.open({kind: 'stored', key: 'nobody-has-this'})
    const problem = await harness.until(() => harness.view.problem)
    expect(problem.code).to.equal(4007)
    expect(harness.liveId).to.equal(liveId)
    await completed()
    expect(harness.replied.trim().split(' ')).to.have.length(60)
  })

  it('opens the latest session, and a new one where there is none', async () => {
    await create()
    await harness.live({kind: 'latest'})
    expect(harness.sessions[0]?.how).to.equal('created')
    await harness.submit('first')
    await completed()
    harness.supervisor.open({kind: 'latest'})
    await harness.until(() => harness.sessions.length > 1)
    expect(harness.sessions[1]).to.deep.include({how: 'resumed'})
    expect(harness.sessions[1]?.opened.messages[0]?.text).to.equal('first')
  })

  it('says that a named session is unknown, with the code of the wire', async () => {
    await create()
    harness.supervisor.start({kind: 'stored', key: 'nobody-has-this'})
    await harness.phase('live')
    expect(harness.view.problem).to.deep.equal({code: 4007, message: 'session not found'})
    expect(harness.sessions).to.deep.equal([])
    harness.supervisor.open({kind: 'new'})
    await harness.until(() => harness.sessions.length > 0)
    expect(harness.view.problem).to.equal(undefined)
  })

  it('tells what the journal of a gateway kept of an interrupted turn', async () => {
    await create({script: {FG_JOURNAL: '1', FG_WORDS: '20'}})
    await harness.live()
    await harness.submit('go #fault:signal=KILL@streaming')
    await harness.recovered()
    const interrupted = harness.sessions[1]?.opened.interrupted
    expect(interrupted?.assistant).to.equal(harness.replied)
    await harness.supervisor.request('prompt.continue', {session_id: harness.liveId})
    await completed()
    expect(harness.replied.trim().split(' ')).to.have.length(20)
  })
})
