import {readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import path from 'node:path'

/** Everything that differs by operating system, or that says where files live, is in this module. */

export const isWindows = process.platform === 'win32'

/**
 * `$HERMES_HOME`, trimmed; default `~/.hermes` (`%LOCALAPPDATA%\hermes` on Windows), the same home
 * as an installed Hermes Agent. An empty variable counts as unset: the reference then writes into
 * the working directory (protocol weakness 33).
 */
export function hermesHome(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env.HERMES_HOME?.trim()
  if (configured) return path.resolve(configured)
  if (isWindows && env.LOCALAPPDATA) return path.join(env.LOCALAPPDATA, 'hermes')
  return path.join(env.HOME || homedir(), '.hermes')
}

/** Files below the home. `database` is our own: the Python gateway's `state.db` is never touched. */
export function homeFiles(home: string) {
  return {
    database: path.join(home, 'hermes-chat.db'),
    history: path.join(home, 'chat_history'),
    /** One folder per session with its draft and queue. */
    outbox: path.join(home, 'outbox'),
    logs: path.join(home, 'logs'),
    crashLog: path.join(home, 'logs', 'tui_gateway_crash.log'),
    runs: path.join(home, 'run'),
  }
}

/**
 * When a process was started, as the system counts it (field 22 of `/proc/PID/stat`); undefined where
 * there is no such process or no `/proc`. It tells a process from a later one with the same pid.
 */
export function processBirth(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in field 2 may hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** Exit status of a process ended by a signal, as shells report it. */
export function signalExitCode(signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM'): number {
  return 128 + {SIGHUP: 1, SIGINT: 2, SIGTERM: 15}[signal]
}
