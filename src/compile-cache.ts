import {enableCompileCache, flushCompileCache, getCompileCacheDir} from 'node:module'
import path from 'node:path'
import {asEver} from './memory/late-optimising.js'

/** Where a chat keeps compiled code, for its gateway. Not Node's own variable: what tools start would keep theirs there too. */
const variable = 'HERMES_GATEWAY_COMPILE_CACHE'
const anewVariable = 'HERMES_GATEWAY_COMPILE_ANEW'

/** A process that is killed writes nothing at its end; by then what a session needs has been compiled. */
export const KEEP_AFTER_MS = 10_000

/** For the environment of a gateway. */
export function handDownCompileCache(env: NodeJS.ProcessEnv): Record<string, string> {
  // Node answers with the folder of its own version inside the one that it was given.
  const directory = getCompileCacheDir()
  return directory === undefined || env.NODE_COMPILE_CACHE ? {} : {[variable]: path.dirname(directory)}
}

/**
 * The same for one that follows a crash: what is kept may be the cause, and is replaced. V8 trusts it blindly, and a
 * gateway that could not start would find it again for ever.
 */
export const compileAnew = {[anewVariable]: '1'}

/** Keeps compiled code where the chat does. `folder` is that of this version of Node; undefined without one. */
export function takeCompileCache(env: NodeJS.ProcessEnv): {folder: string | undefined; anew: boolean} {
  const {[variable]: handedDown, [anewVariable]: anew} = env
  delete env[variable]
  delete env[anewVariable]
  if (handedDown) enableCompileCache(handedDown)
  return {folder: getCompileCacheDir(), anew: anew !== undefined}
}

/** Writes what is compiled a while after the start, and not at the end of the process alone. */
export function keepCompiled(): void {
  setTimeout(() => asEver(flushCompileCache), KEEP_AFTER_MS).unref()
}
