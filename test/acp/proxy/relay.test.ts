import {expect} from 'chai'
import {type AgentFault, knownAgents} from '../../../src/acp/agents/known.js'
import type {Message} from '../../../src/acp/proxy/message.js'
import {Relay} from '../../../src/acp/proxy/relay.js'

/** A relay between an editor and an agent that are lists of messages. */
class Between {
  readonly editor: Message[] = []
  readonly agent: Message[] = []
  now = Date.UTC(2026, 10, 30, 1, 2, 50)
  waits: {ms: number; done: () => void}[] = []
  kills = 0
  readonly relay: Relay

  constructor(faults: readonly AgentFault[] = []) {
    this.relay = new Relay({
      agent: {name: 'gem', faults},
      loadTimeoutMs: 20_000,
      toEditor: (message) => this.editor.push(message),
      toAgent: (message) => this.agent.push(message),
      now: () => this.now,
      wait: (ms) => new Promise((done) => this.waits.push({ms, done})),
      kill: () => {
        this.kills++
      },
    })
  }

  /** The last message to the agent of that method. */
  told(method: string): Message {
    const found = this.agent.findLast((message) => message.method === method)
    if (!found) throw new Error(`the agent was not told ${method}: ${JSON.stringify(this.agent)}`)
    return found
  }

  answer(method: string, result: object = {}): void {
    const {id} = this.told(method)
    if (id !== undefined) this.relay.fromAgent({jsonrpc: '2.0', id, result})
  }

  update(sessionId: string, update: object): void {
    this.relay.fromAgent({jsonrpc: '2.0', method: 'session/update', params: {sessionId, update}})
  }

  say(sessionId: string, text: string): void {
    this.update(sessionId, {sessionUpdate: 'agent_message_chunk', content: {type: 'text', text}})
  }

  /** With a session `s1` in which a prompt runs, of which something was shown. */
  async atWork(can: object = {loadSession: true}): Promise<void> {
    const {relay} = this
    relay.fromEditor({id: 0, method: 'initialize', params: {clientCapabilities: {session: {notices: {}}}}})
    await relay.agentStarted()
    this.answer('initialize', {agentCapabilities: can})
    relay.fromEditor({id: 1, method: 'session/new', params: {cwd: '/w', mcpServers: []}})
    this.answer('session/new', {sessionId: 's1'})
    const prompt = [{type: 'text', text: 'do it'}]
    relay.fromEditor({id: 2, method: 'session/prompt', params: {sessionId: 's1', prompt}})
    this.say('s1', 'half a ')
    this.update('s1', {sessionUpdate: 'tool_call', toolCallId: 't', title: 'Run make', status: 'in_progress'})
  }

  /** Dies, and another one is started that answers up to its session. */
  async reborn(load: object | undefined = {}): Promise<void> {
    this.relay.agentDied()
    this.agent.length = 0
    const started = this.relay.agentStarted()
    this.answer('initialize', {agentCapabilities: {loadSession: true}})
    await turns()
    if (load) this.answer('session/load', load)
    await started
  }
}

const turns = () => new Promise((resolve) => setImmediate(resolve))

