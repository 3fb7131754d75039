import {chmodSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {root} from '../helpers/measure.js'

const scripted = path.join(root, 'test', 'fixtures', 'scripted-gateway.mjs')

/** One way to die, and what the doctor must call it. */
export interface Kind {
  /** Distinguishes kinds of the same cause. */
  name: string
  cause: string
  command: readonly string[]
  env?: Record<string, string>
  /** Sent from outside when the session is open. */
  signal?: NodeJS.Signals
  /** Asked to shut down without an intent of ours. */
  shutdown?: boolean
  startupTimeoutMs?: number
  /** It writes into the log itself, as `$HERMES_HOME` says where. */
  ownLog?: boolean
}

const node = (...args: string[]) => [process.execPath, ...args]
const fake = node(scripted)

const byCode = (code: number, cause: string): Kind => ({
  name: `exit ${code}`,
  cause,
  command: fake,
  env: {FG_EXIT: `${code}@ready`},
})

/** A signal from outside to the built-in gateway. */
function signalled(gateway: string, signal: NodeJS.Signals, cause: string): Kind {
  return {name: signal, cause, command: node(gateway), signal}
}

/** `gateway`: the built-in one. `directory`: where a file that is no program can be put. */
export function kindsOf(gateway: string, directory: string): Kind[] {
  const bySignal = (signal: NodeJS.Signals, cause: string) => signalled(gateway, signal, cause)
  const noProgram = path.join(directory, 'no-program')
  writeFileSync(noProgram, 'text')
  chmodSync(noProgram, 0o600)
  return [
    bySignal('SIGKILL', 'external-sigkill'),
    bySignal('SIGTERM', 'external-SIGTERM'),
    bySignal('SIGHUP', 'external-SIGHUP'),
    {...bySignal('SIGINT', 'external-SIGINT'), command: fake},
    bySignal('SIGSEGV', 'native-crash:SIGSEGV'),
    bySignal('SIGBUS', 'native-crash:SIGBUS'),
    bySignal('SIGILL', 'native-crash:SIGILL'),
    bySignal('SIGFPE', 'native-crash:SIGFPE'),
    bySignal('SIGABRT', 'native-crash:SIGABRT'),
    bySignal('SIGSTOP', 'hang:stopped'),
    {name: 'blocked loop', cause: 'hang:unresponsive', command: fake, env: {FG_HANG: 'loop@ready'}},
    {name: 'never ready', cause: 'start-timeout', command: fake, env: {FG_HANG: 'sleep@boot'}, startupTimeoutMs: 400},
    {name: 'shutdown unasked', cause: 'silent-exit-0', command: node(gateway), shutdown: true},
    {
      name: 'heap out of memory',
      cause: 'js-heap-oom',
      command: node(
        '--max-old-space-size=16',
        '-e',
        'const a = []; for (;;) a.push(new Array(1000).fill(Math.random()))',
      ),
    },
    {name: 'throw', cause: 'uncaught:RangeError', command: fake, env: {FG_EXIT: 'throw@ready'}},
    {name: 'reject', cause: 'uncaught:TypeError', command: fake, env: {FG_EXIT: 'reject@ready'}},
    byCode(0, 'silent-exit-0'),
    byCode(1, 'exit-code:1'),
    byCode(137, 'exit-code:137'),
    byCode(64, 'usage-error'),
    byCode(78, 'config-error'),
    byCode(90, 'memory-critical'),
    byCode(91, 'self-watchdog'),
    byCode(92, 'orphaned'),
    byCode(93, 'protocol'),
    byCode(94, 'store-error'),
    {name: 'bad flag', cause: 'bad-launch', command: node('--no-such-flag')},
    {name: 'no such program', cause: 'spawn-failed:ENOENT', command: [path.join(directory, 'missing')]},
    {name: 'no program', cause: 'spawn-failed:EACCES', command: [noProgram]},
  ]
}

/** Takes memory until the kernel ends it, before anybody else in its cgroup. */
export const kernelKind: Kind = {
  name: 'kernel out of memory',
  cause: 'kernel-oom',
  command: node(
    '-e',
    "require('fs').writeFileSync('/proc/self/oom_score_adj', '1000'); const a = []; for (;;) a.push(Buffer.alloc(16 << 20, 1))",
  ),
}

/** A SIGKILL from outside in the very cgroup where the kernel killed before: it must not be called its doing. */
export function killedBeside(gateway: string): Kind {
  return {...signalled(gateway, 'SIGKILL', 'external-sigkill'), name: 'SIGKILL beside it'}
}

/** Deaths of the program itself, as `hermes chat --print` has them. */
export const programKinds: readonly {name: string; cause: string; signal: NodeJS.Signals}[] = [
  {name: 'chat: SIGHUP', cause: 'terminal-hangup', signal: 'SIGHUP'},
  {name: 'chat: SIGTERM', cause: 'supervisor-term', signal: 'SIGTERM'},
  {name: 'chat: SIGKILL', cause: 'parent-vanished', signal: 'SIGKILL'},
]
