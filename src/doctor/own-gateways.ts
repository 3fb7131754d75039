import {realpathSync} from 'node:fs'
import path from 'node:path'
import {hermesHome} from '../platform.js'
import type {ProcessOrigin, ProcessRow} from './processes.js'

/** What makes a gateway one of this installation and home. */
export interface Ours {
  /** `$HERMES_HOME`. */
  home: string
  /** Scripts that are a gateway: `dist/gateway/main.js`. */
  gateways: readonly string[]
  /** Scripts that are one with `gateway` as the next word: `bin/run.js`. */
  launchers: readonly string[]
}

/** A process that takes over whoever lost its parent. */
const reaper = /^(?:systemd|init|tini|dumb-init|launchd|s6-svscan)$/

/**
 * Gateways that lost the program that started them. A person may end what stands here, so a gateway is known by what
 * the system says it runs and by its home, never by a text in its command line: a tmux server, an editor or a shell
 * that were given that text hold other people's work.
 */
export function orphanGateways(
  processes: readonly ProcessRow[],
  ours: Ours,
  originOf: (pid: number) => ProcessOrigin | undefined,
): ProcessRow[] {
  const byPid = new Map(processes.map((row) => [row.pid, row]))
  return processes.filter(({pid, ppid, argv, sameUser}) => {
    if (!sameUser || pid === process.pid) return false
    const parent = byPid.get(ppid)
    // A parent that can't be seen lives outside of this container.
    if (!parent || (ppid !== 1 && !reaper.test(parent.name))) return false
    const origin = originOf(pid)
    if (!origin || origin.env.SYSTEMD_EXEC_PID === String(pid) || !isOfHome(origin, ours.home)) return false
    // A container's first process may be the very chat that started it.
    const parentOrigin = originOf(ppid)
    return isGateway(argv, origin, ours) && !(parentOrigin && runs(parent.argv, parentOrigin, ours.launchers))
  })
}

function isOfHome({env, cwd}: ProcessOrigin, home: string): boolean {
  // Without either nothing says where its home is.
  if (!env.HERMES_HOME?.trim() && !env.HOME) return false
  const named = env.HERMES_HOME?.trim()
  const isRelative = named && !named.startsWith('~')
  return realOf(hermesHome(isRelative ? {HERMES_HOME: path.resolve(cwd, named)} : env)) === realOf(home)
}

function isGateway(argv: readonly string[], origin: ProcessOrigin, ours: Ours): boolean {
  if (/^python\d*(?:\.\d+)?$/.test(path.basename(origin.program))) return moduleOf(argv) === 'tui_gateway.entry'
  if (runs(argv, origin, ours.gateways)) return true
  return runs(argv, origin, ours.launchers) && argv[scriptAt(argv) + 1] === 'gateway'
}

function runs(argv: readonly string[], {program, cwd}: ProcessOrigin, scripts: readonly string[]): boolean {
  const script = argv[scriptAt(argv)]
  if (script === undefined || !/^node(?:js)?$/.test(path.basename(program))) return false
  const file = realOf(path.resolve(cwd, script))
  return scripts.some((one) => realOf(one) === file)
}

/** Options of Node that take the next word, if they have no `=`. */
const withValue = new Set(['-r', '--require', '--import', '--loader', '--experimental-loader', '-C', '--conditions'])
/** With these a text is the program. */
const withText = /^(?:-[a-z]*[pe][a-z]*|--(?:eval|print|run|test|check|interactive)(?:=.*)?|-[ci])$/

/** Where in Node's arguments its script stands; -1 if it runs none. */
function scriptAt(argv: readonly string[]): number {
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at] ?? ''
    if (word === '--') return at + 1
    if (!word.startsWith('-')) return at
    if (withText.test(word)) return -1
    if (withValue.has(word)) at += 1
  }
  return -1
}

/** The module of Python's `-m`; undefined where it runs something else. */
function moduleOf(argv: readonly string[]): string | undefined {
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at] ?? ''
    if (word === '-m') return argv[at + 1]
    if (word === '-X' || word === '-W') at += 1
    else if (!/^-[bBdEIOPqsSuvxXW]/.test(word)) return undefined
  }
  return undefined
}

/** Links resolved as far as there is a file. */
function realOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return path.resolve(file)
  }
}
