import {errorCodes} from '../../protocol/frames.js'
import {freshBudget} from './budget.js'
import {standbySoon} from './standby.js'
import {andThen, base, step} from './step.js'
import type {Effect, MachineEvent, MachineState, OpenCall, Step, Target} from './types.js'

/** Which session is open: create, resume, the key that recovery goes by, and what the gateway refused. */

type Opened = Extract<MachineEvent, {type: 'opened'}>
type OpenFailed = Extract<MachineEvent, {type: 'open-failed'}>

/** Opens `target` in the live gateway. `wished`: the person asked for it while another session was there. */
export function openTarget(state: MachineState, target: Target, wished: boolean): Step {
  if (target.kind === 'stored' && target.asks && !wished) {
    const data = {session_key: target.key, title: '', gone: true}
    const message = `session ${target.key} was watched, and its gateway has ended`
    return step({...state, phase: 'live', problem: {code: errorCodes.ownedElsewhere, message, data}})
  }
  return request(state, target, wished, firstCall(target))
}

function firstCall(target: Target): OpenCall {
  switch (target.kind) {
    case 'new':
      return {method: 'create', title: target.title, model: target.model}
    case 'latest':
      return {method: 'most-recent', unfinished: target.unfinished ?? false}
    case 'branch':
      return {method: 'branch', key: target.key, name: target.name, model: target.model}
    case 'stored': {
      const call = {method: 'resume' as const, key: target.key, model: target.model}
      return target.takeOver ? {...call, takeOver: true} : call
    }
  }
}

function request(state: MachineState, target: Target, wished: boolean, call: OpenCall): Step {
  const {child} = state
  if (!child) return step(state)
  const seq = state.seq + 1
  const opening = {seq, target, wished}
  return step(
    {...state, phase: 'resuming', seq, opening, problem: undefined},
    {type: 'open', generation: child.generation, seq, call},
  )
}

export function mostRecent(state: MachineState, event: Extract<MachineEvent, {type: 'most-recent'}>): Step {
  const {opening} = state
  if (opening?.seq !== event.seq) return step(state)
  const {target, wished} = opening
  const {model} = target
  const call: OpenCall =
    event.key === undefined ? {method: 'create', title: undefined, model} : {method: 'resume', key: event.key, model}
  return request(state, target, wished, call)
}

export function opened(state: MachineState, event: Opened, now: number): Step {
  const {child, opening, outage} = state
  if (!child) return step(state)
  const {opened: answer, generation} = event
  if (opening?.seq !== event.seq) {
    // The person has asked for another one meanwhile.
    return event.how === 'created' ? step(state, {type: 'leave', generation, liveId: answer.session_id}) : step(state)
  }
  const key = keyOf(event, opening.target)
  const before = opening.target.kind === 'stored' ? opening.target.key : undefined
  /** Nothing was stored of it, and a new one has its place. */
  const renewed = event.how === 'created' && before !== undefined && key !== before
  const recovered =
    outage !== undefined && state.confirmed && !opening.wished && (event.how === 'resumed' || key === before)
  const next: MachineState = {
    ...state,
    phase: 'live',
    opening: undefined,
    problem: undefined,
    outage: undefined,
    confirmed: true,
    session: {liveId: answer.session_id, key},
    // A gateway that tells no key may still accept its own live id.
    target: targetOf(event, opening.target, key ?? answer.session_id),
    wish: opening.wished ? undefined : state.wish,
    tellsKey: answer.info?.session_key !== undefined,
    standbyDeaths: 0,
    budget: outage?.granted ? freshBudget : state.budget,
  }
  const effects: Effect[] = []
  let downtimeMs: number | undefined
  if (outage) {
    const reason = renewed ? `nothing was said in ${before}, which this gateway does not store` : undefined
    const details = recoverRecord(next, renewed ? 'renewed' : 'resumed', outage, now, reason)
    downtimeMs = details.downtimeMs
    effects.push({type: 'record', details})
  }
  if (state.session && state.session.liveId !== answer.session_id) {
    effects.push({type: 'leave', generation, liveId: state.session.liveId})
  }
  effects.push({
    type: 'session',
    opened: answer,
    how: recovered ? 'recovered' : event.how,
    ...(downtimeMs !== undefined && {downtimeMs}),
  })
  if (key === undefined) effects.push({type: 'ask-key', generation, liveId: answer.session_id})
  if (next.wish) return andThen(step(next, ...effects), (after) => openTarget(after, next.wish ?? opening.target, true))
  return andThen(step(next, ...effects), standbySoon)
}

