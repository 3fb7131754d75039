import type {ChildState, Effect, MachineState, Step} from './types.js'

/** A durable key as gateways mint it: `20261123_184200_a1b2c3`. */
const keyShape = /^\d{8}_\d{6}_[0-9a-f]{4,32}$/

/** A new state and what is to be done, in this order. */
export function step(state: MachineState, ...effects: Effect[]): Step {
  return {state, effects}
}

/** Goes on from where `first` led to. */
export function andThen(first: Step, next: (state: MachineState) => Step): Step {
  const second = next(first.state)
  return {state: second.state, effects: [...first.effects, ...second.effects]}
}

/**
 * What every lifecycle record carries. Before a session is confirmed its key is the one that is to be
 * opened: at the start a title may stand in its place, which is the person's text and no key.
 */
export function base(state: MachineState, child: ChildState | undefined) {
  const {target} = state
  const known = target?.kind === 'stored' && (state.confirmed || keyShape.test(target.key)) ? target.key : undefined
  return {
    generation: child?.generation ?? state.generation,
    pid: child?.pid,
    sessionKey: child?.standby ? undefined : (state.session?.key ?? known),
  }
}