describe('between an editor and an agent', () => {
  it('passes what each says, under ids that are no other’s', async () => {
    const between = new Between()
    await between.atWork()
    expect(between.told('session/prompt')).to.include({id: 2})
    between.relay.fromAgent({id: 0, method: 'session/request_permission', params: {sessionId: 's1'}})
    const asked = between.editor.at(-1)
    expect(asked?.id).not.to.equal(0)
    between.relay.fromEditor({id: asked?.id as string, result: {outcome: {outcome: 'cancelled'}}})
    expect(between.agent.at(-1)).to.deep.equal({id: 0, result: {outcome: {outcome: 'cancelled'}}})
    between.answer('session/prompt', {stopReason: 'end_turn'})
    expect(between.editor.at(-1)).to.deep.equal({jsonrpc: '2.0', id: 2, result: {stopReason: 'end_turn'}})
  })

  it('brings a session back behind the editor, passes over its replay, and goes on with the prompt', async () => {
    const between = new Between()
    await between.atWork()
    between.relay.agentDied()
    expect(between.editor.at(-1)?.params).to.have.nested.property('update.status', 'failed')
    between.agent.length = 0
    const before = between.editor.length
    const started = between.relay.agentStarted()
    between.answer('initialize', {agentCapabilities: {loadSession: true}})
    await turns()
    expect(between.told('session/load').params).to.deep.equal({cwd: '/w', mcpServers: [], sessionId: 's1'})
    between.say('s1', 'half a ')
    expect(between.editor).to.have.length(before)
    between.answer('session/load')
    await started
    const prompt = JSON.stringify(between.told('session/prompt').params)
    expect(prompt).to.contain('half a').and.to.contain('do it').and.to.contain('Run make : it may have run')
    between.say('s1', 'reply')
    between.answer('session/prompt', {stopReason: 'end_turn'})
    expect(between.editor.at(-1)).to.deep.include({id: 2, result: {stopReason: 'end_turn'}})
  })

  it('chooses again what was chosen, and signs in again', async () => {
    const between = new Between()
    await between.atWork()
    between.relay.fromEditor({id: 3, method: 'session/set_mode', params: {sessionId: 's1', modeId: 'plan'}})
    between.answer('session/set_mode')
    between.relay.agentDied()
    between.agent.length = 0
    const started = between.relay.agentStarted()
    between.answer('initialize', {agentCapabilities: {loadSession: true}})
    await turns()
    between.answer('session/load')
    await turns()
    expect(between.told('session/set_mode').params).to.deep.equal({sessionId: 's1', modeId: 'plan'})
    between.answer('session/set_mode')
    await started
  })

  it('begins a new session where the old one does not come back, which stays the editor’s', async () => {
    const between = new Between()
    await between.atWork()
    between.relay.agentDied()
    const started = between.relay.agentStarted()
    between.answer('initialize', {agentCapabilities: {loadSession: true}})
    await turns()
    between.waits.find(({ms}) => ms === 20_000)?.done()
    await turns()
    between.answer('session/new', {sessionId: 's2'})
    await started
    expect(between.told('session/prompt').params).to.include({sessionId: 's2'})
    between.say('s2', 'x')
    expect(between.editor.at(-1)?.params).to.include({sessionId: 's1'})
    expect(JSON.stringify(between.editor)).to.contain('does not know what was said before: it did not answer')
  })

  it('answers a prompt that was cancelled meanwhile, and one that kills every agent', async () => {
    const cancelled = new Between()
    await cancelled.atWork()
    cancelled.relay.agentDied()
    cancelled.relay.fromEditor({method: 'session/cancel', params: {sessionId: 's1'}})
    const started = cancelled.relay.agentStarted()
    cancelled.answer('initialize', {agentCapabilities: {loadSession: true}})
    await turns()
    cancelled.answer('session/load')
    await started
    expect(cancelled.editor.at(-1)).to.deep.include({id: 2, result: {stopReason: 'cancelled'}})

    const poisoned = new Between()
    await poisoned.atWork()
    await poisoned.reborn()
    await poisoned.reborn()
    expect(poisoned.editor.at(-1)?.error?.message).to.contain('died 2 times')
  })

  it('ends an agent that goes on after its prompt was cancelled, and none that heard', async () => {
    for (const hears of [true, false]) {
      const between = new Between()
      await between.atWork()
      between.relay.fromEditor({method: 'session/cancel', params: {sessionId: 's1'}})
      if (hears) between.answer('session/prompt', {stopReason: 'cancelled'})
      between.waits.find(({ms}) => ms === 8000)?.done()
      await turns()
      expect(between.kills).to.equal(hears ? 0 : 1)
      if (hears) continue
      await between.reborn()
      expect(between.editor.at(-1)).to.deep.include({id: 2, result: {stopReason: 'cancelled'}})
    }
  })

  it('does not lay to a prompt what died before it was told of it', async () => {
    const between = new Between()
    await between.atWork()
    for (let death = 0; death < 3; death++) {
      between.relay.agentDied()
      void between.relay.agentStarted().catch(() => {})
    }
    await between.reborn()
    expect(between.editor.at(-1)?.error).to.equal(undefined)
    expect(JSON.stringify(between.told('session/prompt').params)).to.contain('half a')
  })

  it('withdraws what a dead agent asked, and takes no answer to it', async () => {
    const between = new Between()
    await between.atWork()
    between.relay.fromAgent({id: 0, method: 'session/request_permission', params: {sessionId: 's1'}})
    const asked = between.editor.at(-1)?.id as string
    await between.reborn()
    expect(between.editor.some(({params}) => params?.requestId === asked)).to.equal(true)
    const before = between.agent.length
    between.relay.fromEditor({id: asked, result: {}})
    expect(between.agent).to.have.length(before)
  })

  it('asks again what had no answer, and answers all of it where nothing comes back', async () => {
    const between = new Between()
    between.relay.fromEditor({id: 0, method: 'initialize', params: {}})
    await between.relay.agentStarted()
    between.relay.agentDied()
    between.agent.length = 0
    await between.relay.agentStarted()
    expect(between.agent).to.deep.equal([{id: 0, method: 'initialize', params: {}}])
    between.relay.giveUp('gem exited with code 1')
    expect(between.editor).to.deep.equal([
      {jsonrpc: '2.0', id: 0, error: {code: -32603, message: 'gem exited with code 1'}},
    ])
  })

  it('does not ask a second time for a session where the agent would destroy it', async () => {
    const between = new Between([{kind: 'loads-once', text: 'destroys it', report: ''}])
    await between.atWork()
    await between.reborn()
    between.relay.agentDied()
    between.agent.length = 0
    const started = between.relay.agentStarted()
    between.answer('initialize', {agentCapabilities: {loadSession: true}})
    await turns()
    between.answer('session/new', {sessionId: 's2'})
    await started
    expect(between.agent.map(({method}) => method)).not.to.include('session/load')
    expect(JSON.stringify(between.editor)).to.contain('it destroys it')
  })

  it('waits until a young session can be asked for', async () => {
    const {faults} = knownAgents.get('gemini') ?? {faults: []}
    const between = new Between(faults)
    await between.atWork()
    between.relay.agentDied()
    const started = between.relay.agentStarted()
    between.answer('initialize', {agentCapabilities: {loadSession: true}})
    await turns()
    expect(between.waits[0]?.ms).to.equal(11_000)
    expect(JSON.stringify(between.editor.at(-1))).to.contain('destroys a session')
    between.waits[0]?.done()
    await turns()
    between.answer('session/load')
    await started
  })
})
