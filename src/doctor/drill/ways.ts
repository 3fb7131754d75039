import {writeFileSync} from 'node:fs'
import type {Supervisor} from '../../supervisor/types.js'
import type {Fault} from './faults.js'

export interface Target {
  pid: number
  supervisor: Supervisor
  /** Names the fault to a gateway that is open to them. */
  faultFile: string
}

/** A way for a gateway to end, and how the log must call it. */
export interface Way {
  name: string
  cause: string
  /** It does not end at once: the way back is measured from its death. */
  lingers?: boolean
  /** Resolves when it was done; the end itself is awaited by the drill. */
  act: (target: Target) => void | Promise<void>
}

/** Ways that need the same kind of gateway. */
export interface WayGroup {
  /**
   * `plain`: as the chat starts it. All others are open to faults; `watched` is often asked for a sign of
   * life, `frail` has a small heap, `confined` little memory.
   */
  gateway: 'plain' | 'watched' | 'frail' | 'confined'
  ways: readonly Way[]
}

const bySignal = (signal: NodeJS.Signals, cause: string): Way => ({
  name: signal,
  cause,
  act: ({pid}) => {
    process.kill(pid, signal)
  },
})

const byFault = (name: string, fault: Fault, cause: string, lingers = true): Way => ({
  name,
  cause,
  lingers,
  act: ({pid, faultFile}) => {
    writeFileSync(faultFile, fault)
    process.kill(pid, 'SIGUSR2')
  },
})

const signals: readonly Way[] = [
  bySignal('SIGKILL', 'external-sigkill'),
  bySignal('SIGTERM', 'external-SIGTERM'),
  bySignal('SIGHUP', 'external-SIGHUP'),
  bySignal('SIGSEGV', 'native-crash:SIGSEGV'),
  bySignal('SIGABRT', 'native-crash:SIGABRT'),
  bySignal('SIGBUS', 'native-crash:SIGBUS'),
  bySignal('SIGILL', 'native-crash:SIGILL'),
  bySignal('SIGFPE', 'native-crash:SIGFPE'),
  bySignal('SIGTRAP', 'native-crash:SIGTRAP'),
]

/** Asked to end, but not by an intent of ours: as a gateway that gives up by itself. */
const exitByItself: Way = {
  name: 'exit 0',
  cause: 'silent-exit-0',
  act: async ({supervisor}) => {
    await supervisor.request('gateway.shutdown', {reason: 'drill'}).catch(() => {})
  },
}

/** What this system allows. Windows has one way to end a process, no stopped ones, and no signal to tell one anything. */
export function wayGroups(platform: NodeJS.Platform = process.platform): WayGroup[] {
  if (platform === 'win32') return [{gateway: 'plain', ways: [bySignal('SIGKILL', 'exit-code:1'), exitByItself]}]
  const watched = [bySignal('SIGSTOP', 'hang:stopped'), byFault('endless loop', 'loop', 'hang:unresponsive', false)]
  const frail = [byFault('error', 'throw', 'uncaught:RangeError'), byFault('heap full', 'heap', 'js-heap-oom')]
  const confined = [byFault('kernel OOM', 'memory', 'kernel-oom')]
  return [
    {gateway: 'plain', ways: [...signals, exitByItself]},
    {gateway: 'watched', ways: watched},
    {gateway: 'frail', ways: frail},
    ...(platform === 'linux' ? [{gateway: 'confined', ways: confined} as const] : []),
  ]
}
