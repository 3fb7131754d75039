import type {ChildState, Effect, MachineState, Step} from './machine-types.js'

/** A new state and what is to be done, in this order. */
export function step(state: MachineState, ...effects: Effect[]): Step {
  return {state, effects}
}

/** Goes on from where `first` led to. */
export function andThen(first: Step, next: (state: MachineState) => Step): Step {
  const second = next(first.state)
  return {state: second.state, effects: [...first.effects, ...second.effects]}
}

/** What every lifecycle record carries. */
export function base(state: MachineState, child: ChildState | undefined) {
  const confirmed = state.confirmed && state.target?.kind === 'stored' ? state.target.key : undefined
  return {
    generation: child?.generation ?? state.generation,
    pid: child?.pid,
    sessionKey: child?.standby ? undefined : (state.session?.key ?? confirmed),
  }
}