function keyOf({how, opened: answer}: Opened, target: Target): string | undefined {
  if (how === 'created') return answer.stored_session_id ?? answer.info?.session_key
  return answer.session_key ?? answer.resumed ?? (target.kind === 'stored' ? target.key : undefined)
}

function targetOf({how, opened: answer}: Opened, asked: Target, key: string): Target {
  // What was asked for holds once: the session keeps its model, and the person may choose another one in it.
  if (how === 'resumed' || answer.message_count > 0) return {kind: 'stored', key}
  const wanted = asked.kind === 'stored' ? (asked.blank?.model ?? asked.model) : asked.model
  const model = wanted === undefined ? {} : {model: wanted}
  const shown = answer.info?.model === undefined ? {} : {shown: answer.info.model}
  const title = asked.kind === 'new' ? asked.title : asked.kind === 'stored' ? asked.blank?.title : undefined
  return {kind: 'stored', key, blank: {...model, ...shown, ...(title === undefined ? {} : {title})}}
}

export function openFailed(state: MachineState, event: OpenFailed, now: number): Step {
  const {opening, outage} = state
  // The death that failed it is told by itself.
  if (opening?.seq !== event.seq || event.code === 'gateway-gone') return step(state)
  const {target, wished} = opening
  if (event.code === errorCodes.storedSessionNotFound) {
    if (target.kind === 'latest')
      return request(state, target, wished, {method: 'create', title: undefined, model: target.model})
    if (target.kind === 'stored' && target.blank) {
      const {title, model} = target.blank
      return request(state, target, wished, {method: 'create', title, model, key: target.key})
    }
  }
  if (event.code === errorCodes.unknownMethod && target.kind === 'latest') {
    return request(state, target, wished, {method: 'create', title: undefined, model: target.model})
  }
  const code = event.code === 'timeout' ? errorCodes.internal : event.code
  const failed: MachineState = {
    ...state,
    phase: 'live',
    opening: undefined,
    wish: undefined,
    problem: {code, message: event.message, ...(event.data && {data: event.data})},
  }
  const effects: Effect[] = [{type: 'stay', liveId: state.session?.liveId}]
  if (outage) effects.unshift({type: 'record', details: recoverRecord(state, 'failed', outage, now, event.message)})
  return step(failed, ...effects)
}

export function refreshKey(state: MachineState, event: Extract<MachineEvent, {type: 'key'}>): Step {
  const {session, target} = state
  if (session?.liveId !== event.liveId) return step(state)
  return step({
    ...state,
    session: {...session, key: event.key},
    target: target?.kind === 'stored' ? withModel({...target, key: event.key}, event.model) : target,
    tellsKey: state.tellsKey || event.told,
  })
}

/** The model that the person chose in a session that has no row yet, and so nobody to remember it. */
function withModel(target: Extract<Target, {kind: 'stored'}>, model: string | undefined): Target {
  const {blank} = target
  if (!blank || !model || blank.shown === undefined || model === blank.shown) return target
  return {...target, blank: {...blank, model, shown: model}}
}

type RecoverOutcome = 'attempt' | 'resumed' | 'renewed' | 'failed' | 'exhausted'

export function recoverRecord(
  state: MachineState,
  outcome: RecoverOutcome,
  outage: {since: number; attempt: number; limit: number},
  now: number,
  reason: string | undefined,
  windowMs = state.policy.recovery.windowMs,
) {
  return {
    type: 'recover' as const,
    ...base(state, state.child),
    outcome,
    attempt: outage.attempt,
    limit: outage.limit,
    windowMs,
    downtimeMs: Math.round(now - outage.since),
    reason,
  }
}
