import type {SupervisorView} from '../types.js'
import type {MachineState} from './types.js'

const none: ReadonlySet<string> = new Set()

/** What the screen shows of a state. */
export function viewOf(state: MachineState): SupervisorView {
  const {phase, child, session, outage, policy, problem} = state
  const live = phase === 'live' && child !== undefined && !child.intent
  return {
    phase,
    recovering: outage !== undefined && problem === undefined && phase !== 'exhausted' && !isEnding(phase),
    attempt: outage?.attempt ?? 0,
    limit: outage?.limit ?? policy.recovery.limit,
    generation: child?.generation ?? state.generation,
    pid: child?.pid,
    session: live && session ? session : undefined,
    watched: child?.watched,
    capabilities: child?.capabilities ?? none,
    silence: child?.silence,
    lastExit: state.lastExit,
    problem,
  }
}

export function sameView(a: SupervisorView, b: SupervisorView): boolean {
  return (Object.keys(a) as (keyof SupervisorView)[]).every((name) => a[name] === b[name])
}

const isEnding = (phase: SupervisorView['phase']) => phase === 'closing' || phase === 'closed'
