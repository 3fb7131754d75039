import type {CloseReason} from '../types.js'
import {freshBudget} from './budget.js'
import {ladderTimer, startLadder} from './ladder.js'
import {beReady, ended, launch, launchByHand} from './recovery.js'
import {mostRecent, opened, openFailed, openTarget, refreshKey} from './session.js'
import {dropStandby, keepStandby, standbySoon} from './standby.js'
import {andThen, base, step} from './step.js'
import type {Effect, MachineEvent, MachinePolicy, MachineState, Step, Target} from './types.js'

export function initialState(policy: MachinePolicy): MachineState {
  return {
    policy,
    phase: 'idle',
    generation: 0,
    child: undefined,
    standby: undefined,
    standbyDeaths: 0,
    target: undefined,
    confirmed: false,
    session: undefined,
    wish: undefined,
    opening: undefined,
    seq: 0,
    tellsKey: false,
    budget: freshBudget,
    outage: undefined,
    lastExit: undefined,
    problem: undefined,
  }
}

/**
 * The whole supervisor as a pure function: what happened, and what is to be done in this order. A
 * record that tells of an act always comes before the act.
 */
export function transition(state: MachineState, event: MachineEvent, now: number): Step {
  switch (event.type) {
    case 'start':
      return state.phase === 'idle' ? launch({...state, target: event.target}, now) : step(state)
    case 'open':
      return wish(state, event.target, now)
    case 'recover':
      return recover(state, now)
    case 'restart':
      return restart(state, event.reason, now)
    case 'move':
      return move(state, event.target, now)
    case 'configure':
      return configure(state, event.policy)
    case 'close':
      return close(state, event)
    case 'kill-now':
      return killNow(state)
    case 'timer':
      return timer(state, event, now)
    case 'ended':
      return ended(state, event, now)
    default:
      return ofProcess(state, event, now)
  }
}

const outcomes: ReadonlySet<MachineEvent['type']> = new Set(['most-recent', 'opened', 'open-failed', 'key', 'prompted'])

type ProcessEvent = Extract<MachineEvent, {generation: number}>

/** What a process did. Of one that is no longer ours it changes nothing. */
function ofProcess(state: MachineState, event: Exclude<ProcessEvent, {type: 'ended' | 'timer'}>, now: number): Step {
  const {child, standby} = state
  if (standby && event.generation === standby.generation) return ofStandby(state, event, now)
  if (!child || event.generation !== child.generation) {
    // What became of a request of ours: the process could not know that it was its last.
    if (outcomes.has(event.type)) return step(state)
    const detail = event.type === 'protocol-error' ? event.detail : `${event.type} after its end`
    return step(state, stale(state, event.generation, detail))
  }
  switch (event.type) {
    case 'spawned':
      return spawned(state, event, now)
    case 'let-go':
      return letGo(state)
    case 'released':
      return released(state, now)
    case 'protocol-error':
      return step(state, {
        type: 'record',
        details: {type: 'protocol-error', ...base(state, child), detail: event.detail},
      })
    case 'silent':
      return step({...state, child: {...child, silence: event.silence}})
    case 'key':
      return refreshKey(state, event)
    case 'prompted':
      return prompted(state, event.liveId)
  }
  // It has been told to end: what it still opens or answers is not acted on.
  if (child.intent) return step(state)
  switch (event.type) {
    case 'ready':
      return ready(state, event, now)
    case 'most-recent':
      return mostRecent(state, event)
    case 'opened':
      return opened(state, event, now)
    case 'open-failed':
      return openFailed(state, event, now)
    case 'turn-ended': {
      const asks = state.session?.liveId === event.liveId && !state.tellsKey
      return asks ? step(state, {type: 'ask-key', generation: child.generation, liveId: event.liveId}) : step(state)
    }
    case 'hang':
      return hang(state, event)
    case 'output-ended':
      return outputEnded(state)
  }
}

function spawned(state: MachineState, event: Extract<MachineEvent, {type: 'spawned'}>, now: number): Step {
  const {pid, begunAt: spawnedAt = now, adopted} = event
  const {child, policy} = state
  if (!child) return step(state)
  const known = {...state, child: {...child, pid, spawnedAt, ...(adopted?.watched && {watched: true})}}
  const {command, cwd} = policy.gateway
  const told = base(known, known.child)
  const effects: Effect[] = [
    {
      type: 'record',
      details: adopted
        ? {type: 'attach', ...told, awayMs: adopted.awayMs}
        : {type: 'spawn', ...told, command, cwd, standby: false},
    },
  ]
  // Told to end before there was a process to tell.
  if (child.intent) {
    effects.push({type: 'ask-to-end', generation: child.generation, request: false, reason: child.intent.reason})
  }
  return step(known, ...effects)
}

function ready(state: MachineState, event: Extract<MachineEvent, {type: 'ready'}>, now: number): Step {
  const {child} = state
  if (!child || child.readyAt !== undefined) return step(state)
  const alive = {...child, readyAt: now, capabilities: event.capabilities}
  const record: Effect = {
    type: 'record',
    details: {
      type: 'ready',
      ...base(state, child),
      startupMs: Math.round(now - child.spawnedAt),
      version: event.version,
    },
  }
  const cancel: Effect = {type: 'cancel', timer: 'startup', generation: child.generation}
  return andThen(step({...state, child: alive}, record, cancel), beReady)
}

