import type {KillReason} from '../../lifecycle/events.js'
import {capabilities} from '../../protocol/capabilities.js'
import {startLadder} from './ladder.js'
import {step} from './step.js'
import type {ChildState, Effect, MachineState, Step} from './types.js'

/** The second, idle gateway: kept only beside a live session, and bounded in how often it may die. */

/** Deaths of a standby beside one live session before it is given up. */
const STANDBY_DEATHS = 5
const STANDBY_PAUSE_MS = 1000

/** A session was opened. The second gateway starts a moment later: its start must not take from the way back of the first. */
export function standbySoon(state: MachineState): Step {
  return lacksStandby(state) ? step(state, standbyTimer(state, STANDBY_PAUSE_MS)) : step(state)
}

function lacksStandby({child, standby, policy, phase, session, standbyDeaths}: MachineState): boolean {
  const wanted = policy.gateway.standby && phase === 'live' && session && standbyDeaths < STANDBY_DEATHS
  if (!wanted || standby || !child || child.intent) return false
  return child.capabilities.has(capabilities.standby)
}

function standbyTimer({generation}: MachineState, ms: number): Effect {
  return {type: 'timer', timer: 'standby', generation, ms}
}

export function keepStandby(state: MachineState, now: number): Step {
  if (!lacksStandby(state)) return step(state)
  const {policy} = state
  const generation = state.generation + 1
  return step(
    {...state, generation, standby: newChild(generation, true, now)},
    {type: 'spawn', generation, standby: true},
    {type: 'timer', timer: 'startup', generation, ms: policy.gateway.startupTimeoutMs},
  )
}

export function newChild(generation: number, standby: boolean, now: number): ChildState {
  return {
    generation,
    standby,
    pid: undefined,
    spawnedAt: now,
    readyAt: undefined,
    capabilities: new Set(),
    intent: undefined,
    silence: undefined,
    rung: undefined,
  }
}

export function dropStandby(
  state: MachineState,
  reason: KillReason,
): {standby: ChildState | undefined; effects: readonly Effect[]} {
  const {standby} = state
  if (!standby || standby.intent) return {standby, effects: []}
  const {child, effects} = startLadder(state, standby, {reason})
  return {standby: child, effects}
}

/** Its record has been made. A death of its own costs no budget and is not told to the person. */
export function standbyEnded(state: MachineState, now: number): Step {
  const replaced = state.standby?.intent?.reason === 'replace'
  const gone: MachineState = {...state, standby: undefined, standbyDeaths: state.standbyDeaths + (replaced ? 0 : 1)}
  if (state.phase === 'closing') {
    const waits = gone.child && gone.child.rung !== 'abandoned'
    return waits ? step(gone) : step({...gone, phase: 'closed'}, {type: 'closed'})
  }
  if (replaced) return keepStandby(gone, now)
  if (gone.phase !== 'live' || gone.standbyDeaths >= STANDBY_DEATHS) return step(gone)
  const ms = STANDBY_PAUSE_MS * 2 ** (gone.standbyDeaths - 1)
  return step(gone, standbyTimer(gone, ms))
}
