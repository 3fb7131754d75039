import {classifyDeath, type DeathVerdict} from '../death/cause.js'
import type {ExitReport} from '../types.js'
import {respawned, spend} from './budget.js'
import {openTarget, recoverRecord} from './session.js'
import {newChild, standbyEnded} from './standby.js'
import {andThen, base, step} from './step.js'
import type {ChildState, Effect, Ending, MachineEvent, MachineState, Outage, Step} from './types.js'

/** From a death to the next gateway, or to the end of the budget. */

/** The only way to a new gateway: the standby is promoted, or a process is spawned. */
export function launch(state: MachineState, now: number): Step {
  const {outage, standby, policy} = state
  const budget = outage && !outage.granted ? respawned(state.budget, now) : state.budget
  const attempt: Effect[] = outage
    ? [{type: 'record', details: recoverRecord(state, 'attempt', outage, now, state.lastExit?.cause)}]
    : []
  const timeout = policy.gateway.startupTimeoutMs
  if (standby && !standby.intent) {
    const child = {...standby, standby: false}
    const promoted: MachineState = {...state, phase: 'starting', budget, child, standby: undefined}
    if (child.readyAt !== undefined) return andThen(step(promoted, ...attempt), beReady)
    const {generation} = child
    return step(promoted, ...attempt, {type: 'timer', timer: 'startup', generation, ms: timeout})
  }
  const generation = state.generation + 1
  return step(
    {...state, phase: 'starting', budget, generation, child: newChild(generation, false, now)},
    ...attempt,
    {type: 'spawn', generation, standby: false},
    {type: 'timer', timer: 'startup', generation, ms: timeout},
  )
}

/** The gateway of this state is ready: it is watched, and the session is opened in it. */
export function beReady(state: MachineState): Step {
  const {child, target} = state
  if (!child || !target) return step(state)
  const {generation, pid} = child
  return andThen(step(state, {type: 'watch', generation, pid}), (after) => openTarget(after, target, false))
}

/** The person's own attempt: one, outside the budget. Within a back-off it only cuts the wait short. */
export function launchByHand(state: MachineState, now: number): Step {
  const cancel: Effect = {type: 'cancel', timer: 'backoff', generation: state.generation}
  const outage: Outage =
    state.phase === 'backoff' && state.outage
      ? state.outage
      : {since: state.outage?.since ?? now, attempt: 1, limit: 1, granted: true}
  return andThen(step({...state, outage}, cancel), (after) => launch(after, now))
}

export function ended(state: MachineState, event: Extract<MachineEvent, {type: 'ended'}>, now: number): Step {
  const {child, standby} = state
  const {generation, ending} = event
  const mine = [child, standby].find((each) => each?.generation === generation)
  if (!mine) {
    const detail = `exit of generation ${generation} after its end`
    return step(state, {
      type: 'record',
      details: {type: 'protocol-error', ...base(state, undefined), generation, detail},
    })
  }
  const report = reportOf(state, mine, ending)
  const effects: Effect[] = [
    {type: 'cancel', timer: 'startup', generation},
    {type: 'cancel', timer: 'ladder', generation},
    endRecord(state, mine, ending, report, now),
  ]
  if (mine === standby) return andThen(step(state, ...effects), (after) => standbyEnded(after, now))

  const gone: MachineState = {...state, child: undefined, session: undefined, opening: undefined}
  if (state.phase === 'closing') {
    const waits = standby && standby.rung !== 'abandoned'
    return waits ? step(gone, ...effects) : step({...gone, phase: 'closed'}, ...effects, {type: 'closed'})
  }
  if (state.phase === 'closed') return step(gone, ...effects)
  if (mine.watched && mine.intent?.reason !== 'replace') {
    const target = gone.target?.kind === 'stored' ? {...gone.target, asks: true as const} : gone.target
    return andThen(step({...gone, target}, ...effects), (after) => launch(after, now))
  }
  if (mine.intent?.reason === 'replace') return andThen(step(gone, ...effects), (after) => launch(after, now))
  const readyMs = mine.readyAt === undefined ? 0 : now - mine.readyAt
  const died = step({...gone, lastExit: report}, ...effects)
  const followed = andThen(died, (after) => recover(after, report, readyMs, event.random, now))
  // Last: the next one is on its way before a screen is drawn.
  return andThen(followed, (after) => step(after, {type: 'death', exit: report}))
}

function recover(state: MachineState, exit: ExitReport, readyMs: number, random: number, now: number): Step {
  const {outage, policy} = state
  const {limit, windowMs} = policy.recovery
  const since = outage?.since ?? now
  const failed: Effect[] = outage
    ? [{type: 'record', details: recoverRecord(state, 'failed', outage, now, exit.cause)}]
    : []
  if (!exit.retriable || outage?.granted) {
    const used = {since, attempt: outage?.attempt ?? 0, limit: outage?.limit ?? limit}
    return exhausted(state, failed, used, windowMs, exit.cause, now)
  }
  const spending = spend(state.budget, policy.recovery, now, readyMs, random)
  const next = {since, attempt: spending.attempt, limit: spending.limit}
  if (!spending.granted) {
    return exhausted({...state, budget: spending.budget}, failed, next, spending.windowMs, exit.cause, now)
  }
  const after: MachineState = {...state, budget: spending.budget, outage: {...next, granted: false}}
  // A pause keeps a crash loop from spawning without end; a standby that is there need not be spawned.
  const atOnce = spending.delayMs === 0 || isReady(after.standby)
  if (atOnce) return andThen(step(after, ...failed), (each) => launch(each, now))
  const {generation} = after
  return step({...after, phase: 'backoff'}, ...failed, {
    type: 'timer',
    timer: 'backoff',
    generation,
    ms: spending.delayMs,
  })
}

const isReady = (standby: ChildState | undefined) => standby?.readyAt !== undefined && !standby.intent

function exhausted(
  state: MachineState,
  before: Effect[],
  used: {since: number; attempt: number; limit: number},
  windowMs: number,
  cause: string,
  now: number,
): Step {
  const details = recoverRecord(state, 'exhausted', used, now, cause, windowMs)
  const outage = {...used, granted: false}
  return step({...state, phase: 'exhausted', outage}, ...before, {type: 'record', details})
}

function reportOf(state: MachineState, child: ChildState, ending: Ending): ExitReport {
  const {command, cwd} = state.policy.gateway
  const {code, signal, spawnError, stderrTail, oomKills} = ending
  const {intent} = child
  const ready = child.readyAt !== undefined
  const verdict: DeathVerdict = classifyDeath({
    command,
    cwd,
    spawnError,
    code,
    signal,
    intent,
    ready,
    stderrTail,
    oomKills,
  })
  const {generation, pid} = child
  return {generation, pid, code, signal, expected: intent !== undefined, ...verdict, stderrTail}
}

function endRecord(state: MachineState, child: ChildState, ending: Ending, report: ExitReport, now: number): Effect {
  const {spawnError, inFlight} = ending
  if (spawnError) {
    const {errno} = spawnError
    return {
      type: 'record',
      details: {type: 'spawn-failed', ...base(state, child), errno, message: `the gateway ${report.summary}`},
    }
  }
  const {code, signal, expected, cause, confidence, stderrTail} = report
  const uptimeMs = Math.round(now - child.spawnedAt)
  return {
    type: 'record',
    details: {
      type: 'exit',
      ...base(state, child),
      code,
      signal,
      expected,
      cause,
      confidence,
      uptimeMs,
      inFlight,
      stderrTail,
    },
  }
}