/** A session in which something was said has a row, so that it being unknown later is an error. */
function prompted(state: MachineState, liveId: string): Step {
  const {target, session} = state
  if (session?.liveId !== liveId || target?.kind !== 'stored' || !target.blank) return step(state)
  const {blank: _, ...spoken} = target
  return step({...state, target: spoken})
}

function hang(state: MachineState, event: Extract<MachineEvent, {type: 'hang'}>): Step {
  const {child} = state
  if (!child) return step(state)
  const record: Effect = {
    type: 'record',
    details: {type: 'hang', ...base(state, child), silentMs: event.silentMs, stack: event.stack},
  }
  const killed = startLadder(state, child, {reason: 'hang', evidence: event.evidence})
  const waiting: MachineState = {
    ...state,
    phase: 'starting',
    child: killed.child,
    opening: undefined,
  }
  return step(waiting, record, ...killed.effects)
}

/** Whatever it still does, it can't be heard: it is ended, and its session brought back in another one. */
function outputEnded(state: MachineState): Step {
  const {child} = state
  if (!child) return step(state)
  const record: Effect = {type: 'record', details: {type: 'transport-end', ...base(state, child)}}
  const killed = startLadder(state, child, {reason: 'protocol'})
  return step({...state, phase: 'starting', child: killed.child, opening: undefined}, record, ...killed.effects)
}

function ofStandby(state: MachineState, event: ProcessEvent, now: number): Step {
  const {standby, policy} = state
  if (!standby) return step(state)
  switch (event.type) {
    case 'spawned': {
      const known = {...standby, pid: event.pid, spawnedAt: event.begunAt ?? now}
      const {command, cwd} = policy.gateway
      const record: Effect = {
        type: 'record',
        details: {type: 'spawn', ...base(state, known), command, cwd, standby: true},
      }
      const late: Effect[] = standby.intent
        ? [{type: 'ask-to-end', generation: standby.generation, request: false, reason: standby.intent.reason}]
        : []
      return step({...state, standby: known}, record, ...late)
    }
    case 'ready': {
      if (standby.intent) return step(state)
      const record: Effect = {
        type: 'record',
        details: {
          type: 'ready',
          ...base(state, standby),
          startupMs: Math.round(now - standby.spawnedAt),
          version: event.version,
        },
      }
      return step({...state, standby: {...standby, readyAt: now, capabilities: event.capabilities}}, record, {
        type: 'cancel',
        timer: 'startup',
        generation: standby.generation,
      })
    }
    default:
      return step(state)
  }
}

/** Another session is asked for. */
function wish(state: MachineState, target: Target, now: number): Step {
  const {phase, child, opening, confirmed} = state
  if (phase === 'closing' || phase === 'closed') return step(state)
  if (phase === 'idle') return launch({...state, target}, now)
  const open = child !== undefined && !child.intent && (phase === 'live' || phase === 'resuming')
  // Nothing was opened so far: this is now what the start was for.
  if (!confirmed) return open ? openTarget({...state, target}, target, false) : step({...state, target})
  // A recovery goes first; it must not lose the session that it is for.
  if (!open || (phase === 'resuming' && !opening?.wished)) return step({...state, wish: target})
  return openTarget({...state, wish: target}, target, true)
}

function recover(state: MachineState, now: number): Step {
  if (state.phase === 'exhausted' || state.phase === 'backoff') return launchByHand(state, now)
  const {phase, problem, session, target, child} = state
  if (phase === 'live' && problem && !session && target && !child?.intent) {
    return openTarget(state, target.kind === 'stored' ? {...target, asks: undefined} : target, false)
  }
  return step(state)
}

function restart(state: MachineState, reason: string, now: number): Step {
  const {child} = state
  if (state.phase === 'exhausted' || state.phase === 'backoff') return launchByHand(state, now)
  if (!child || child.intent || state.phase === 'closing' || state.phase === 'closed') return step(state)
  const record: Effect = {type: 'record', details: {type: 'replace', ...base(state, child), reason}}
  const asked = startLadder(state, child, {reason: 'replace'})
  // A standby was started with the old configuration.
  const standby = dropStandby(state, 'replace')
  return step(
    {...state, phase: 'starting', child: asked.child, standby: standby.standby, opening: undefined},
    record,
    ...asked.effects,
    ...standby.effects,
  )
}

/** The gateway that is there is left for another one, which opens the target. */
function move(state: MachineState, target: Target, now: number): Step {
  const moved: MachineState = {...state, target, confirmed: false, wish: undefined, problem: undefined}
  const {child, phase} = state
  if (phase === 'idle') return launch(moved, now)
  if (phase === 'exhausted' || phase === 'backoff') return launchByHand(moved, now)
  if (!child || child.intent || phase === 'closing' || phase === 'closed') return step(moved)
  const record: Effect = {type: 'record', details: {type: 'replace', ...base(state, child), reason: 'another gateway'}}
  const asked = startLadder(moved, child, {reason: 'replace'})
  // It would be used in place of the one that was asked for.
  const standby = dropStandby(moved, 'replace')
  return step(
    {...moved, phase: 'starting', child: asked.child, standby: standby.standby, session: undefined, opening: undefined},
    record,
    ...asked.effects,
    ...standby.effects,
  )
}

