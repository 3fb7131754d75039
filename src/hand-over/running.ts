import {readdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {bootId, isSameProcess, processBirth} from '../platform.js'
import {readRegularFile} from '../regular-file.js'
import {unfitFolder, unfitSocket} from './run-folder.js'

/** What a gateway has open. */
export interface RunningSession {
  key: string
  title: string
  /** Folder that its tools work in. */
  cwd: string
  /** The beginning of the prompt that it works on. */
  prompt?: string | undefined
  /** `waiting`: a question to the person is open. */
  status: 'idle' | 'working' | 'waiting'
}

/** A gateway that listens, as its file in the run folder tells of it. */
export interface RunningGateway {
  version: 1
  pid: number
  birth?: string | undefined
  boot?: string | undefined
  /** Path of its socket. */
  socket: string
  /** 64 hex digits: who can read them is who started it. */
  token: string
  /** Versions of the protocol that it speaks, lowest and highest. */
  protocol: [number, number]
  /** Version of hermes. */
  build: string
  /** The program whose terminal it has, or had; undefined where that is not known. */
  client?: {pid: number; birth?: string | undefined} | undefined
  /** Of what it was started with: `fingerprint` of `handed-down.ts`. */
  works?: string | undefined
  /** What starts the agent that answers in it, its name or its command; undefined: it is the built-in gateway. */
  agent?: readonly string[] | undefined
  /** How many clients it has had, for who wants to be the next one. */
  generation?: number | undefined
  /** UTC epoch, milliseconds; undefined while a terminal is there. */
  detachedAt?: number | undefined
  sessions: RunningSession[]
}

/** One with 20 sessions takes 5 000. */
const MAX_BYTES = 262_144

const fileName = /^gateway-(\d+)\.json$/

export function runningFile(folder: string, pid: number): string {
  return path.join(folder, `gateway-${pid}.json`)
}

/** This process, for {@link RunningGateway}. */
export function thisProcess(): Pick<RunningGateway, 'pid' | 'birth' | 'boot'> {
  return {pid: process.pid, birth: processBirth(process.pid), boot: bootId()}
}

/** Old or new, nothing else. Throws what the system says. */
export function writeRunning(folder: string, running: RunningGateway): void {
  const file = runningFile(folder, running.pid)
  writeFileSync(`${file}.new`, JSON.stringify(running), {mode: 0o600})
  renameSync(`${file}.new`, file)
}

/** Those that live, in no order. Never throws: a folder that is not ours alone has none. */
export function runningGateways(folder: string): RunningGateway[] {
  return filesIn(folder).flatMap((file) => {
    const running = readRunning(file)
    return running && isSameProcess(running) ? [running] : []
  })
}

/** The one with that pid, if it lives. Never throws: a folder that is not ours alone has none. */
export function runningGateway(folder: string, pid: number): RunningGateway | undefined {
  const running = unfitFolder(folder) === undefined ? readRunning(runningFile(folder, pid)) : undefined
  return running && isSameProcess(running) ? running : undefined
}

/** Those that are no more and could not say so: they worked without a terminal, or had been come back to. Never throws. */
export function deadGateways(folder: string): RunningGateway[] {
  return filesIn(folder).flatMap((file) => {
    const running = readRunning(file)
    return running && !isSameProcess(running) ? [running] : []
  })
}

/** A gateway without a terminal stamps its file every 10 s; one that has not for so long is stopped or stuck. */
const STUCK_MS = 60_000

export function isStuck(folder: string, {pid, detachedAt}: RunningGateway, now: number): boolean {
  if (detachedAt === undefined) return false
  const stamp = statSync(runningFile(folder, pid), {throwIfNoEntry: false})?.mtimeMs ?? now
  return now - stamp > STUCK_MS
}

/**
 * Files, sockets and verdicts of gateways that are no more, with their paths. `sockets`: folders where they listen. Never
 * throws.
 */
export function leftBehind(folder: string, sockets: readonly string[] = []): string[] {
  return [...new Set([folder, ...sockets])]
    .filter((each) => unfitFolder(each) === undefined)
    .flatMap((each) => namesIn(each).map((name) => path.join(each, name)))
    .filter((file) => {
      if (fileName.test(path.basename(file))) {
        const running = readRunning(file)
        // One that can't be read may be of a later version.
        return running !== undefined && !isSameProcess(running)
      }
      const pid = pidIn(path.basename(file))
      return pid !== undefined && !isSameProcess({pid})
    })
}

/** By its name: of a gateway, and not of a run of the program. */
export function isOfGateway(file: string): boolean {
  const name = path.basename(file)
  return fileName.test(name) || pidIn(name) !== undefined
}

/** Removes them. Never throws. */
export function sweepRunning(folder: string, sockets: readonly string[] = []): void {
  for (const file of leftBehind(folder, sockets)) {
    const running = readRunning(file)
    if (running) forget(folder, running)
    else remove(file)
  }
}

/** In the name of a socket, a verdict, or a file that was never whole. */
function pidIn(name: string): number | undefined {
  const [, pid] =
    /^(\d+)-.*\.sock$/.exec(name) ?? /-(\d+)\.verdict$/.exec(name) ?? /^gateway-(\d+)\.json\.new$/.exec(name) ?? []
  return pid === undefined ? undefined : Number(pid)
}

/** Removes all that stands for a gateway in the run folder. Never throws. */
export function forget(folder: string, {pid, socket}: Pick<RunningGateway, 'pid' | 'socket'>): void {
  const verdicts = namesIn(folder).filter((name) => name.endsWith(`-${pid}.verdict`))
  // A file that says something else may be named by whoever has written ours.
  const sockets = unfitSocket(socket) === undefined ? [socket] : []
  const file = runningFile(folder, pid)
  for (const each of [...sockets, file, `${file}.new`, ...verdicts.map((name) => path.join(folder, name))]) remove(each)
}

function remove(file: string): void {
  try {
    rmSync(file, {force: true})
  } catch {
    // The next one tries again.
  }
}

/** Its client has ended, and it has not noticed yet: it is about to be without one, or to end. */
export function isForsaken({client, detachedAt, boot}: RunningGateway): boolean {
  return detachedAt === undefined && client !== undefined && !isSameProcess({...client, boot})
}

function filesIn(folder: string): string[] {
  const files = namesIn(folder).filter((name) => fileName.test(name))
  if (files.length === 0 || unfitFolder(folder) !== undefined) return []
  return files.map((name) => path.join(folder, name))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Undefined where it is no such file, or of a version that is not known here. */
export function readRunning(file: string): RunningGateway | undefined {
  try {
    const read: unknown = JSON.parse(readRegularFile(file, MAX_BYTES))
    return isRunning(read) && runningFile(path.dirname(file), read.pid) === file ? read : undefined
  } catch {
    return undefined
  }
}

function isRunning(read: unknown): read is RunningGateway {
  if (typeof read !== 'object' || read === null) return false
  const {
    version,
    pid,
    birth,
    boot,
    socket,
    token,
    protocol,
    build,
    client,
    works,
    agent,
    generation,
    detachedAt,
    sessions,
  } = read as Partial<RunningGateway>
  const mayBe = (value: unknown, type: string) => value === undefined || typeof value === type
  return (
    version === 1 &&
    Number.isInteger(pid) &&
    mayBe(birth, 'string') &&
    mayBe(boot, 'string') &&
    typeof socket === 'string' &&
    typeof token === 'string' &&
    typeof build === 'string' &&
    (client === undefined || isClient(client)) &&
    mayBe(works, 'string') &&
    (agent === undefined || (Array.isArray(agent) && agent.every((word) => typeof word === 'string'))) &&
    mayBe(generation, 'number') &&
    mayBe(detachedAt, 'number') &&
    Array.isArray(protocol) &&
    protocol.length === 2 &&
    protocol.every(Number.isInteger) &&
    Array.isArray(sessions) &&
    sessions.every(isSession)
  )
}

function isClient(client: unknown): boolean {
  if (typeof client !== 'object' || client === null) return false
  const {pid, birth} = client as {pid?: unknown; birth?: unknown}
  return Number.isInteger(pid) && (birth === undefined || typeof birth === 'string')
}

function isSession(session: unknown): session is RunningSession {
  if (typeof session !== 'object' || session === null) return false
  const {key, title, cwd, status} = session as Partial<RunningSession>
  return [key, title, cwd, status].every((each) => typeof each === 'string')
}
