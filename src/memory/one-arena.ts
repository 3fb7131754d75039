const glibc = 'MALLOC_ARENA_MAX'
const ours = 'HERMES_GATEWAY_ONE_ARENA'

/**
 * For the environment of a gateway. glibc gives each of V8's threads memory of its own, and 2.5 MB of what they took while
 * they compiled stay with a process that rests; with one for all a start takes no longer. What the person has set holds.
 */
export function handDownOneArena(env: NodeJS.ProcessEnv): Record<string, string> {
  return env[glibc] === undefined ? {[glibc]: '1', [ours]: '1'} : {}
}

/** It was read when the process began: what this one starts is to have its own. */
export function takeOneArena(env: NodeJS.ProcessEnv): void {
  if (env[ours] !== undefined) delete env[glibc]
  delete env[ours]
}
