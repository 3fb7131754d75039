import {capabilities} from '../../protocol/capabilities.js'
import {base, step} from './step.js'
import type {ChildState, Effect, MachineState, Step} from './types.js'

/**
 * The ways to end a process, each rung only after the one before it has had its time: asked in
 * order, SIGTERM, SIGKILL to the group. Each rung is recorded before it is taken.
 */

/** From the request to SIGTERM; with the grace, quitting stays within half a second of it. */
export const ASK_MS = 400

/**
 * From the end of its input to SIGTERM, for one that knows no such request: the Python gateway closes its sessions and
 * what its plugins keep then. It takes 0.2 to 0.6 s, on a busy machine
 * 1.5 s; SIGTERM within it cut that short.
 */
export const END_OF_INPUT_MS = 3000

/** A blocked event loop never runs a SIGTERM handler, so a hung process gets little time for it. */
const HANG_GRACE_MS = 500

/** After SIGKILL only the kernel can be in the way (a process in state D); quitting does not wait for it. */
const ABANDON_MS = 2000

type Intent = NonNullable<ChildState['intent']>
type Rung = {child: ChildState; effects: Effect[]}

export function startLadder(state: MachineState, child: ChildState, intent: Intent): Rung {
  const intended = {...child, intent}
  const startup: Effect = {type: 'cancel', timer: 'startup', generation: child.generation}
  const first = firstRung(state, intended, intent)
  return {child: first.child, effects: [startup, ...first.effects]}
}

function firstRung(state: MachineState, child: ChildState, intent: Intent): Rung {
  switch (intent.reason) {
    case 'hang':
      // Only SIGKILL ends a stopped process.
      return intent.evidence === 'stopped' ? destroy(state, child) : terminate(state, child)
    case 'startup-timeout':
    case 'protocol':
      return terminate(state, child)
    default:
      return ask(state, child)
  }
}

export function ladderTimer(state: MachineState, child: ChildState): Step {
  switch (child.rung) {
    case 'asked':
      return climbed(state, terminate(state, child))
    case 'terminated':
      return climbed(state, destroy(state, child))
    case 'killed':
      return abandon(state, {...child, rung: 'abandoned'})
    default:
      return step(state)
  }
}

function climbed(state: MachineState, {child, effects}: Rung): Step {
  return step({...state, ...(child.standby ? {standby: child} : {child})}, ...effects)
}

function ask(state: MachineState, child: ChildState): Rung {
  const {generation} = child
  const reason = reasonOf(child)
  const ready = child.readyAt !== undefined
  const request = ready && child.capabilities.has(capabilities.shutdown)
  const detaches = request && child.intent?.detach && child.capabilities.has(capabilities.detach)
  // One that is starved gets the time to say that it stays: SIGTERM would end the turn that it was asked to go on with.
  const waits = ready && (!request || detaches) && !child.silence
  return {
    child: {...child, rung: 'asked'},
    effects: [
      {type: 'record', details: {type: 'kill', ...base(state, child), reason, signal: null}},
      detaches ? {type: 'ask-to-detach', generation, reason} : {type: 'ask-to-end', generation, request, reason},
      {type: 'timer', timer: 'ladder', generation, ms: waits ? END_OF_INPUT_MS : ASK_MS},
    ],
  }
}

function terminate(state: MachineState, child: ChildState): Rung {
  const grace = state.policy.gateway.killGraceMs
  const ms = reasonOf(child) === 'hang' ? Math.min(grace, HANG_GRACE_MS) : grace
  return {child: {...child, rung: 'terminated'}, effects: signalled(state, child, 'SIGTERM', ms)}
}

function destroy(state: MachineState, child: ChildState): Rung {
  return {child: {...child, rung: 'killed'}, effects: signalled(state, child, 'SIGKILL', ABANDON_MS)}
}

function signalled(state: MachineState, child: ChildState, signal: 'SIGTERM' | 'SIGKILL', ms: number): Effect[] {
  const {generation} = child
  return [
    {type: 'record', details: {type: 'kill', ...base(state, child), reason: reasonOf(child), signal}},
    {type: 'signal', generation, signal},
    {type: 'timer', timer: 'ladder', generation, ms},
  ]
}

/** No second process on a session while the first lives, not even now; but a quit need not wait. */
function abandon(state: MachineState, child: ChildState): Step {
  const detail = `process ${child.pid ?? 'unknown'} did not end after SIGKILL`
  const left: MachineState = {...state, ...(child.standby ? {standby: child} : {child})}
  const record: Effect = {type: 'record', details: {type: 'protocol-error', ...base(state, child), detail}}
  const waits = [left.child, left.standby].some((each) => each && each.rung !== 'abandoned')
  if (state.phase !== 'closing' || waits) return step(left, record)
  return step({...left, phase: 'closed'}, record, {type: 'closed'})
}

const reasonOf = (child: ChildState) => child.intent?.reason ?? 'quit'
