import {closeSync, constants, openSync, readFileSync, rmSync, writeFileSync, writeSync} from 'node:fs'
import {setTimeout as pause} from 'node:timers/promises'
import {isSameProcess, processBirth} from '../../platform.js'
import type {JobEnd, JobRow} from '../store/types.js'
import {type CommandToRun, wordsOf} from '../tools/command/process-group.js'
import {fileSize} from './job-output.js'
import {jobScript} from './job-script.js'

/** A shell, `mkfifo` and `mv` take 10 ms; a machine that is busy has this long. */
const BEGUN_MS = 5000

/** After `stop` the command has 2 s; whoever minds it has so long for it all. */
const STOPPED_MS = 4000

const POLL_MS = 20

/** Nothing else has a job's output, so that some of it is kept in any case. */
const LEAST_BYTES = 1024 * 1024

export interface JobToStart {
  /** Its files: `BASE.txt` and others. */
  base: string
  mark: string
  /** Pid of the program that starts this gateway and would start the next one; undefined: none does. */
  client: number | undefined
  maxBytes: number
  run: CommandToRun
  cwd: string
  env: NodeJS.ProcessEnv
}

export interface StartedJob {
  pid: number
  /** Resolves when it is gone. */
  gone: Promise<void>
}

/** @throws what the system says where no shell can be started. */
export async function startJob({base, mark, client, maxBytes, run, cwd, env}: JobToStart): Promise<StartedJob> {
  const {spawn} = await import('node:child_process')
  const blocks = Math.ceil(Math.max(maxBytes, LEAST_BYTES) / 512)
  const words = [base, mark, String(client ?? ''), String(blocks), ...wordsOf(run)]
  const child = spawn('/bin/sh', ['-c', jobScript, 'hermes', ...words], {cwd, env, detached: true, stdio: 'ignore'})
  // It is waited for by nobody.
  child.unref()
  const {promise: gone, resolve} = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  const failure = await new Promise<Error | undefined>((settled) => {
    child.once('spawn', () => settled(undefined))
    child.once('error', settled)
  })
  if (failure || child.pid === undefined) throw failure ?? new Error('no shell could be started')
  return {pid: child.pid, gone}
}

/** The line to who minds a job; undefined where nobody does. */
export class JobLine {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  static open(base: string): JobLine | undefined {
    try {
      // A pipe that nobody reads is not opened.
      return new JobLine(openSync(`${base}.life`, constants.O_WRONLY | constants.O_NONBLOCK))
    } catch {
      return undefined
    }
  }

  /** False: nobody hears it. */
  say(words: string): boolean {
    try {
      writeSync(this.#fd, `${words}\n`)
      return true
    } catch {
      return false
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** Opens the line of a job that has just been started, unless it is `gone` or does not come. */
export async function untilOpen(open: () => JobLine | undefined, gone: () => boolean): Promise<void> {
  for (let waited = 0; waited < BEGUN_MS && !gone() && !open(); waited += POLL_MS) await pause(POLL_MS)
}

/** Whether who minds it is there; false where nobody noted who that is. */
export function isMinded({pid, birth, boot}: Pick<JobRow, 'pid' | 'birth' | 'boot'>): boolean {
  return pid !== null && isSameProcess({pid, birth: birth ?? undefined, boot: boot ?? undefined})
}

/** Which shell minds a job, as it noted itself; undefined where it did not. */
export function notedPid(base: string): number | undefined {
  const pid = Number.parseInt(textOf(`${base}.pid`), 10)
  return pid > 0 ? pid : undefined
}

/**
 * Of a job whose gateway died before it noted a process: keeps it from ever beginning. False where it has begun, or can't
 * be kept from it.
 */
export function keepFromBeginning(base: string): boolean {
  try {
    writeFileSync(`${base}.pid`, 'none\n', {flag: 'wx', mode: 0o600})
    return true
  } catch {
    return false
  }
}

export function birthOf(pid: number): string | null {
  return processBirth(pid) ?? null
}

/** Waits until it is gone after `stop`; what is there then is killed. */
export async function untilGone(job: Pick<JobRow, 'pid' | 'birth' | 'boot'>): Promise<void> {
  for (let waited = 0; waited < STOPPED_MS && isMinded(job); waited += POLL_MS) await pause(POLL_MS)
  killGroup(job)
}

/** All of its group, at once. */
export function killGroup(job: Pick<JobRow, 'pid' | 'birth' | 'boot'>): void {
  if (job.pid === null || !isMinded(job)) return
  try {
    process.kill(-job.pid, 'SIGKILL')
  } catch {
    // It has just gone.
  }
}

/** How one that is gone has ended, by what it left. */
export function endOf(base: string): JobEnd {
  const code = Number.parseInt(textOf(`${base}.exit`), 10)
  const exitCode = Number.isInteger(code) ? code : null
  if (textOf(`${base}.why`) !== '') return {state: 'stopped', exitCode}
  return {state: exitCode === null ? 'lost' : 'ended', exitCode}
}

/** All but its output. What can't be removed stays. */
export function removeTraces(base: string): void {
  for (const ending of ['pid', 'life', 'life.new', 'exit', 'exit.new', 'why']) {
    try {
      rmSync(`${base}.${ending}`, {force: true})
    } catch {}
  }
}

/** Bytes of its output until now. */
export function outputSize(base: string): number {
  return fileSize(`${base}.txt`) ?? 0
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
