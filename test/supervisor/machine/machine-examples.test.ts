import {expect} from 'chai'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import {initialState, transition} from '../../../src/supervisor/machine/machine.js'
import type {Effect, Ending, MachineEvent, MachineState, Target} from '../../../src/supervisor/machine/types.js'
import {viewOf} from '../../../src/supervisor/machine/view.js'
import type {GatewayPolicy, RecoveryPolicy} from '../../../src/supervisor/types.js'
import {policy} from '../helpers/policies.js'

const info = {model: '', cwd: '', branch: '', tools: {}, skills: {}, desktop_contract: 2, profile_name: ''}
const killed: Ending = {
  code: null,
  signal: 'SIGKILL',
  spawnError: undefined,
  stderrTail: [],
  oomKills: undefined,
  inFlight: undefined,
}

/** A machine, what it did last, and short names for what may happen to it. */
class Story {
  state: MachineState
  now = 0
  effects: readonly Effect[] = []

  constructor(gateway: Partial<GatewayPolicy> = {}, recovery: Partial<RecoveryPolicy> = {}) {
    this.state = initialState(policy(gateway, recovery))
  }

  tell(event: MachineEvent): this {
    const next = transition(this.state, event, this.now)
    this.state = next.state
    this.effects = next.effects
    return this
  }

  get generation(): number {
    return this.state.child?.generation ?? 0
  }

  start(target: Target): this {
    return this.tell({type: 'start', target})
  }

  ready(capabilities: string[] = [], generation = this.generation): this {
    this.tell({type: 'spawned', generation, pid: 100 + generation})
    return this.tell({type: 'ready', generation, version: undefined, capabilities: new Set(capabilities)})
  }

  opened(how: 'created' | 'resumed', answer: Partial<SessionOpened>): this {
    const opened = {session_id: 'live', message_count: 0, messages: [], info, ...answer}
    return this.tell({type: 'opened', generation: this.generation, seq: this.state.seq, how, opened})
  }

  refused(code: number | 'timeout', message = 'refused'): this {
    return this.tell({type: 'open-failed', generation: this.generation, seq: this.state.seq, code, message})
  }

  dies(ending: Partial<Ending> = {}, generation = this.generation): this {
    return this.tell({type: 'ended', generation, ending: {...killed, ...ending}, random: 0.5})
  }

  fires(timer: 'backoff' | 'ladder' | 'startup' | 'standby', generation = this.state.generation): this {
    return this.tell({type: 'timer', timer, generation})
  }

  get types(): string[] {
    return this.effects.map((effect) => (effect.type === 'record' ? `record ${effect.details.type}` : effect.type))
  }

  effect<T extends Effect['type']>(type: T): Extract<Effect, {type: T}> | undefined {
    return this.effects.find((each): each is Extract<Effect, {type: T}> => each.type === type)
  }
}

/** A live session that was created under key K, with live id `live`. */
function live(gateway: Partial<GatewayPolicy> = {}, capabilities: string[] = []): Story {
  return new Story(gateway)
    .start({kind: 'new', title: 'T', model: 'm'})
    .ready(capabilities)
    .opened('created', {stored_session_id: 'K'})
}

