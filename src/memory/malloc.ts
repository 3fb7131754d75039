/**
 * How glibc keeps memory of a gateway. It gives each of V8's threads memory of its own, and 2.5 MB of what they took while
 * they compiled stay with a process that rests. And from the first large piece that is freed on it keeps ever larger
 * ones for itself, unless it is told how large: 1.5 MB, with its own defaults told. A start takes no longer.
 */
const frugal: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

/** Which of them are ours. */
const ours = 'HERMES_GATEWAY_MALLOC'

/** For the environment of a gateway. What the person has set holds. */
export function handDownMalloc(env: NodeJS.ProcessEnv): Record<string, string> {
  const unset = Object.entries(frugal).filter(([name]) => env[name] === undefined)
  return unset.length === 0 ? {} : {...Object.fromEntries(unset), [ours]: unset.map(([name]) => name).join(' ')}
}

/** They were read when the process began: what this one starts is to have its own. */
export function takeMalloc(env: NodeJS.ProcessEnv): void {
  const set = env[ours]?.split(' ') ?? []
  for (const name of Object.keys(frugal)) if (set.includes(name)) delete env[name]
  delete env[ours]
}
