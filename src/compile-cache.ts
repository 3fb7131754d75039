import {enableCompileCache, flushCompileCache, getCompileCacheDir} from 'node:module'
import path from 'node:path'

/** Where a chat keeps compiled code, for its gateway. Not Node's own variable: what tools start would keep theirs there too. */
const variable = 'HERMES_GATEWAY_COMPILE_CACHE'

/** A process that is killed writes nothing at its end; by then what a session needs has been compiled. */
const KEEP_AFTER_MS = 10_000

/** For the environment of a gateway. */
export function handDownCompileCache(env: NodeJS.ProcessEnv): Record<string, string> {
  // Node answers with the folder of its own version inside the one that it was given.
  const directory = getCompileCacheDir()
  return directory === undefined || env.NODE_COMPILE_CACHE ? {} : {[variable]: path.dirname(directory)}
}

/** Keeps compiled code where the chat does. Returns the folder for this version of Node; undefined without one. */
export function takeCompileCache(env: NodeJS.ProcessEnv): string | undefined {
  const handedDown = env[variable]
  delete env[variable]
  if (handedDown) enableCompileCache(handedDown)
  return getCompileCacheDir()
}

/** Writes what is compiled a while after the start, and not at the end of the process alone. */
export function keepCompiled(write: () => void = flushCompileCache): void {
  setTimeout(write, KEEP_AFTER_MS).unref()
}
