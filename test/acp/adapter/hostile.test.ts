import {execFileSync} from 'node:child_process'
import {rmSync, statSync, symlinkSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {someOf} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {Hostile, type HostileOptions} from '../helpers/hostile.js'

describe('an agent that does it wrong', () => {
  let sandbox: Sandbox
  const agents: Hostile[] = []

  beforeEach(() => {
    sandbox = createSandbox()
  })

  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.end()))
    sandbox.remove()
  })

  function start(words: readonly string[] = [], options: HostileOptions = {}): Hostile {
    const agent = new Hostile(sandbox, words, options)
    agents.push(agent)
    return agent
  }

  /** A session in which something was said. */
  async function spoken(words?: readonly string[]): Promise<{key: string; id: unknown; agent: Hostile}> {
    const agent = start(words)
    const {session_id: id, stored_session_id: key} = await agent.request('session.create')
    await agent.ask(id, 'hello')
    return {key: String(key), id, agent}
  }

  it('leaves a reply interrupted that was stopped on request, and not as one that broke off', async () => {
    const {id, key, agent} = await spoken()
    await agent.request('prompt.submit', {session_id: id, text: 'hang'})
    await agent.stop()
    expect(agent.journals.read(key)?.turns.at(-1)).to.include({status: 'interrupted', deaths: 0})
  })

  it('loses no session whose first prompt could not be written', async () => {
    const agent = start()
    const {session_id: id, stored_session_id: key} = await agent.request('session.create')
    const file = path.join(String(sandbox.env.HERMES_HOME), 'agents', 'hostile', `${key}.jsonl`)
    symlinkSync('/nowhere/at/all', file)
    const problem = await agent.request('prompt.submit', {session_id: id, text: 'hello'}).catch((error) => error)
    expect(problem.message).to.contain('ENOENT')
    rmSync(file)
    await agent.ask(id, 'again')
    expect(agent.journals.read(String(key))?.turns.map(({text}) => text)).to.deep.equal(['again'])
  })

  it('goes on though nothing of its reply can be written', async function () {
    // The limit of a file's size stands for a full disk.
    if (process.platform !== 'linux') this.skip()
    const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`])
    const {id, key, agent} = await spoken()
    const ignored = () => {}
    process.on('SIGXFSZ', ignored)
    const file = path.join(String(sandbox.env.HERMES_HOME), 'agents', 'hostile', `${key}.jsonl`)
    const prompt = JSON.stringify({t: 'prompt', id: 'p2', text: 'flood 3', at: Date.now()})
    try {
      limit(String(statSync(file).size + prompt.length + 1))
      await agent.request('prompt.submit', {session_id: id, text: 'flood 3', prompt_id: 'p2'})
      await agent.until(() => agent.of('message.complete').length === 2)
    } finally {
      limit('unlimited')
      process.off('SIGXFSZ', ignored)
    }
    expect(agent.warnings).to.contain('the end of the reply could not be stored')
    expect(await agent.ask(id, 'again')).to.include({text: 'you said: again'})
  })

  const back = async (key: string, words: readonly string[], options: HostileOptions = {}) => {
    const agent = start(words, options)
    const opened = await agent.request('session.resume', {session_id: key})
    return {agent, opened, id: opened.session_id}
  }

  const said = ({messages}: Record<string, unknown>) => (messages as {text: string}[]).map(({text}) => text)

  const lost = [
    [['--can=load', '--load=hang'], 'it did not answer within 0.2 s'],
    [['--can=load', '--load=missing'], 'Method not found'],
    [['--can=resume', '--resume=missing'], 'Method not found'],
    [['--can=load', '--load=refuse'], 'No previous sessions found'],
    [['--can=none'], 'it cannot load a session'],
  ] as const
  for (const [words, why] of someOf(lost, 3)) {
    it(`begins a new session, and says that the context is lost: ${words.join(' ')}`, async () => {
      const {key, agent: first} = await spoken()
      await first.end()
      const {agent, opened, id} = await back(key, words)
      expect(said(opened)).to.deep.equal(['hello', 'you said: hello'])
      expect(agent.warnings).to.contain(`its context is lost: hostile does not know what was said before: ${why}`)
      expect(agent.warnings).to.contain('/transcript')
      expect(await agent.ask(id, 'again')).to.include({text: 'you said: again'})
    })
  }

  it('is asked for the session in the other way where it lied about the first', async () => {
    const {key, agent: first} = await spoken()
    await first.end()
    const {agent} = await back(key, ['--can=resume,load', '--resume=missing', '--load=ok'])
    expect(agent.asked('session/load')).to.have.length(1)
    expect(agent.warnings).to.equal('')
  })

  it('replays all twice, of which nothing is told or stored', async () => {
    const {key, agent: first} = await spoken()
    await first.end()
    const {agent, opened, id} = await back(key, ['--can=load', '--load=twice'])
    expect(said(opened)).to.deep.equal(['hello', 'you said: hello'])
    await agent.ask(id, 'again')
    expect(agent.text).to.equal('you said: again')
    const {messages} = await agent.request('session.history', {session_id: id})
    expect(messages).to.have.length(4)
  })

  it('goes on under another id, which is asked for the next time', async () => {
    const {key, agent: first} = await spoken()
    const [{sessionId}] = [{sessionId: first.journals.read(key)?.agentSession?.id}]
    await first.end()
    const second = await back(key, ['--can=load', '--load=moved'])
    await second.agent.ask(second.id, 'again')
    expect(second.agent.asked('session/prompt')[0]).to.include({sessionId: `${sessionId}-moved`})
    await second.agent.end()
    const third = await back(key, ['--can=load'])
    expect(third.agent.asked('session/load')[0]).to.include({sessionId: `${sessionId}-moved`})
  })

  it('is not asked a second time for a session where it would destroy it', async () => {
    const faults = [{kind: 'loads-once', text: 'destroys it', report: ''}] as const
    const {key, agent: first} = await spoken()
    const before = first.journals.read(key)?.lastActive
    await first.end()
    const second = await back(key, ['--can=load'], {faults})
    expect(second.agent.warnings).to.equal('')
    // That it was opened is no work in it.
    expect(second.agent.journals.read(key)?.lastActive).to.equal(before)
    await second.agent.end()
    const third = await back(key, ['--can=load'], {faults})
    expect(third.agent.asked('session/load')).to.deep.equal([])
    expect(third.agent.warnings).to.contain('context is lost').and.to.contain('it destroys it')
    await third.agent.end()
    expect((await back(key, ['--can=load'], {faults})).agent.warnings).to.equal('')
  })

  it('speaks under an id that nobody was told: its question is put, and its words are shown', async () => {
    const agent = start()
    const {session_id: id} = await agent.request('session.create')
    const answered = agent.ask(id, 'elsewhere')
    await agent.until(() => agent.of('approval.request').length === 1)
    await agent.request('approval.respond', {session_id: id, choice: 'once'})
    await answered
    expect(agent.text).to.equal('from elsewhere \n\nselected')
  })

  it('goes on after it was interrupted, and is ended', async () => {
    const {agent, id, key} = await spoken()
    await agent.request('prompt.submit', {session_id: id, text: 'hang'})
    await agent.request('session.interrupt', {session_id: id})
    await agent.link.ended
    expect(agent.warnings).to.contain('hostile goes on after it was interrupted')
    expect(agent.of('message.complete')).to.have.length(1)
    await agent.end()
    const {opened} = await back(key, ['--can=load'])
    expect(opened.interrupted).to.include({user: 'hang', deaths: 1})
  })

  it('writes what is no message, and updates of what was never told', async () => {
    const agent = start()
    const {session_id: id} = await agent.request('session.create')
    const {error} = console
    // The protocol's library says there what it can't read.
    console.error = () => {}
    const answer = await agent.ask(id, 'noise').finally(() => {
      console.error = error
    })
    expect(answer).to.include({status: 'complete', text: 'after the noise'})
  })

  it('dies whenever it is asked for a session, and is not asked a third time', async () => {
    const {key, agent: first} = await spoken()
    await first.end()
    for (let death = 0; death < 2; death++) {
      const agent = start(['--can=load', '--load=die'])
      const failed = await agent.request('session.resume', {session_id: key}).catch((error) => error)
      expect(failed.message).to.equal('hostile ended')
      await agent.link.ended
    }
    const {agent} = await back(key, ['--can=load', '--load=die'])
    expect(agent.warnings).to.contain('context is lost').and.to.contain('it died each time')
    expect(agent.asked('session/load')).to.deep.equal([])
  })

  it('dies while its session is not asked for yet, which does not count', async () => {
    const faults = [{kind: 'young-session', text: 'destroys it', report: ''}] as const
    const {key, agent: first} = await spoken()
    await first.end()
    for (let death = 0; death < 2; death++) {
      const agent = start(['--can=load'], {faults})
      const opening = agent.request('session.resume', {session_id: key}).catch((error) => error)
      await agent.until(() => agent.warnings.includes('waiting'))
      agent.link.kill()
      expect((await opening).message).to.equal('hostile ended')
      await agent.end()
    }
    const {agent} = await back(key, ['--can=load'])
    expect(agent.asked('session/load')).to.have.length(1)
    expect(agent.warnings).to.equal('')
  })

  it('says more than is taken, and waits at its pipe', async () => {
    const told: number[] = []
    const agent = start([], {
      keep: false,
      room: async () => {
        told.push(agent.count)
        await new Promise((resolve) => setImmediate(resolve))
      },
    })
    const {session_id: id} = await agent.request('session.create')
    await agent.ask(id, 'flood 10000')
    expect(agent.count).to.be.at.least(10_000)
    // What a pipe holds, and not all that it says.
    const most = Math.max(...told.map((count, index) => count - (told[index - 1] ?? 0)))
    expect(most).to.be.below(2000)
  })

  it('tells of a call at each line, of which people are told now and then', async () => {
    const agent = start([], {keep: false})
    const {session_id: id} = await agent.request('session.create')
    await agent.ask(id, 'growing 2000')
    expect(agent.told).to.be.below(200_000)
  })

  for (const stage of ['initialize', 'new']) {
    it(`dies when it is asked ${stage}: whoever asks for a session is told`, async () => {
      const agent = start([`--die=${stage}`])
      const failed = await agent.request('session.create').catch((error) => error)
      expect(failed.message).to.equal('hostile ended')
      expect(agent.journals.list()).to.deep.equal([])
    })
  }

  const call = {name: 'terminal', context: 'make'}
  const stages = [
    ['before', '', []],
    ['thought', '', []],
    ['text', 'shown', []],
    ['tool', 'shown', [{...call, status: 'unknown'}]],
    ['permission', 'shown', [{...call, status: 'unknown'}]],
    ['write', 'shown', [{...call, status: 'unknown'}]],
    ['call-over', 'shown', [{...call, status: 'complete'}]],
    ['end', 'shown\n\n all of it', [{...call, status: 'complete'}]],
  ] as const
  for (const [stage, kept, tools] of someOf(stages, 4)) {
    it(`dies in a reply, and all that was shown is kept: ${stage}`, async () => {
      const first = start()
      const {session_id: id, stored_session_id: key} = await first.request('session.create')
      await first.request('prompt.submit', {session_id: id, text: `die ${stage}`, prompt_id: 'cut'})
      if (stage === 'permission' || stage === 'write') {
        await first.until(() => first.of('approval.request').length === 1)
        first.link.kill()
      }
      await first.link.ended
      await first.end()
      expect(first.of('message.complete')).to.deep.equal([])
      expect(first.text).to.equal(kept)

      const {agent, opened, id: next} = await back(String(key), ['--can=load'])
      const {interrupted} = opened as {interrupted: {assistant: string; tools: Record<string, unknown>[]}}
      expect(interrupted).to.include({prompt_id: 'cut', deaths: 1, assistant: kept})
      expect(interrupted.tools.map(({name, context, status}) => ({name, context, status}))).to.deep.equal(tools)
      await agent.request('prompt.continue', {session_id: next, prompt_id: 'cut'})
      await agent.until(() => agent.of('message.complete').length === 1)
      const [told] = agent.asked('session/prompt') as {prompt: {text: string}[]}[]
      expect(told?.prompt[0]?.text).to.contain(`> die ${stage}`)
      if (kept) expect(told?.prompt[0]?.text).to.contain('> shown')
      expect(agent.of('message.complete')[0]).to.include({status: 'complete'})
    })
  }
})
