import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {Harness} from './helpers/harness.js'

const entry = fileURLToPath(new URL('../../src/gateway/main.ts', import.meta.url))
const tsx = import.meta.resolve('tsx')

describe('supervisor: the built-in gateway', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await Harness.create({
      gateway: {command: [process.execPath, '--import', tsx, entry]},
      script: {HERMES_MODEL: 'offline'},
    })
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
    expect(harness.replied.startsWith(interrupted?.assistant ?? '-')).to.equal(true)
    expect(await harness.submit('tell me a story', 'prompt-1')).to.include({prompt_id: 'prompt-1'})
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
