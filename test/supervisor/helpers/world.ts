import {expect} from 'chai'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import {initialState, transition} from '../../../src/supervisor/machine/machine.js'
import type {Effect, Ending, MachineEvent, MachineState, OpenCall} from '../../../src/supervisor/machine/types.js'
import {policy} from './policies.js'

const clean: Ending = {
  code: 0,
  signal: null,
  spawnError: undefined,
  stderrTail: [],
  oomKills: undefined,
  inFlight: undefined,
}

interface SimulatedProcess {
  generation: number
  pid: number | undefined
  ready: boolean
  /** It will end by itself now. */
  told: boolean
  /** Ends for SIGKILL alone. */
  stubborn: boolean
}

/** A pick in [0, 1): chooses among what may happen next. */
export type Pick = number

/**
 * Everything around the machine, simulated: processes that start, answer and die when `pick` says
 * so, timers, a clock. After each step it checks what must always hold.
 */
export class World {
  state: MachineState
  now = 1000
  readonly processes = new Map<number, SimulatedProcess>()
  readonly ended: number[] = []
  readonly timers = new Map<string, {event: MachineEvent; due: number}>()
  readonly opens: {generation: number; seq: number; call: OpenCall}[] = []
  #respawns: number[] = []
  #asked = new Set<number>()
  #keys = 0

  constructor(standby: boolean) {
    const {gateway, recovery} = policy({standby})
    this.state = initialState({gateway, recovery})
  }

  step(event: MachineEvent): void {
    const before = this.state
    const {state, effects} = transition(before, event, this.now)
    this.state = state
    for (const [index, effect] of effects.entries()) this.#run(effect, event, before, effects.slice(0, index))
    this.#check(before, event)
  }

  /** One thing that can happen now, chosen by the picks. */
  disturb(a: Pick, b: Pick): void {
    // Mostly moments, at times minutes: both windows are to be filled and to slide.
    this.now += a > 0.97 ? Math.floor(b * 90_000) : Math.floor(b * 500)
    const possible = [
      ...this.#ofProcesses(b),
      ...this.#ofOpens(b),
      ...this.#ofTimers(),
      ...this.#ofPerson(b),
      ...this.#ofPast(b),
    ]
    const act = possible[Math.floor(a * possible.length)]
    act?.()
  }

  /** One thing that must happen in a world that is kind: false when nothing is left to do. */
  progress(): boolean {
    for (const each of this.processes.values()) {
      if (each.told) return this.end(each, clean)
      if (each.pid === undefined) return this.spawned(each)
      if (!each.ready) return this.ready(each)
    }
    if (this.opens.length > 0) return this.answerOpen(true, 0)
    const next = [...this.timers.values()].sort((x, y) => x.due - y.due)[0]
    if (!next || this.state.phase === 'live') return false
    this.fire(next)
    return true
  }

  spawned(each: SimulatedProcess): true {
    each.pid = 100 + each.generation
    // Each third one is another one's, and only watched; what is started anew after a death never is.
    const watched = each.generation % 3 === 0 && !this.isStandby(each) && !this.state.outage
    this.step({
      type: 'spawned',
      generation: each.generation,
      pid: each.pid,
      ...(watched && {adopted: {awayMs: 0, watched}}),
    })
    return true
  }

  isStandby({generation}: SimulatedProcess): boolean {
    return this.state.standby?.generation === generation
  }

  /** Another one has it now; it lives on, and is nothing to us. */
  released(each: SimulatedProcess): true {
    this.#forget(each)
    this.step({type: 'released', generation: each.generation})
    return true
  }

  ready(each: SimulatedProcess): true {
    each.ready = true
    const capabilities = new Set(['standby', 'heartbeat', 'shutdown'])
    this.step({type: 'ready', generation: each.generation, version: '1', capabilities})
    return true
  }

  end(each: SimulatedProcess, ending: Ending): true {
    this.#forget(each)
    this.step({type: 'ended', generation: each.generation, ending, random: 0.5})
    return true
  }

