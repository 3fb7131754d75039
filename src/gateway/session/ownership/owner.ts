import {existsSync, readFileSync} from 'node:fs'
import {errnoOf} from '../../../errors.js'
import type {SessionOwner} from '../../store/types.js'

/** What is known of a process id now. */
export type ProcessState = {alive: false} | {alive: true; birth: string | null}

export interface OwnerProbe {
  boot: string | null
  process(pid: number): ProcessState
}

/**
 * Whose a session is: `ours`, nobody's (`free`), a process's that is gone (`stale`), or another live
 * process's (`theirs`).
 */
export type Ownership = 'free' | 'ours' | 'stale' | 'theirs'

/**
 * A pid alone proves nothing: it is reused, most of all after a reboot. The record is stale when the
 * system was booted since, when no such process lives, or when the one that lives was born later.
 */
export function judgeOwner(recorded: SessionOwner | undefined, self: SessionOwner, probe: OwnerProbe): Ownership {
  if (!recorded) return 'free'
  if (recorded.boot !== null && probe.boot !== null && recorded.boot !== probe.boot) return 'stale'
  if (recorded.pid === self.pid && recorded.birth === self.birth) return 'ours'
  const state = probe.process(recorded.pid)
  if (!state.alive) return 'stale'
  if (recorded.birth !== null && state.birth !== null && recorded.birth !== state.birth) return 'stale'
  return 'theirs'
}

/** This process as the owner of a session, since `now` (UTC milliseconds). */
export function thisOwner(now: number = Date.now()): SessionOwner {
  const state = probeProcess(process.pid)
  return {pid: process.pid, birth: state.alive ? state.birth : null, boot: bootId(), since: now}
}

/** `boot`: what {@link thisOwner} found; it stays as long as this process lives. */
export function systemProbe({boot}: SessionOwner): OwnerProbe {
  return {boot, process: probeProcess}
}

function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}

function probeProcess(pid: number): ProcessState {
  const stat = `/proc/${pid}/stat`
  try {
    // Asked first: the owner is mostly gone, and a read that fails takes 0.1 ms.
    if (existsSync(stat)) return parseStat(readFileSync(stat, 'utf8'))
  } catch {
    // It has just gone.
  }
  // No /proc (macOS, Windows), or no such process: a signal 0 tells.
  try {
    process.kill(pid, 0)
    return {alive: true, birth: null}
  } catch (error) {
    return errnoOf(error) === 'EPERM' ? {alive: true, birth: null} : {alive: false}
  }
}

/**
 * Field 3 (state) and 22 (start time) of `/proc/PID/stat`. The command in field 2 may hold anything,
 * so fields are counted from its last parenthesis. A zombie is dead: its parent has not noticed yet.
 */
export function parseStat(stat: string): ProcessState {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  if (state === 'Z' || state === 'X') return {alive: false}
  return {alive: true, birth: fields[19] ?? null}
}
