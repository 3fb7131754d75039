import {writeSync} from 'node:fs'
import {keepCompiled} from '../../compile-cache.js'
import {
  type FlagValues,
  handedDownConfigVariable,
  handedDownFlagsVariable,
  readHandedDownConfig,
  readHandedDownFlags,
} from '../../config/handed-down.js'
import {type HandedDownLog, handedDownVariable, readHandedDown} from '../../crash-log/handed-down.js'
import {handOverVariable, readHandOver} from '../../hand-over/handed-down.js'
import {takeMalloc} from '../../memory/malloc.js'
import {giveBackAtRest} from '../../memory/rest.js'
import {readToolHooks, toolHooksVariable} from '../../permissions/hooks-handed-down.js'
import {readRunPermissions, runPermissionsVariable} from '../../permissions/run-permissions.js'
import {runGateway} from '../server/serve.js'
import {type GatewayParts, realParts} from '../services.js'
import type {GatewayEnd} from './gateway-end.js'
import type {LastWords} from './last-words.js'

/** To open the crash log takes 3 ms, which the session that is asked for first need not wait for. */
const LOG_AFTER_MS = 50

/** A gateway that nobody handed a crash log to reads its own configuration for it by then. */
const OWN_LOG_AFTER_MS = 200

/** Ends this process as the gateway ended: by its exit code, or by the very signal that it received. */
export function endProcess(end: GatewayEnd): void {
  if (end.kind === 'exit') process.exit(end.code)
  process.removeAllListeners(end.signal)
  process.kill(process.pid, end.signal)
}

/** This process as a gateway on its own stdin and stdout. `keep` writes what is compiled of it for the next one. */
export async function runGatewayProcess({keep}: {keep?: (() => void) | undefined} = {}): Promise<void> {
  const diagnose = (line: string) => {
    try {
      writeSync(2, `${line}\n`)
    } catch {
      // Nobody reads stderr any more; there is nowhere else to say it.
    }
  }
  const {stdin, stdout, env} = process
  const cwd = process.cwd()
  const config = readHandedDownConfig(env)
  const flags = config ? undefined : readHandedDownFlags(env)
  const log = readHandedDown(env)
  // What tools start is not a part of this run.
  delete env[handedDownConfigVariable]
  delete env[handedDownFlagsVariable]
  delete env[handedDownVariable]
  const handOver = readHandOver(env)
  delete env[handOverVariable]
  const permissions = readRunPermissions(env)
  delete env[runPermissionsVariable]
  const toolHooks = readToolHooks(env)
  delete env[toolHooksVariable]
  takeMalloc(env)

  let words: LastWords | undefined
  let opening: Promise<void> | undefined
  const open = () => {
    opening ??= openLog(log, env, cwd).then(
      (opened) => {
        words = opened
      },
      // What is wrong with its configuration it says when it is asked for a session.
      () => {},
    )
    return opening
  }
  let onSignal: ((signal: NodeJS.Signals) => void) | undefined
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal?.(signal))
  // The terminal's Ctrl-C is the parent's business; a broken pipe is seen where it is written to.
  for (const signal of ['SIGINT', 'SIGPIPE'] as const) process.on(signal, () => {})
  process.on('uncaughtException', (error: unknown) => {
    const {name, message, stack} = error instanceof Error ? error : new Error(String(error))
    diagnose(`[gateway-crash] ${name}: ${message.split('\n', 1)[0]}`)
    diagnose(stack ?? '')
    words?.uncaught({name, message, stack})
    process.exit(1)
  })
  printOnStderr()
  const ended = runGateway({
    stdin,
    stdout,
    diagnose,
    env,
    cwd,
    onSignal: (listener) => {
      onSignal = listener
    },
    handOver,
    note: (...note) => void open().then(() => words?.note(...note)),
    permissions,
    toolHooks,
    ...(config ? {parts: {loadConfig: async () => config}} : flags ? {parts: {loadConfig: withFlags(flags)}} : {}),
    lastWords: async (...end) => {
      if (log) await open()
      words?.ended(...end)
    },
    onRehearsed: keep,
  })
  setTimeout(open, log ? LOG_AFTER_MS : OWN_LOG_AFTER_MS).unref()
  keepCompiled()
  giveBackAtRest()
  endProcess(await ended)
}

/** Over what files and environment say. They were checked by who handed them down. */
function withFlags(flags: FlagValues): GatewayParts['loadConfig'] {
  return async (options) => {
    const config = await realParts.loadConfig(options)
    return {...config, values: {...config.values, ...flags}}
  }
}

/** stdout is for frames alone: what a library prints becomes a diagnostic. Made when first used: it takes 1 ms. */
function printOnStderr(): void {
  let made: Console | undefined
  const get = () => {
    made ??= new (process.getBuiltinModule('node:console').Console)(process.stderr, process.stderr)
    return made
  }
  Object.defineProperty(globalThis, 'console', {configurable: true, get})
}

async function openLog(
  handedDown: HandedDownLog | undefined,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<LastWords | undefined> {
  const {openLastWords, ownLog} = await import('./last-words.js')
  return openLastWords(handedDown ?? (await ownLog(env, cwd)))
}
