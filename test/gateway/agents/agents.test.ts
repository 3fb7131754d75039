import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {Gate} from '../../helpers/agent-model.js'
import {someOf} from '../../helpers/sample.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {questionsIn} from '../tool-conversation.js'
import {AgentTalk, newsIn} from './agent-talk.js'

const three = [{goal: 'look at A'}, {goal: 'look at B'}, {goal: 'look at C'}]

describe('sub-agents', () => {
  const scratch = new Scratch()
  let talk: AgentTalk
  afterEach(() => talk?.server.close())

  const ended = (gateway: GatewayProcess) => gateway.event('message.complete')

  it('work side by side with a context of their own, and are part of the session that delegated', async () => {
    const gates = three.map(({goal}) => new Gate(`${goal}: ready`))
    await writeFile(path.join(scratch.project, 'a.txt'), 'one\n')
    talk = await AgentTalk.start(scratch, three, {
      'look at A': [{read_file: {path: 'a.txt'}}, gates[0] ?? 'never'],
      'look at B': [gates[1] ?? 'never'],
      'look at C': [gates[2] ?? 'never'],
    })
    const gateway = await talk.begin()
    await Promise.all(gates.map(({asked}) => asked))
    const {subagents} = await gateway.call<{subagents: Record<string, unknown>[]}>('subagent.list', {
      session_id: talk.sid,
    })
    expect(subagents.map(({status, goal}) => `${goal} ${status}`)).to.deep.equal(
      three.map(({goal}) => `${goal} running`),
    )
    for (const held of gates) held.open()
    const {usage} = await ended(gateway)
    expect(talk.told().map(({task, state, text}) => [task, state, text])).to.deep.equal(
      three.map(({goal}) => [goal, 'complete', `${goal}: ready`]),
    )
    expect(newsIn(gateway, 'subagent.start')).to.have.length(3)
    expect(newsIn(gateway, 'subagent.tool')[0]).to.include({tool_name: 'read_file', tool_preview: 'a.txt'})
    const completed = newsIn(gateway, 'subagent.complete')
    expect(completed.map(({status}) => status)).to.deep.equal(['completed', 'completed', 'completed'])
    // Own context, no delegation of their own.
    const [request] = talk.requestsOf('look at B')
    expect(request?.messages.filter(({role}) => role === 'user')).to.have.length(1)
    const tools = request?.tools?.map((tool) => tool.function.name) ?? []
    expect(tools).to.include('read_file').and.not.include.members(['delegate_task'])
    expect(tools).to.not.include('write_file')
    // 2 + 4 steps.
    expect(usage).to.include({calls: 6})
    const key = String(completed[0]?.child_session_id)
    talk.store((store) => {
      expect(store.listSessions(10).map((session) => session.key)).to.deep.equal([talk.key])
      expect(store.session(key)?.source).to.equal('subagent')
      expect(store.messages(key).map(({role}) => role)).to.include('assistant')
    })
    const history = await gateway.call<{messages: unknown[]}>('session.history', {session_id: key})
    expect(history.messages.length).to.be.greaterThan(1)
    await gateway.call('session.delete', {session_id: talk.key}).catch(() => {})
  })

  it('wait for their turn where more are given than may work at the same time', async () => {
    const gates = three.map(({goal}) => new Gate(`${goal}: ready`))
    const work = Object.fromEntries(three.map(({goal}, at) => [goal, [gates[at] ?? 'never']]))
    talk = await AgentTalk.start(scratch, three, work, 'agents:\n  parallel: 1\n')
    const gateway = await talk.begin()
    await gates[0]?.asked
    expect(talk.begun('look at B')).to.equal(0)
    for (const held of gates) held.open()
    await ended(gateway)
    expect(talk.told().map(({state}) => state)).to.deep.equal(['complete', 'complete', 'complete'])
  })

  it('may do nothing that the session may not, and say so', async () => {
    talk = await AgentTalk.start(
      scratch,
      [{goal: 'write it'}, {goal: 'only list', tools: ['list_files', 'write_file']}],
      {
        'write it': [{terminal: {command: 'echo x > made'}, write_file: {path: 'made', content: 'x'}}, 'tried'],
      },
      'permissions:\n  mode: bypass\n',
    )
    const gateway = await talk.begin()
    await ended(gateway)
    const told =
      talk
        .requestsOf('write it')
        .at(-1)
        ?.messages.filter(({role}) => role === 'tool') ?? []
    expect(told[0]?.content).to.include('may only read')
    expect(told[1]?.content).to.include('unknown tool')
    expect(talk.requestsOf('only list')[0]?.tools?.map((tool) => tool.function.name)).to.deep.equal(['list_files'])
    expect(questionsIn(gateway.frames)).to.deep.equal([])
  })

  it('ask in the session that delegated, with their name', async () => {
    talk = await AgentTalk.start(scratch, [{goal: 'ask me'}, {goal: 'look at B'}], {
      'ask me': [{clarify: {question: 'Which?', choices: ['red', 'blue']}}, 'thanks'],
    })
    const gateway = await talk.begin()
    const asked = await gateway.event('clarify.request')
    expect(asked).to.include({question: 'Which?', agent: 'ask me'})
    await gateway.call('clarify.respond', {request_id: asked.request_id, answer: 'red'})
    await ended(gateway)
    expect(talk.told().map(({text}) => text)).to.deep.equal(['thanks', 'look at B: ready'])
    expect(talk.requestsOf('ask me').at(-1)?.messages.at(-1)?.content).to.include('red')
  })

  it('are stopped alone, and interrupted with the turn', async () => {
    const gates = three.map(({goal}) => new Gate(`${goal}: ready`))
    const work = Object.fromEntries(three.map(({goal}, at) => [goal, [gates[at] ?? 'never']]))
    talk = await AgentTalk.start(scratch, three, work)
    const gateway = await talk.begin()
    await Promise.all(gates.map(({asked}) => asked))
    const [first] = newsIn(gateway, 'subagent.start')
    const stopped = await gateway.call('subagent.interrupt', {subagent_id: first?.subagent_id})
    expect(stopped).to.deep.equal({found: true, subagent_id: first?.subagent_id})
    expect(await gateway.event('subagent.complete')).to.include({status: 'interrupted', goal: 'look at A'})
    await gateway.call('session.interrupt', {session_id: talk.sid})
    expect((await ended(gateway)).status).to.equal('interrupted')
    talk.store((store) => {
      expect(store.agents.of(talk.key).map(({state}) => state)).to.deep.equal(['stopped', 'interrupted', 'interrupted'])
      const [call] = store.messages(talk.key).flatMap(({tool}) => tool ?? [])
      expect(call?.state).to.equal('complete')
    })
  })

  it('end at their number of steps', async () => {
    talk = await AgentTalk.start(
      scratch,
      [{goal: 'go round'}],
      {'go round': [{list_files: {}}, {list_files: {path: '.'}}, {list_files: {path: './'}}, 'never said']},
      'agents:\n  maxSteps: 2\n',
    )
    await ended(await talk.begin())
    expect(talk.told()[0]).to.include({state: 'stopped: it came to its number of steps', steps: 2})
  })

  it('end at the bounds of time and tokens, and where their model is none', async () => {
    talk = await AgentTalk.start(
      scratch,
      [
        {goal: 'go round'},
        {goal: 'wait for ever'},
        {goal: 'be another', model: 'nobody/knows'},
        {goal: 'be odd', tools: ['fly']},
      ],
      {
        'go round': ['a', 'b', 'c', 'd'].map((pattern) => ({list_files: {pattern}})),
        'wait for ever': [new Gate('never said')],
      },
      'agents:\n  maxTokens: 1000\n  maxSeconds: 1\n  parallel: 4\n',
    )
    await ended(await talk.begin())
    const [round, waits, another, odd] = talk.told()
    expect(round).to.include({state: 'stopped: it came to its number of tokens', steps: 3})
    expect(waits).to.include({state: 'stopped: it came to the end of its time', steps: 0})
    expect(another).to.include({state: 'error', steps: 0})
    expect(another?.note).to.include('nobody')
    expect(odd?.note).to.equal('there is no tool fly')
  })

  it('take their question back when they are stopped alone', async () => {
    talk = await AgentTalk.start(scratch, [{goal: 'ask me'}], {
      'ask me': [{clarify: {question: 'Which?', choices: ['red']}}, 'never said'],
    })
    const gateway = await talk.begin()
    const asked = await gateway.event('clarify.request')
    await gateway.call('subagent.interrupt', {subagent_id: asked.subagent_id})
    expect(await gateway.event('clarify.expire')).to.include({request_id: asked.request_id, reason: 'stopped'})
    await ended(gateway)
    expect(talk.told()[0]).to.include({state: 'stopped', note: 'the person stopped this sub-agent'})
  })

  for (const point of someOf(['subagent.spawn_requested', 'subagent.start', 'subagent.tool'] as const, 1)) {
    it(`go on after kill -9 at the first ${point}`, async () => {
      const work = Object.fromEntries(three.map(({goal}) => [goal, [{list_files: {}}, `${goal}: ready`]]))
      talk = await AgentTalk.start(scratch, three, work)
      const gateway = await talk.begin()
      await gateway.event(point)
      await gateway.kill()
      const {gateway: next} = await talk.open()
      await next.call('prompt.continue', {session_id: talk.sid})
      expect((await ended(next)).status).to.equal('complete')
      expect(talk.told().map(({state, text}) => `${state} ${text}`)).to.deep.equal(
        three.map(({goal}) => `complete ${goal}: ready`),
      )
      talk.store((store) => expect(store.agents.of(talk.key)).to.have.length(3))
    })
  }

  it('that nobody went on with are over with the next prompt, and can be opened then', async () => {
    const held = new Gate('never said')
    talk = await AgentTalk.start(scratch, [{goal: 'look at A'}], {'look at A': [{list_files: {}}, held]})
    const gateway = await talk.begin()
    await held.asked
    await gateway.kill()
    const {gateway: next} = await talk.open()
    const [row] = talk.store((store) => store.agents.of(talk.key))
    const refused = await next.refused('session.resume', {session_id: row?.key})
    expect(refused.message).to.include(`goes on in session ${talk.key}`)
    await next.turn(talk.sid, 'something else')
    expect(talk.store((store) => store.agents.one(String(row?.key))?.state)).to.equal('interrupted')
    const opened = await next.call<{interrupted: {user: string}}>('session.resume', {session_id: row?.key})
    expect(opened.interrupted.user).to.equal('look at A')
    await next.call('session.close', {session_id: talk.sid})
    await next.call('session.delete', {session_id: talk.key})
    expect(talk.store((store) => store.session(String(row?.key)))).to.equal(undefined)
  })

  const ends = [
    ['SIGKILL', 'with nothing to wait for'],
    ['SIGKILL', 'with one that asks'],
    ['SIGTERM', 'with nothing to wait for'],
    ['SIGTERM', 'with one that asks'],
  ] as const
  for (const [signal, how] of someOf(ends, 2)) {
    it(`go on after ${signal} ${how}: what was done is not done again`, async () => {
      const held = new Gate('B: ready')
      const asks = how === 'with one that asks'
      talk = await AgentTalk.start(scratch, three, {
        'look at B': [{list_files: {}}, held],
        ...(asks ? {'look at C': [{clarify: {question: 'Which?', choices: ['red']}}, 'C: asked']} : {}),
      })
      const gateway = await talk.begin()
      await held.asked
      await gateway.until(() => newsIn(gateway, 'subagent.complete').length === (asks ? 1 : 2))
      if (asks) await gateway.event('clarify.request')
      await gateway.kill(signal)
      held.open()
      const {gateway: next, opened} = await talk.open()
      if (asks) {
        expect(opened).to.include({running: true, status: 'waiting'})
        const again = await next.event('clarify.request')
        expect(again).to.include({agent: 'look at C', question: 'Which?'})
        await next.call('clarify.respond', {request_id: again.request_id, answer: 'red'})
      } else {
        expect(opened.interrupted?.tools).to.have.length(1)
        await next.call('prompt.continue', {session_id: talk.sid})
      }
      expect((await ended(next)).status).to.equal('complete')
      expect(talk.told().map(({state}) => state)).to.deep.equal(['complete', 'complete', 'complete'])
      expect(talk.told()[1]?.text).to.include('B: ready')
      expect(three.map(({goal}) => talk.begun(goal))).to.deep.equal([1, 1, 1])
    })
  }
})
