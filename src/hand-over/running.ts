import {readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {bootId, isSameProcess, processBirth} from '../platform.js'
import {readRegularFile} from '../regular-file.js'
import {unfitFolder} from './run-folder.js'

/** What a gateway has open. */
export interface RunningSession {
  key: string
  title: string
  /** Folder that its tools work in. */
  cwd: string
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
  /** Of what it was started with: `fingerprint` of `handed-down.ts`. */
  works?: string | undefined
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

/** Those that are no more and could not say so: they worked without a terminal, or had been come back to. Never throws. */
export function deadGateways(folder: string): RunningGateway[] {
  return filesIn(folder).flatMap((file) => {
    const running = readRunning(file)
    return running && !isSameProcess(running) ? [running] : []
  })
}

/** Removes what gateways left behind that are no more: files, sockets, verdicts. Never throws. */
export function sweepRunning(folder: string): void {
  for (const file of filesIn(folder)) {
    const running = readRunning(file)
    // One that can't be read may be of a later version.
    if (running && !isSameProcess(running)) forget(folder, running)
  }
}

/** Removes all that stands for a gateway in the run folder. Never throws. */
export function forget(folder: string, {pid, socket}: Pick<RunningGateway, 'pid' | 'socket'>): void {
  const verdicts = namesIn(folder).filter((name) => name.endsWith(`-${pid}.verdict`))
  for (const file of [socket, runningFile(folder, pid), ...verdicts.map((name) => path.join(folder, name))]) {
    try {
      rmSync(file, {force: true})
    } catch {
      // The next one tries again.
    }
  }
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
  const {version, pid, birth, boot, socket, token, protocol, build, works, generation, detachedAt, sessions} =
    read as Partial<RunningGateway>
  const mayBe = (value: unknown, type: string) => value === undefined || typeof value === type
  return (
    version === 1 &&
    Number.isInteger(pid) &&
    mayBe(birth, 'string') &&
    mayBe(boot, 'string') &&
    typeof socket === 'string' &&
    typeof token === 'string' &&
    typeof build === 'string' &&
    mayBe(works, 'string') &&
    mayBe(generation, 'number') &&
    mayBe(detachedAt, 'number') &&
    Array.isArray(protocol) &&
    protocol.length === 2 &&
    protocol.every(Number.isInteger) &&
    Array.isArray(sessions) &&
    sessions.every(isSession)
  )
}

function isSession(session: unknown): session is RunningSession {
  if (typeof session !== 'object' || session === null) return false
  const {key, title, cwd, status} = session as Partial<RunningSession>
  return [key, title, cwd, status].every((each) => typeof each === 'string')
}
