import type {Supervisor} from '../../supervisor/types.js'

/** A way to end a gateway from outside, and how the log must call it. */
export interface Way {
  name: string
  cause: string
  /** Resolves when it was done; the end itself is awaited by the drill. */
  act: (target: {pid: number; supervisor: Supervisor}) => void | Promise<void>
}

const bySignal = (signal: NodeJS.Signals, cause: string): Way => ({
  name: signal,
  cause,
  act: ({pid}) => {
    process.kill(pid, signal)
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
  bySignal('SIGSTOP', 'hang:stopped'),
]

/** Asked to end, but not by an intent of ours: as a gateway that gives up by itself. */
const exitByItself: Way = {
  name: 'exit 0',
  cause: 'silent-exit-0',
  act: async ({supervisor}) => {
    await supervisor.request('gateway.shutdown', {reason: 'drill'}).catch(() => {})
  },
}

/** What this machine allows. Windows has one way to end a process, and no stopped ones. */
export function waysOf(platform: NodeJS.Platform = process.platform): Way[] {
  return platform === 'win32' ? [bySignal('SIGKILL', 'exit-code:1'), exitByItself] : [...signals, exitByItself]
}
