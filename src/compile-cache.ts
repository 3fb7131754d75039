import {enableCompileCache, flushCompileCache, getCompileCacheDir} from 'node:module'
import path from 'node:path'

/**
 * Environment variable by which a chat tells the built-in gateway where compiled code is kept: it is
 * back 15 ms sooner. Node's own variable would be handed on to every program that a tool runs.
 */
const variable = 'HERMES_GATEWAY_COMPILE_CACHE'

/** A process that is killed writes nothing at its end; by then what a session needs has been compiled. */
const KEEP_AFTER_MS = 10_000

/** Hands down where this program keeps its own. */
export function handDownCompileCache(): Record<string, string> {
  // Node answers with the folder of its own version inside the one that it was given.
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : {[variable]: path.dirname(directory)}
}

export function takeCompileCache(env: NodeJS.ProcessEnv): void {
  const directory = env[variable]
  delete env[variable]
  if (!directory) return
  enableCompileCache(directory)
  keepCompiled()
}

/** Writes what is compiled now and not at the end of the process alone. */
export function keepCompiled(): void {
  setTimeout(flushCompileCache, KEEP_AFTER_MS).unref()
}
