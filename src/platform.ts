import {closeSync, openSync, readFileSync, readSync} from 'node:fs'
import {homedir} from 'node:os'
import path from 'node:path'

/** Everything that differs by operating system, or that says where files live, is in this module. */

export const isWindows = process.platform === 'win32'

/**
 * `$HERMES_HOME`, trimmed, with `~` for the person's directory; default `~/.hermes` (`%LOCALAPPDATA%\hermes` on
 * Windows), the same home as an installed Hermes Agent. An empty variable counts as unset: the reference then writes
 * into the working directory (protocol weakness 33).
 */
export function hermesHome(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env.HERMES_HOME?.trim()
  // From a .env file, or quoted, no shell has replaced it: a folder of that name would be made in the working directory.
  if (configured && /^~(?:[\\/]|$)/.test(configured)) return path.join(env.HOME || homedir(), configured.slice(1))
  if (configured) return path.resolve(configured)
  if (isWindows && env.LOCALAPPDATA) return path.join(env.LOCALAPPDATA, 'hermes')
  return path.join(env.HOME || homedir(), '.hermes')
}

/** Files below the home. `database` is our own: the Python gateway's `state.db` is never touched. */
export function homeFiles(home: string) {
  // Asked for several times at each start: one look at the folder for all of the names.
  const at = path.join(home, path.sep)
  return {
    database: `${at}hermes-chat.db`,
    /** What "always" allowed, by project. */
    permissions: `${at}permissions.yaml`,
    history: `${at}chat_history`,
    /** Lists of models as providers told them, and what is known of windows and prices: a cache. */
    models: `${at}chat_models`,
    /** Libraries of providers that the person installed. */
    libraries: `${at}libraries`,
    /** One folder per session with its draft and queue. */
    outbox: `${at}outbox`,
    pasted: `${at}pasted`,
    /** What files were before each turn. */
    checkpoints: `${at}checkpoints`,
    /** Drafts that an editor has. */
    editing: `${at}editing`,
    /** What commands of models put out, a folder per session. */
    outputs: `${at}outputs`,
    /** Where sub-agents write: git worktrees, a folder per repository. */
    worktrees: `${at}worktrees`,
    logs: `${at}logs`,
    crashLog: `${at}logs${path.sep}tui_gateway_crash.log`,
    runs: `${at}run`,
    /** Servers that `hermes mcp add` noted, what signing in to some brought, and what they write on stderr. */
    mcp: `${at}mcp.json`,
    mcpSignIns: `${at}mcp-sign-ins`,
    mcpLogs: `${at}logs${path.sep}mcp`,
    /** Which sessions the last runs had open. */
    usedSessions: `${at}used_sessions.json`,
    /** How the screen of Hermes Agent looks when it is used with the built-in gateway. */
    screenSettings: `${at}screen_settings.json`,
    /** What went over the wire in the last minute of each run, without contents. */
    frames: `${at}logs${path.sep}frames`,
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
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; its parent has not noticed yet.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Tells one start of the system from another; undefined where it can't be told. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}

/**
 * Whether the process that was noted down still lives: a pid is used again, most of all after a
 * reboot. A zombie is dead.
 */
export function isSameProcess(noted: {pid: number; birth?: string | undefined; boot?: string | undefined}): boolean {
  const boot = bootId()
  if (noted.boot !== undefined && boot !== undefined && noted.boot !== boot) return false
  try {
    process.kill(noted.pid, 0)
  } catch (error) {
    if ((error as {code?: unknown}).code !== 'EPERM') return false
  }
  const birth = processBirth(noted.pid)
  if (birth !== undefined && noted.birth !== undefined && birth !== noted.birth) return false
  return !isZombie(noted.pid)
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat[stat.lastIndexOf(')') + 2] === 'Z'
  } catch {
    return false
  }
}

/** Signals that end the program in order. */
export const endSignals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const
export type EndSignal = (typeof endSignals)[number]

/** Exit status of a process ended by a signal, as shells report it. */
export function signalExitCode(signal: EndSignal): number {
  return 128 + {SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15}[signal]
}

/**
 * So many bytes that nobody can foretell, as hexadecimal digits. From the system itself: `node:crypto` takes 5 ms and 2 MB
 * to load, for which a start and a first prompt would wait.
 */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

/** A UUID of version 4. */
export function randomUuid(): string {
  const bytes = randomBytes(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function randomBytes(length: number): Buffer {
  return (isWindows ? undefined : fromDevice(length)) ?? process.getBuiltinModule('node:crypto').randomBytes(length)
}

/** Undefined where there is no such device, as in a bare chroot. */
function fromDevice(length: number): Buffer | undefined {
  try {
    const device = openSync('/dev/urandom', 'r')
    try {
      const bytes = Buffer.alloc(length)
      return readSync(device, bytes) === length ? bytes : undefined
    } finally {
      closeSync(device)
    }
  } catch {
    return undefined
  }
}