describe('machine, by example', () => {
  describe('target', () => {
    it('tells in its first records for which session a gateway is started, where that is known', () => {
      const keys = (story: Story) =>
        story.effects.flatMap((each) => (each.type === 'record' ? [each.details.sessionKey] : []))
      const key = '20261123_184200_a1b2c3'
      const resuming = new Story().start({kind: 'stored', key})
      expect(keys(resuming.tell({type: 'spawned', generation: 1, pid: 101}))).to.deep.equal([key])
      expect(keys(resuming.ready())).to.deep.equal([key])
      const titled = new Story().start({kind: 'stored', key: 'my secret plans'})
      expect(keys(titled.tell({type: 'spawned', generation: 1, pid: 101}))).to.deep.equal([undefined])
      const recovering = live().dies()
      expect(keys(recovering.tell({type: 'spawned', generation: 2, pid: 102}))).to.deep.equal(['K'])
      const branching = new Story().start({kind: 'branch', key})
      expect(keys(branching.tell({type: 'spawned', generation: 1, pid: 101}))).to.deep.equal([undefined])
    })

    it('is the durable key, with which recovery resumes', () => {
      const story = live().dies().ready()
      expect(story.effect('open')?.call).to.deep.equal({method: 'resume', key: 'K', model: undefined})
      story.opened('resumed', {session_id: 'next', session_key: 'K'})
      expect(story.effect('session')?.how).to.equal('recovered')
      expect(viewOf(story.state)).to.include({phase: 'live', recovering: false})
      expect(viewOf(story.state).session).to.deep.equal({liveId: 'next', key: 'K'})
    })

    it('follows the key that compression rotates', () => {
      const story = live()
      story.tell({type: 'turn-ended', generation: 1, liveId: 'live'})
      expect(story.effect('ask-key')?.liveId).to.equal('live')
      story.tell({type: 'key', generation: 1, liveId: 'live', key: 'K2', told: false}).dies().ready()
      expect(story.effect('open')?.call).to.include({key: 'K2'})
    })

    it('is not asked for when the gateway tells it', () => {
      const story = live().tell({type: 'key', generation: 1, liveId: 'live', key: 'K', told: true})
      expect(story.tell({type: 'turn-ended', generation: 1, liveId: 'live'}).effects).to.deep.equal([])
    })

    it('is not changed by the key of another live id', () => {
      const story = live().tell({type: 'key', generation: 1, liveId: 'other', key: 'X', told: true})
      expect(viewOf(story.state).session?.key).to.equal('K')
    })

    it('creates a session like it when nothing was said in it and it is unknown', () => {
      const story = live().dies().ready().refused(4007)
      expect(story.effect('open')?.call).to.deep.equal({method: 'create', title: 'T', model: 'm', key: 'K'})
      story.opened('created', {session_id: 'b', stored_session_id: 'K2'})
      expect(story.effect('session')?.how).to.equal('created')
      expect(story.effect('record')?.details).to.include({outcome: 'renewed', sessionKey: 'K2'})
    })

    it('is kept by a gateway that creates a session under the same key', () => {
      const story = live().dies().ready().refused(4007).opened('created', {session_id: 'b', stored_session_id: 'K'})
      expect(story.effect('session')?.how).to.equal('recovered')
      expect(story.effect('record')?.details).to.include({outcome: 'resumed', sessionKey: 'K'})
      expect(story.state.target).to.deep.equal({kind: 'stored', key: 'K', blank: {model: 'm', shown: '', title: 'T'}})
    })

    it('is what became of requests to one that has ended: no fault of its protocol', () => {
      const story = live().dies()
      const late = [
        {type: 'open-failed', generation: 1, seq: 1, code: 'gateway-gone', message: 'gone'},
        {type: 'most-recent', generation: 1, seq: 1, key: undefined},
        {type: 'key', generation: 1, liveId: 'live', key: 'K', told: false},
        {type: 'prompted', generation: 1, liveId: 'live'},
      ] as const
      for (const event of late) expect(story.tell(event).effects).to.deep.equal([])
    })

    it('keeps the model that the person chose in it, whether something was said or not', () => {
      const chosen = {type: 'key', generation: 1, liveId: 'live', key: 'K', told: true, model: 'other'} as const
      const story = live().tell(chosen).dies().ready()
      expect(story.effect('open')?.call).to.deep.equal({method: 'resume', key: 'K', model: undefined})
      story.refused(4007)
      expect(story.effect('open')?.call).to.deep.equal({method: 'create', title: 'T', model: 'other', key: 'K'})
    })

    it('never becomes another session once something was said', () => {
      const story = live().tell({type: 'prompted', generation: 1, liveId: 'live'}).dies().ready()
      story.refused(4007, 'session not found')
      expect(story.effect('open')).to.equal(undefined)
      expect(viewOf(story.state)).to.include({phase: 'live', recovering: false, session: undefined})
      expect(viewOf(story.state).problem).to.deep.equal({code: 4007, message: 'session not found'})
      expect(story.state.target).to.include({kind: 'stored', key: 'K'})
      story.tell({type: 'recover'})
      expect(story.effect('open')?.call).to.include({method: 'resume', key: 'K'})
    })

    it('reports a session that the person named and nobody knows', () => {
      const story = new Story().start({kind: 'stored', key: 'gone'}).ready().refused(4007, 'session not found')
      expect(viewOf(story.state).problem?.code).to.equal(4007)
    })

    it('takes the latest session, or a new one where there is none', () => {
      const found = new Story().start({kind: 'latest'}).ready()
      expect(found.effect('open')?.call.method).to.equal('most-recent')
      found.tell({type: 'most-recent', generation: 1, seq: found.state.seq, key: 'K9'})
      expect(found.effect('open')?.call).to.include({method: 'resume', key: 'K9'})
      const none = new Story().start({kind: 'latest'}).ready()
      none.tell({type: 'most-recent', generation: 1, seq: none.state.seq, key: undefined})
      expect(none.effect('open')?.call.method).to.equal('create')
    })

    it('falls back to the live id where a gateway tells no key', () => {
      const story = new Story().start({kind: 'new'}).ready().opened('created', {})
      expect(story.effect('ask-key')?.liveId).to.equal('live')
      expect(story.dies().ready().effect('open')?.call).to.include({method: 'resume', key: 'live'})
    })

    it('tells a resume that times out as a problem, and tries again by hand', () => {
      const story = live().dies().ready().refused('timeout', 'session.resume was not answered within 120 s')
      expect(viewOf(story.state).problem?.message).to.match(/not answered/)
      expect(story.tell({type: 'recover'}).effect('open')?.call).to.include({key: 'K'})
    })
  })

  describe('another session', () => {
    it('is opened beside the old one, which is closed after success only', () => {
      const story = live().tell({type: 'open', target: {kind: 'stored', key: 'B'}})
      expect(story.types).to.deep.equal(['open'])
      expect(viewOf(story.state).session, 'nothing may be sent meanwhile').to.equal(undefined)
      story.opened('resumed', {session_id: 'b', session_key: 'B'})
      expect(story.effect('leave')?.liveId).to.equal('live')
      expect(viewOf(story.state).session).to.deep.equal({liveId: 'b', key: 'B'})
    })

    it('leaves the old one on screen when it is unknown', () => {
      const story = live()
        .tell({type: 'open', target: {kind: 'stored', key: 'B'}})
        .refused(4007)
      expect(viewOf(story.state).session).to.deep.equal({liveId: 'live', key: 'K'})
      expect(viewOf(story.state).problem?.code).to.equal(4007)
      expect(story.effect('stay')?.liveId).to.equal('live')
    })

    it('does not make recovery forget the confirmed one', () => {
      const story = live()
        .tell({type: 'open', target: {kind: 'stored', key: 'B'}})
        .dies()
        .ready()
      expect(story.effect('open')?.call).to.include({key: 'K'})
    })

    it('waits for a recovery that is under way', () => {
      const story = live()
        .dies()
        .ready()
        .tell({type: 'open', target: {kind: 'new'}})
      expect(story.effects).to.deep.equal([])
      story.opened('resumed', {session_key: 'K'})
      expect(story.effect('session')?.how).to.equal('recovered')
      expect(story.effect('open')?.call.method).to.equal('create')
    })

    it('may be a branch of one, whose key is what recovery goes by then', () => {
      const story = live().tell({type: 'open', target: {kind: 'branch', key: 'K', name: 'B', model: 'm'}})
      expect(story.effect('open')?.call).to.deep.equal({method: 'branch', key: 'K', name: 'B', model: 'm'})
      story.opened('resumed', {session_id: 'b', session_key: 'K2'}).dies().ready()
      expect(story.effect('open')?.call).to.deep.equal({method: 'resume', key: 'K2', model: undefined})
    })

    it('is taken over once, and not by a recovery', () => {
      const story = live().tell({type: 'open', target: {kind: 'stored', key: 'B', takeOver: true}})
      expect(story.effect('open')?.call).to.deep.equal({method: 'resume', key: 'B', model: undefined, takeOver: true})
      story.opened('resumed', {session_id: 'b', session_key: 'B'}).dies().ready()
      expect(story.effect('open')?.call).to.not.have.property('takeOver')
    })

    it('replaces an earlier wish; the late answer to that one is closed', () => {
      const story = live().tell({type: 'open', target: {kind: 'new'}})
      const late = story.state.seq
      story.tell({type: 'open', target: {kind: 'stored', key: 'B'}})
      const opened = {session_id: 'late', stored_session_id: 'L', message_count: 0, messages: [], info}
      story.tell({type: 'opened', generation: 1, seq: late, how: 'created', opened})
      expect(story.effects).to.deep.equal([{type: 'leave', generation: 1, liveId: 'late'}])
      story.tell({type: 'open-failed', generation: 1, seq: late, code: 4007, message: 'late'})
      expect(viewOf(story.state)).to.include({phase: 'resuming', problem: undefined})
    })
  })

  describe('budget', () => {
    it('retries the same session until it is spent, then lives on', () => {
      const story = live()
      const cause = {code: 1, signal: null}
      story.dies(cause)
      expect(viewOf(story.state)).to.include({phase: 'starting', recovering: true, attempt: 1, limit: 3})
      story.dies(cause)
      expect(viewOf(story.state)).to.include({phase: 'backoff', attempt: 2})
      expect(story.effect('timer')).to.include({timer: 'backoff', ms: 250})
      story.fires('backoff').dies(cause)
      expect(story.effect('timer')).to.include({timer: 'backoff', ms: 1000})
      story.fires('backoff').dies(cause)
      expect(viewOf(story.state)).to.include({phase: 'exhausted', recovering: false, attempt: 3, limit: 3})
      expect(story.types).to.include.members(['record recover', 'death'])
      expect(story.state.target).to.include({key: 'K'})
    })

    it('grants the person one attempt; its success arms the budget again', () => {
      const story = new Story({}, {limit: 1}).start({kind: 'stored', key: 'K'}).ready().opened('resumed', {})
      story.dies().dies()
      expect(story.state.phase).to.equal('exhausted')
      // The window has slid meanwhile: that does not make one attempt more than one.
      story.now += 120_000
      story.tell({type: 'recover'})
      expect(story.types).to.deep.equal(['cancel', 'record recover', 'spawn', 'timer'])
      story.dies()
      expect(story.state.phase, 'one is one').to.equal('exhausted')
      story.tell({type: 'recover'}).ready().opened('resumed', {session_key: 'K'}).dies()
      expect(story.state.phase, 'armed again').to.equal('starting')
    })

    it('is not spent by a restart, whatever the exit looks like', () => {
      const story = live({}, ['shutdown']).tell({type: 'restart', reason: 'configuration'})
      expect(story.types).to.deep.equal(['record replace', 'cancel', 'record kill', 'ask-to-end', 'timer'])
      expect(viewOf(story.state)).to.include({phase: 'starting', recovering: false, session: undefined})
      expect(story.tell({type: 'restart', reason: 'again'}).effects).to.deep.equal([])
      story.dies({code: 1, signal: null})
      expect(story.types).to.include('spawn').and.not.include('death')
      story.ready()
      expect(story.effect('open')?.call).to.include({method: 'resume', key: 'K'})
      expect(story.state.budget.respawns).to.deep.equal([])
    })

    it('counts a respawn when it is, not when it was due', () => {
      const story = live().dies().dies()
      story.now += 400
      expect(story.fires('backoff').state.budget.respawns).to.deep.equal([0, 400])
    })

    it('does not try again what a retry cannot cure', () => {
      const story = live().dies({code: 78, signal: null})
      expect(viewOf(story.state)).to.include({phase: 'exhausted'})
      expect(story.effect('death')?.exit).to.include({cause: 'config-error', retriable: false})
    })

    it('shows the long window when that is the one that is spent', () => {
      const story = new Story({}, {longLimit: 2})
        .start({kind: 'new'})
        .ready()
        .opened('created', {stored_session_id: 'K'})
      for (let i = 0; i < 3; i++) {
        story.now += 100_000
        story.dies()
        if (story.state.phase === 'starting') story.ready().opened('resumed', {session_key: 'K'})
      }
      expect(viewOf(story.state)).to.include({phase: 'exhausted', attempt: 2, limit: 2})
    })
  })

  describe('kill', () => {
    it('asks, then SIGTERM, then SIGKILL, each recorded before', () => {
      const story = live({}, ['shutdown']).tell({type: 'close', reason: 'quit'})
      expect(story.types).to.deep.equal(['cancel', 'cancel', 'record kill', 'ask-to-end', 'timer'])
      expect(story.effect('ask-to-end')?.request).to.equal(true)
      expect(story.fires('ladder').types).to.deep.equal(['record kill', 'signal', 'timer'])
      expect(story.effect('signal')?.signal).to.equal('SIGTERM')
      expect(story.effect('timer')?.ms).to.equal(1500)
      expect(story.fires('ladder').effect('signal')?.signal).to.equal('SIGKILL')
      expect(story.dies().types).to.include.members(['record exit', 'closed'])
      expect(story.effects.some((each) => each.type === 'death')).to.equal(false)
    })

    it('asks one that can work on without us to do so, and ends it only where it does not say in 3 s what it does', () => {
      for (const [can, asked, ms] of [
        [['shutdown', 'detach'], 'ask-to-detach', 3000],
        [['shutdown'], 'ask-to-end', 400],
      ] as const) {
        const story = live({}, [...can]).tell({type: 'close', reason: 'parent-signal', detach: true})
        expect(story.types).to.deep.equal(['cancel', 'cancel', 'record kill', asked, 'timer'])
        expect(story.effect('timer')?.ms).to.equal(ms)
        expect(story.fires('ladder').effect('signal')?.signal).to.equal('SIGTERM')
      }
      const stays = live({}, ['shutdown', 'detach']).tell({type: 'close', reason: 'quit', detach: true})
      expect(stays.tell({type: 'let-go', generation: 1}).types).to.deep.equal(['cancel', 'record detach', 'closed'])
      expect(stays.fires('ladder', 1).types).to.deep.equal([])
    })

    it('does not wait for ever for what SIGKILL does not end', () => {
      const story = live().tell({type: 'close', reason: 'quit'}).fires('ladder').fires('ladder').fires('ladder')
      expect(story.types).to.deep.equal(['record protocol-error', 'closed'])
      expect(story.state.phase).to.equal('closed')
    })

    it('sends a stopped process SIGKILL at once and counts its death', () => {
      const story = live().tell({type: 'hang', generation: 1, silentMs: 4000, evidence: 'stopped', stack: undefined})
      expect(story.types).to.deep.equal(['record hang', 'cancel', 'record kill', 'signal', 'timer'])
      expect(story.effect('signal')?.signal).to.equal('SIGKILL')
      expect(story.dies().effect('death')?.exit.cause).to.equal('hang:stopped')
      expect(story.state.budget.respawns).to.have.length(1)
    })

    it('lets a hung process a moment for SIGTERM', () => {
      const story = live().tell({type: 'hang', generation: 1, silentMs: 4000, evidence: 'unresponsive', stack: 'f'})
      expect(story.effect('signal')?.signal).to.equal('SIGTERM')
      expect(story.effect('timer')?.ms).to.equal(500)
    })

    it('ends what does not get ready, and counts it', () => {
      const story = new Story().start({kind: 'new'}).tell({type: 'spawned', generation: 1, pid: 7}).fires('startup')
      expect(story.types).to.deep.equal(['record startup-timeout', 'cancel', 'record kill', 'signal', 'timer'])
      expect(story.dies().effect('death')?.exit.cause).to.equal('start-timeout')
      expect(story.state.generation).to.equal(2)
    })

    it('counts how long it took to get ready, and how long it lived, from when it was begun, not from when that was told', () => {
      const story = new Story().start({kind: 'new'})
      story.now = 40
      story.tell({type: 'spawned', generation: 1, pid: 7, begunAt: 10})
      story.now = 100
      story.tell({type: 'ready', generation: 1, version: undefined, capabilities: new Set()})
      expect(story.effect('record')?.details).to.include({startupMs: 90})
      story.now = 200
      expect(story.dies().effect('record')?.details).to.include({uptimeMs: 190})
    })

    it('stops waiting when it is closed in the pause before a respawn', () => {
      const story = live().dies().dies().tell({type: 'close', reason: 'quit'})
      expect(story.types).to.deep.equal(['cancel', 'closed'])
    })

    it('does nothing more once it is closed', () => {
      const story = live().tell({type: 'close', reason: 'quit'}).dies()
      expect(story.tell({type: 'kill-now'}).effects).to.deep.equal([])
      expect(story.state.phase).to.equal('closed')
      const all: MachineEvent[] = [
        {type: 'recover'},
        {type: 'restart', reason: 'r'},
        {type: 'open', target: {kind: 'new'}},
      ]
      for (const event of all) expect(story.tell(event).effects).to.deep.equal([])
    })

    it('ends a process that appears after the quit', () => {
      const story = new Story().start({kind: 'new'}).tell({type: 'close', reason: 'quit'})
      expect(story.tell({type: 'spawned', generation: 1, pid: 7}).types).to.deep.equal(['record spawn', 'ask-to-end'])
    })
  })

  describe('standby', () => {
    const both = ['standby', 'shutdown']

    it('is kept beside a live session, only where the gateway can', () => {
      const story = live({standby: true}, both)
      expect(story.effect('timer')).to.deep.equal({type: 'timer', timer: 'standby', generation: 1, ms: 1000})
      expect(story.fires('standby').effects[0]).to.deep.equal({type: 'spawn', generation: 2, standby: true})
      expect(live({standby: true}, []).effect('timer')).to.equal(undefined)
      expect(live({standby: false}, both).effect('timer')).to.equal(undefined)
    })

    it('takes over in the same step as the death', () => {
      const story = live({standby: true}, both).fires('standby').ready(both, 2).dies({}, 1)
      expect(story.types).to.not.include('spawn')
      expect(story.effect('open')).to.deep.include({
        generation: 2,
        call: {method: 'resume', key: 'K', model: undefined},
      })
      story.opened('resumed', {session_key: 'K'}).fires('standby')
      expect(story.effect('spawn')).to.include({generation: 3, standby: true})
    })

    it('takes over without a pause at the second death too, which still counts', () => {
      const story = live({standby: true}, both).fires('standby').ready(both, 2).dies({}, 1)
      story.opened('resumed', {session_key: 'K'}).fires('standby').ready(both, 3).dies({}, 2)
      expect(story.state.phase).to.equal('resuming')
      expect(story.effect('open')).to.include({generation: 3})
      expect(viewOf(story.state)).to.include({attempt: 2, limit: 3})
    })

    it('costs nothing when it dies, and is refilled slower each time, then no more', () => {
      const story = live({standby: true}, both).fires('standby')
      const pauses: (number | undefined)[] = []
      for (let i = 0; i < 5; i++) {
        story.dies({}, story.state.standby?.generation)
        pauses.push(story.effect('timer')?.ms)
        story.fires('standby')
      }
      expect(pauses).to.deep.equal([1000, 2000, 4000, 8000, undefined])
      expect(story.state.standby).to.equal(undefined)
      expect(viewOf(story.state)).to.include({phase: 'live', recovering: false})
      expect(story.state.budget.respawns).to.deep.equal([])
    })

    it('does not survive a restart, since it has the old configuration', () => {
      const story = live({standby: true}, both)
        .fires('standby')
        .ready(both, 2)
        .tell({type: 'restart', reason: 'configuration'})
      expect(story.types.filter((each) => each === 'ask-to-end')).to.have.length(2)
      story.dies({}, 1)
      expect(story.effect('spawn')).to.include({generation: 3, standby: false})
      story.ready(both, 3).opened('resumed', {session_key: 'K'})
      expect(story.effect('spawn'), 'the old one is still ending').to.equal(undefined)
      expect(story.dies({}, 2).effect('spawn')).to.include({generation: 4, standby: true})
    })

    it('is replaced when the configuration is changed, and the gateway at work is not', () => {
      const story = live({standby: true}, both).fires('standby').ready(both, 2)
      const {child, policy: before} = story.state
      story.tell({type: 'configure', policy: {...before, recovery: {...before.recovery, limit: 9}}})
      expect(story.types).to.deep.equal(['cancel', 'record kill', 'ask-to-end', 'timer'])
      expect(story.state).to.include({phase: 'live', child})
      expect(viewOf(story.state).limit).to.equal(9)
      expect(story.dies({}, 2).effect('spawn')).to.include({generation: 3, standby: true})
    })

    it('is ended with the program', () => {
      const story = live({standby: true}, both)
        .fires('standby')
        .ready(both, 2)
        .tell({type: 'close', reason: 'quit'})
        .dies({}, 1)
      expect(story.state.phase).to.equal('closing')
      expect(story.dies({}, 2).types).to.include('closed')
    })
  })
})
