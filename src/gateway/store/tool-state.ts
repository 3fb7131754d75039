import type {ToolState} from '../../protocol/methods.js'

/** Whether a result says that a tool did not run because it was not allowed to. */
export function isDenial(result: unknown): boolean {
  return typeof result === 'object' && result !== null && (result as {denied?: unknown}).denied === true
}

/** State of a call that was stored before states were. */
export function stateOf(result: unknown): ToolState {
  if (result === undefined) return 'unknown'
  return isDenial(result) ? 'denied' : 'complete'
}