/** Its session is open elsewhere from now on: the next gateway is told so, as by any that has it. */
function released(state: MachineState, now: number): Step {
  const {child} = state
  if (!child) return step(state)
  const {generation} = child
  const effects: Effect[] = [
    {type: 'cancel', timer: 'ladder', generation},
    {type: 'cancel', timer: 'startup', generation},
    {type: 'record', details: {type: 'detach', ...base(state, child)}},
  ]
  const gone: MachineState = {...state, child: undefined, session: undefined, opening: undefined}
  if (state.phase === 'closed') return step(gone, ...effects)
  if (state.phase !== 'closing') return andThen(step(gone, ...effects), (after) => launch(after, now))
  const waits = gone.standby && gone.standby.rung !== 'abandoned'
  return waits ? step(gone, ...effects) : step({...gone, phase: 'closed'}, ...effects, {type: 'closed'})
}

function configure(before: MachineState, policy: MachinePolicy): Step {
  const state = {...before, policy}
  // It was started with the old configuration; its end brings the next one.
  const {standby, effects} = dropStandby(state, 'replace')
  return andThen(step({...state, standby}, ...effects), standbySoon)
}

/** It is not ours any more, and nothing is left to be ended. */
function letGo(state: MachineState): Step {
  const {child, standby} = state
  if (!child || state.phase !== 'closing') return step(state)
  const {generation} = child
  const effects: Effect[] = [
    {type: 'cancel', timer: 'ladder', generation},
    {type: 'record', details: {type: 'detach', ...base(state, child)}},
  ]
  const gone: MachineState = {...state, child: undefined}
  const waits = standby && standby.rung !== 'abandoned'
  return waits ? step(gone, ...effects) : step({...gone, phase: 'closed'}, ...effects, {type: 'closed'})
}

function close(state: MachineState, {reason, detach}: {reason: CloseReason; detach?: boolean}): Step {
  if (state.phase === 'closing' || state.phase === 'closed') return step(state)
  const {child} = state
  const standby = dropStandby(state, reason)
  const asked =
    child && !child.intent ? startLadder(state, child, {reason, ...(detach && {detach})}) : {child, effects: []}
  const closing: MachineState = {
    ...state,
    phase: 'closing',
    child: asked.child,
    standby: standby.standby,
    opening: undefined,
  }
  const cancel: Effect = {type: 'cancel', timer: 'backoff', generation: state.generation}
  const effects = [cancel, ...asked.effects, ...standby.effects]
  if (closing.child || closing.standby) return step(closing, ...effects)
  return step({...closing, phase: 'closed'}, ...effects, {type: 'closed'})
}

function killNow(state: MachineState): Step {
  if (state.phase === 'closed') return step(state)
  const effects: Effect[] = []
  const kill = (child: MachineState['child']): MachineState['child'] => {
    if (!child || child.rung === 'abandoned') return child
    const intent = child.intent ?? {reason: 'parent-signal' as const}
    const signal = 'SIGKILL'
    effects.push(
      {type: 'record', details: {type: 'kill', ...base(state, child), reason: intent.reason, signal}},
      {type: 'signal', generation: child.generation, signal},
    )
    return {...child, intent, rung: 'killed'}
  }
  const child = kill(state.child)
  const standby = kill(state.standby)
  return step({...state, phase: 'closing', child, standby, opening: undefined}, ...effects)
}

function timer(state: MachineState, event: Extract<MachineEvent, {type: 'timer'}>, now: number): Step {
  const {generation} = event
  const child = [state.child, state.standby].find((each) => each?.generation === generation)
  switch (event.timer) {
    case 'ladder':
      return child ? ladderTimer(state, child) : step(state)
    case 'backoff':
      return state.phase === 'backoff' && generation === state.generation ? launch(state, now) : step(state)
    case 'standby':
      return generation === state.generation ? keepStandby(state, now) : step(state)
    case 'startup': {
      if (!child || child.readyAt !== undefined || child.intent) return step(state)
      const timeoutMs = state.policy.gateway.startupTimeoutMs
      const record: Effect = {type: 'record', details: {type: 'startup-timeout', ...base(state, child), timeoutMs}}
      const killed = startLadder(state, child, {reason: 'startup-timeout'})
      const slot = child.standby ? {standby: killed.child} : {child: killed.child}
      return step({...state, ...slot}, record, ...killed.effects)
    }
  }
}

function stale(state: MachineState, generation: number, detail: string): Effect {
  const details = {generation, pid: undefined, sessionKey: base(state, undefined).sessionKey}
  return {type: 'record', details: {type: 'protocol-error', ...details, detail}}
}
