import {expect} from 'chai'
import {errorCodes} from '../../src/protocol/frames.js'
import {ensureBuilt} from '../helpers/build.js'
import {bundledHarness} from './helpers/bundled.js'
import {Harness} from './helpers/harness.js'

describe('supervisor: the built-in gateway', () => {
  let harness: Harness
  before(ensureBuilt)
  beforeEach(async () => {
    harness = await bundledHarness()
  })
  afterEach(() => harness.finish())

  it('gets its session back after kill -9 in mid-reply, with what was shown', async () => {
    await harness.live({kind: 'new', model: 'offline/400@200'})
    const key = harness.view.session?.key
    await harness.submit('tell me a story', 'prompt-1')
    await harness.until(() => harness.replied.length > 100)
    process.kill(harness.pid, 'SIGKILL')
    await harness.recovered()
    expect(harness.view.session?.key).to.equal(key)
    const {interrupted, messages} = harness.sessions[1]?.opened ?? {}
    expect(messages?.[0]).to.include({role: 'user', text: 'tell me a story'})
    expect(interrupted).to.include({prompt_id: 'prompt-1', user: 'tell me a story', deaths: 1})
    // It was killed between the two: what is shown is stored before.
    expect(interrupted?.assistant.startsWith(harness.replied)).to.equal(true)
    expect(await harness.submit('tell me a story', 'prompt-1')).to.include({prompt_id: 'prompt-1'})
  })

  it('keeps key, title and model of a session that dies before its first prompt, as often as it does', async () => {
    await harness.live({kind: 'new', title: 'Not begun', model: 'offline/7'})
    const key = harness.view.session?.key
    for (const deaths of [1, 2]) {
      process.kill(harness.pid, 'SIGKILL')
      await harness.recovered(deaths)
      expect(harness.view.session?.key).to.equal(key)
      expect(harness.sessions.at(-1)?.opened.info).to.include({title: 'Not begun', model: 'offline/7'})
    }
    expect(harness.recoveries()).to.deep.equal(['attempt 1/3', 'resumed 1/3', 'attempt 2/3', 'resumed 2/3'])
    await harness.submit('the first prompt', 'p1')
    await harness.until(() => harness.told.includes('event message.complete'))
    process.kill(harness.pid, 'SIGKILL')
    await harness.recovered(3)
    expect(harness.view.session?.key).to.equal(key)
  })

  it('says that a session is open elsewhere, and takes it over or branches it when it is told to', async () => {
    await harness.live({kind: 'new'})
    await harness.submit('mine')
    await harness.until(() => harness.told.includes('event message.complete'))
    const key = harness.view.session?.key ?? ''
    const other = await Harness.create({gateway: {command: harness.command}, script: {HERMES_HOME: harness.dir}})
    other.supervisor.start({kind: 'stored', key})
    await other.until(() => other.view.problem)
    expect(other.view.problem?.code).to.equal(errorCodes.ownedElsewhere)
    expect(other.view.problem?.data).to.include({session_key: key, pid: harness.pid})

    other.supervisor.open({kind: 'branch', key, name: 'Mine too'})
    await other.until(() => other.sessions.length === 1)
    expect(other.view.session?.key).to.be.a('string').and.not.equal(key)
    expect(other.sessions[0]?.opened.messages[0]?.text).to.equal('mine')

    other.supervisor.open({kind: 'stored', key, takeOver: true})
    await other.until(() => other.sessions.length === 2)
    expect(other.view.session?.key).to.equal(key)
    await other.finish()
  })

  it('is found when it is stopped, and ends in order when it is asked to', async () => {
    await harness.live({kind: 'new'})
    await harness.submit('hello')
    process.kill(harness.pid, 'SIGSTOP')
    await harness.recovered()
    expect(harness.deaths[0]?.cause).to.equal('hang:stopped')
    await harness.supervisor.close('quit')
    expect(harness.record('exit').at(-1)).to.include({code: 0, signal: null, cause: 'intentional:quit'})
    expect(harness.record('kill').at(-1)).to.include({signal: null})
  })
})
