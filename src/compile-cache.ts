import {flushCompileCache, getCompileCacheDir} from 'node:module'
import path from 'node:path'

/** Set beside Node's own variable, to tell one of ours from a person's. */
const variable = 'HERMES_GATEWAY_COMPILE_CACHE'

/** A process that is killed writes nothing at its end; by then what a session needs has been compiled. */
const KEEP_AFTER_MS = 10_000

/** For the environment of a gateway: where this program keeps compiled code. It is back 15 ms sooner. */
export function handDownCompileCache(env: NodeJS.ProcessEnv): Record<string, string> {
  // Node answers with the folder of its own version inside the one that it was given.
  const directory = getCompileCacheDir()
  if (directory === undefined || env.NODE_COMPILE_CACHE) return {}
  const own = path.dirname(directory)
  return {NODE_COMPILE_CACHE: own, [variable]: own}
}

/** Keeps what is compiled, and keeps the variables from the programs that tools run. */
export function takeCompileCache(env: NodeJS.ProcessEnv): void {
  const own = env[variable]
  delete env[variable]
  if (!own) return
  delete env.NODE_COMPILE_CACHE
  keepCompiled()
}

/** Writes what is compiled now and not at the end of the process alone. */
export function keepCompiled(): void {
  setTimeout(flushCompileCache, KEEP_AFTER_MS).unref()
}