  #forget(each: SimulatedProcess): void {
    this.processes.delete(each.generation)
    this.ended.push(each.generation)
    for (const key of [...this.timers.keys()]) if (key === `startup:${each.generation}`) this.timers.delete(key)
    for (let i = this.opens.length - 1; i >= 0; i--) {
      if (this.opens[i]?.generation === each.generation) this.opens.splice(i, 1)
    }
  }

  answerOpen(good: boolean, b: Pick): true {
    const open = this.opens.shift()
    if (!open) return true
    const {generation, seq, call} = open
    if (!good) {
      const code = b < 0.4 ? 4007 : b < 0.6 ? 5000 : b < 0.8 ? ('timeout' as const) : -32601
      this.step({type: 'open-failed', generation, seq, code, message: 'no'})
    } else if (call.method === 'most-recent') {
      this.step({type: 'most-recent', generation, seq, key: b < 0.5 ? undefined : this.#key()})
    } else {
      const how = call.method === 'create' ? 'created' : 'resumed'
      this.step({type: 'opened', generation, seq, how, opened: this.#answer(call)})
    }
    return true
  }

  fire({event, due}: {event: MachineEvent; due: number}): void {
    this.now = Math.max(this.now, due)
    if (event.type === 'timer') this.timers.delete(`${event.timer}:${event.generation}`)
    this.step(event)
  }

  #key(): string {
    return `key${++this.#keys}`
  }

  #answer(call: OpenCall): SessionOpened {
    const info = {model: '', cwd: '', branch: '', tools: {}, skills: {}, desktop_contract: 2, profile_name: ''}
    const common = {session_id: `live${++this.#keys}`, message_count: 0, messages: [], info}
    return call.method === 'resume' ? {...common, session_key: call.key} : {...common, stored_session_id: this.#key()}
  }

  #ofProcesses(b: Pick): (() => unknown)[] {
    const acts: (() => unknown)[] = []
    for (const each of this.processes.values()) {
      const {generation, pid} = each
      if (pid === undefined) {
        const failure = {errno: b < 0.3 ? 'ENOENT' : 'EAGAIN', message: 'spawn', cwdMissing: false}
        acts.push(
          () => this.spawned(each),
          () => this.end(each, {...clean, code: null, spawnError: failure}),
        )
        continue
      }
      if (!each.ready) acts.push(() => this.ready(each))
      const code = [0, 1, 137, 91, 78][Math.floor(b * 5)] ?? 0
      acts.push(
        () => this.end(each, {...clean, code: null, signal: 'SIGKILL'}),
        () => this.end(each, {...clean, code}),
        () => this.step({type: 'protocol-error', generation, detail: 'noise'}),
      )
      if (each.ready && !this.isStandby(each) && b > 0.8) acts.push(() => this.released(each))
      if (each.ready) {
        acts.push(() =>
          this.step({
            type: 'hang',
            generation,
            silentMs: 3000,
            evidence: b < 0.5 ? 'stopped' : 'unresponsive',
            stack: undefined,
          }),
        )
      }
      const liveId = this.state.session?.liveId
      if (liveId) {
        acts.push(
          () => this.step({type: 'prompted', generation, liveId}),
          () => this.step({type: 'turn-ended', generation, liveId}),
          () => this.step({type: 'key', generation, liveId, key: this.#key(), told: b < 0.5}),
        )
      }
    }
    return acts
  }

  #ofOpens(b: Pick): (() => unknown)[] {
    if (this.opens.length === 0) return []
    return [() => this.answerOpen(true, b), () => this.answerOpen(true, b), () => this.answerOpen(false, b)]
  }

  #ofTimers(): (() => unknown)[] {
    return [...this.timers.values()].map((timer) => () => this.fire(timer))
  }

  #ofPerson(b: Pick): (() => unknown)[] {
    const acts: (() => unknown)[] = []
    if (b > 0.9 || this.state.phase === 'exhausted') acts.push(() => this.step({type: 'recover'}))
    if (b > 0.8 && b < 0.9) acts.push(() => this.step({type: 'restart', reason: 'config'}))
    if (b < 0.3)
      acts.push(() => this.step({type: 'open', target: b < 0.1 ? {kind: 'new'} : {kind: 'stored', key: 'other'}}))
    if (b > 0.6 && b < 0.7) acts.push(() => this.step({type: 'move', target: {kind: 'stored', key: 'moved'}}))
    if (b > 0.97) acts.push(() => this.step({type: 'close', reason: 'quit'}))
    return acts
  }

  /** Late news of a process that has ended. */
  #ofPast(b: Pick): (() => unknown)[] {
    const generation = this.ended[Math.floor(b * this.ended.length)]
    if (generation === undefined) return []
    const liveId = 'live1'
    const past: MachineEvent[] = [
      {type: 'ready', generation, version: undefined, capabilities: new Set()},
      {type: 'spawned', generation, pid: 1},
      {type: 'ended', generation, ending: clean, random: 0},
      {type: 'hang', generation, silentMs: 1, evidence: 'stopped', stack: undefined},
      {type: 'key', generation, liveId, key: 'stale', told: true},
      {type: 'prompted', generation, liveId},
      {type: 'open-failed', generation, seq: this.state.seq, code: 4007, message: 'late'},
      {
        type: 'opened',
        generation,
        seq: this.state.seq,
        how: 'resumed',
        opened: this.#answer({method: 'resume', key: 'stale', model: undefined}),
      },
    ]
    const event = past[Math.floor(b * past.length)]
    return event ? [() => this.step(event)] : []
  }

  #run(effect: Effect, cause: MachineEvent, before: MachineState, earlier: readonly Effect[]): void {
    switch (effect.type) {
      case 'spawn': {
        const others = [...this.processes.keys()].filter((each) => each !== this.state.standby?.generation)
        if (!effect.standby) expect(others, 'processes alive when another is spawned').to.deep.equal([])
        const {generation} = effect
        this.processes.set(generation, {
          generation,
          pid: undefined,
          ready: false,
          told: false,
          stubborn: generation % 2 === 0,
        })
        return
      }
      case 'ask-to-end':
      case 'signal': {
        const each = this.processes.get(effect.generation)
        const heeds = !each?.stubborn || (effect.type === 'signal' && effect.signal === 'SIGKILL')
        if (each && heeds) each.told = true
        const recorded = earlier.some(
          (one) => one.type === 'record' && one.details.type === 'kill' && one.details.generation === effect.generation,
        )
        if (recorded) this.#asked.add(effect.generation)
        if (effect.type === 'signal') expect(recorded, 'a signal is recorded before it is sent').to.equal(true)
        expect(this.#asked.has(effect.generation), 'the intent is recorded before the act').to.equal(true)
        return
      }
      case 'timer': {
        const {timer, generation, ms} = effect
        this.timers.set(`${timer}:${generation}`, {event: {type: 'timer', timer, generation}, due: this.now + ms})
        return
      }
      case 'cancel':
        this.timers.delete(`${effect.timer}:${effect.generation}`)
        return
      case 'open':
        this.opens.push(effect)
        return
      case 'record':
        if (effect.details.type === 'recover' && effect.details.outcome === 'attempt') this.#respawn(cause)
        return
      case 'session':
        if (before.outage?.granted) this.#respawns = []
        return
      case 'closed':
        this.timers.clear()
    }
  }

  #respawn(cause: MachineEvent): void {
    if (cause.type === 'recover' || cause.type === 'restart' || cause.type === 'move') return
    const {limit, windowMs, longLimit, longWindowMs} = this.state.policy.recovery
    this.#respawns.push(this.now)
    const within = (ms: number) => this.#respawns.filter((time) => this.now - time < ms).length
    expect(within(windowMs), 'respawns in the window').to.be.at.most(limit)
    expect(within(longWindowMs), 'respawns in the long window').to.be.at.most(longLimit)
  }

  #check(before: MachineState, event: MachineEvent): void {
    const {state} = this
    const known = [state.child?.generation, state.standby?.generation]
    for (const generation of this.processes.keys()) expect(known, 'each process is known').to.include(generation)
    expect(this.processes.size).to.be.at.most(2)
    if ('generation' in event && event.type !== 'timer' && this.ended.includes(event.generation)) {
      const first =
        event.type === 'ended' &&
        known.concat(before.child?.generation, before.standby?.generation).includes(event.generation)
      if (!first) expect(state, 'an old generation changes nothing').to.equal(before)
    }
    if (before.child?.intent && state.child?.generation === before.child.generation) {
      expect(state.child.intent, 'an intent is kept').to.equal(before.child.intent)
      expect(rungs.indexOf(state.child.rung), 'the ladder only goes up').to.be.at.least(
        rungs.indexOf(before.child.rung),
      )
    }
    const died = event.type === 'ended' && before.child?.generation === event.generation
    if (died && before.outage?.granted && before.child?.intent?.reason !== 'replace') {
      expect(['exhausted', 'closing', 'closed'], 'one attempt is one').to.include(state.phase)
    }
    if (before.outage && before.confirmed && state.outage) {
      expect(state.opening?.wished, 'the recovery goes before a wish').not.to.equal(true)
    }
    // It is what the start was for from then on.
    if (before.confirmed && event.type !== 'move') {
      expect(state.confirmed).to.equal(true)
      expect(state.target?.kind, 'the target is kept').to.equal('stored')
      if (event.type !== 'opened' && event.type !== 'key') {
        expect(keyOf(state), 'the key is replaced by a confirmed one alone').to.equal(keyOf(before))
      }
    }
    if (state.phase === 'starting' || state.phase === 'resuming') expect(state.child).not.to.equal(undefined)
    if (state.phase === 'backoff')
      expect([...this.timers.keys()].some((key) => key.startsWith('backoff:'))).to.equal(true)
    if (state.phase === 'resuming') expect(this.opens.length).to.be.greaterThan(0)
  }
}

const rungs = [undefined, 'asked', 'terminated', 'killed', 'abandoned']

function keyOf({target}: MachineState): string | undefined {
  return target?.kind === 'stored' ? target.key : undefined
}
