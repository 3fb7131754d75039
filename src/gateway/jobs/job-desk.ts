import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import type {Job} from '../../protocol/methods.js'
import type {JobEnd, JobRow, Store} from '../store/types.js'
import {outputFolder} from '../tools/command/output-folder.js'
import type {JobRun, JobTold} from '../tools/types.js'
import {outputSince, tailOf} from './job-output.js'
import {
  birthOf,
  endOf,
  isMinded,
  JobLine,
  keepFromBeginning,
  killGroup,
  notedPid,
  outputSize,
  removeTraces,
  startJob,
  untilGone,
  untilOpen,
} from './job-process.js'
import {jobNews, toldJob, wireJob} from './job-words.js'

/** How often those that are not our children are looked at, milliseconds. */
const LOOK_MS = 1000

/** How often one that is waited for is looked at, milliseconds. */
const WAIT_POLL_MS = 100

/** So long after its start a job may have no shell yet, milliseconds: its gateway died, and the machine is busy. */
const STARTED_MS = 10_000

/** So many jobs of a session run at once: each has four processes, and may fill a file. */
const MOST_RUNNING = 32

/** Of those that ended so many are listed. */
const MOST_SHOWN = 50

/** One that has no number of lines or bytes asked for. */
const TAIL_BYTES = 16 * 1024

interface Running {
  line: JobLine | undefined
  /** Its end was asked for. */
  stopped: boolean
  /** What it was lent: gives it back. */
  release: () => Promise<void>
}

export interface JobDeskOptions {
  store: Store
  /** Of the session. */
  key: string
  home: string
  /** Pid of the program that would start the next gateway, and below the start of the system, where they are known. */
  client: () => number | undefined
  boot: string | null
  /** Says which jobs there are, whenever that changes. */
  tell: (jobs: Job[]) => void
}

/** The commands of a session that run beside it, from their start or from the death of the gateway before. */
export class JobDesk {
  readonly #options: JobDeskOptions
  readonly #running = new Map<number, Running>()
  #looks: NodeJS.Timeout | undefined

  constructor(options: JobDeskOptions) {
    this.#options = options
  }

  /**
   * Starts a command, and stores that before. Resolves when it runs.
   *
   * @throws what the system says where it can't be started
   */
  async start({command, run, cwd, env, mark, maxBytes, release}: JobRun): Promise<JobTold> {
    const {key} = this.#options
    if (this.#running.size >= MOST_RUNNING) {
      await release()
      throw new Error(`${MOST_RUNNING} jobs run in this session, which is the most: stop one by job_stop`)
    }
    const row = this.#options.store.addJob(key, {command, cwd, mark})
    const base = this.#base(row.number)
    const running: Running = {line: undefined, stopped: false, release}
    this.#running.set(row.number, running)
    try {
      mkdirSync(path.dirname(base), {recursive: true, mode: 0o700})
      const client = this.#options.client()
      const {pid, gone} = await startJob({base, mark, client, maxBytes, run, cwd, env})
      this.#noteProcess(row.number, pid)
      let over = false
      void gone.then(() => {
        over = true
        this.#lookSafely(row.number)
      })
      await untilOpen(
        () => this.#lineOf(row.number, running),
        () => over,
      )
      if (this.#row(row.number)?.state === 'lost') throw new Error(`its files can't be made in ${path.dirname(base)}`)
    } catch (error) {
      const isOurs = this.#running.delete(row.number)
      this.#options.store.endJob(key, row.number, {state: 'lost', exitCode: null})
      this.#options.store.changeJob(key, row.number, {told: true})
      if (isOurs) await release()
      throw error
    }
    this.#lookOn()
    this.tell()
    return this.#told(row.number)
  }

  /** Goes on with what runs, and finds out what became of the rest, after another gateway had them. */
  takeUp(): void {
    for (const row of this.#options.store.jobs(this.#options.key)) {
      if (row.state !== 'running' || this.#running.has(row.number)) continue
      const base = this.#base(row.number)
      // One that is told as running and was never started would be waited for.
      if (row.pid === null && keepFromBeginning(base)) {
        this.#options.store.endJob(this.#options.key, row.number, {state: 'lost', exitCode: null})
        continue
      }
      const line = JobLine.open(base)
      this.#running.set(row.number, {line, stopped: false, release: async () => {}})
      if (line === undefined || row.pid === null) this.#look(row.number)
    }
    this.tellClient()
    this.#lookOn()
    this.tell()
  }

  /** The gateway has another client: the jobs last as long as that one, should it die. */
  tellClient(): void {
    for (const {line} of this.#running.values()) line?.say(`client ${this.#options.client() ?? ''}`)
  }

  list(): JobTold[] {
    return this.#shown().map((row) => this.#toldRow(row))
  }

  one(number: number): JobTold | undefined {
    const row = this.#row(number)
    return row && this.#toldRow(row)
  }

  wire(): Job[] {
    return this.#shown().map((row) => wireJob(row, {bytes: this.#bytes(row), file: this.#file(row)}))
  }

  /** Says which there are. */
  tell(): void {
    this.#options.tell(this.wire())
  }

  /**
   * What the model has not read yet of a job's output. `waitMs`: so long there may be none until there is some, or the
   * job ends; undefined where there is no such job.
   */
  async read(number: number, {waitMs, signal}: {waitMs: number; signal: AbortSignal}): Promise<JobTold | undefined> {
    const until = Date.now() + waitMs
    for (let row = this.#row(number); row; row = this.#row(number)) {
      const isNew = outputSize(this.#base(number)) > row.readTo
      if (!isNew && row.state === 'running' && Date.now() < until && !signal.aborted) {
        await pause(WAIT_POLL_MS)
        continue
      }
      const {text, to} = outputSince(this.#file(row), row.readTo, {ended: row.state !== 'running'})
      this.#options.store.changeJob(this.#options.key, number, {
        readTo: to,
        ...(row.state === 'running' ? {} : {told: true}),
      })
      return {...this.#toldRow(row), output: text}
    }
    return undefined
  }

  /** The end of its output, for people. */
  tail(number: number, bytes = TAIL_BYTES): {job: Job; text: string} | undefined {
    const row = this.#row(number)
    if (!row) return undefined
    const file = this.#file(row)
    return {job: wireJob(row, {bytes: this.#bytes(row), file}), text: tailOf(file, bytes)}
  }

  /** Resolves when it is over; false where it was, or where there is none of that number. */
  async stop(number: number): Promise<boolean> {
    const row = this.#row(number)
    const running = this.#running.get(number)
    if (row?.state !== 'running' || !running) return false
    running.stopped = true
    if (!running.line?.say('stop')) killGroup(row)
    await untilGone(row)
    this.#look(number)
    return true
  }

  /** All that run. Resolves with how many. */
  async stopAll(): Promise<number> {
    const stopped = await Promise.all([...this.#running.keys()].map((number) => this.stop(number)))
    return stopped.filter(Boolean).length
  }

  /** Whether it goes on after the session; false where it does not run. */
  keep(number: number, kept: boolean): boolean {
    const running = this.#running.get(number)
    if (!running?.line?.say(kept ? 'keep' : 'leave')) return false
    this.#options.store.changeJob(this.#options.key, number, {kept})
    this.tell()
    return true
  }

  /** The session ends: so do its jobs but for those that are kept. Waits for none of them; who minds them does the rest. */
  end(): void {
    clearInterval(this.#looks)
    for (const [number, {line}] of this.#running) {
      const row = this.#row(number)
      if (row?.state === 'running' && !row.kept) {
        if (!line?.say('stop')) killGroup(row)
        this.#options.store.endJob(this.#options.key, number, {state: 'stopped', exitCode: null})
      }
      line?.close()
    }
    this.#running.clear()
  }

  /** What the model is to be told of jobs that ended; `told` is to be called when it is stored. */
  news(): {text: string; told: () => void} | undefined {
    const rows = this.#options.store.jobs(this.#options.key).filter(({state, told}) => state !== 'running' && !told)
    if (rows.length === 0) return undefined
    const told = () => {
      for (const {number} of rows) this.#options.store.changeJob(this.#options.key, number, {told: true})
    }
    return {text: jobNews(rows), told}
  }

  /** Its gateway died between the start and the note of it. */
  #takePid(number: number): void {
    const pid = notedPid(this.#base(number))
    if (pid !== undefined) this.#noteProcess(number, pid)
  }

  #noteProcess(number: number, pid: number): void {
    this.#options.store.changeJob(this.#options.key, number, {pid, birth: birthOf(pid), boot: this.#options.boot})
  }

  /** Notes that one is gone, where it is. */
  #look(number: number): void {
    const running = this.#running.get(number)
    if (running && this.#row(number)?.pid === null) this.#takePid(number)
    const row = this.#row(number)
    if (!row || !running) return
    // Who minds it may just have been between two gateways, or not have begun.
    this.#lineOf(number, running)
    if (row.state === 'running' && (isMinded(row) || (row.pid === null && isYoung(row)))) return
    const base = this.#base(number)
    const end = endOf(base)
    const seen: JobEnd = running.stopped ? {...end, state: 'stopped'} : end
    this.#options.store.endJob(this.#options.key, number, seen)
    this.#running.delete(number)
    running.line?.close()
    removeTraces(base)
    void running.release()
    if (this.#running.size === 0) clearInterval(this.#looks)
    this.tell()
  }

  /** By itself: a store that refuses, as on a full disk, is asked again by the next look. */
  #lookSafely(number: number): void {
    try {
      this.#look(number)
    } catch {}
  }

  #lookOn(): void {
    clearInterval(this.#looks)
    if (this.#running.size === 0) return
    this.#looks = setInterval(() => {
      for (const number of this.#running.keys()) this.#lookSafely(number)
    }, LOOK_MS)
    this.#looks.unref()
  }

  /** All that run, and of the others the newest: a session may have had thousands. */
  #shown(): JobRow[] {
    const rows = this.#rows()
    const ended = rows.filter(({state}) => state !== 'running').slice(-MOST_SHOWN)
    return rows.filter((row) => row.state === 'running' || ended.includes(row))
  }

  #lineOf(number: number, running: Running): JobLine | undefined {
    running.line ??= JobLine.open(this.#base(number))
    return running.line
  }

  #rows(): JobRow[] {
    return this.#options.store.jobs(this.#options.key)
  }

  #row(number: number): JobRow | undefined {
    return this.#rows().find((row) => row.number === number)
  }

  #told(number: number): JobTold {
    const row = this.#row(number)
    if (!row) throw new Error(`job ${number} is not stored any more`)
    return this.#toldRow(row)
  }

  #toldRow(row: JobRow): JobTold {
    return toldJob(row, {bytes: this.#bytes(row), file: this.#file(row)})
  }

  #base(number: number): string {
    return path.join(outputFolder(this.#options.home, this.#options.key), `job-${number}`)
  }

  #file({number}: JobRow): string {
    return `${this.#base(number)}.txt`
  }

  #bytes({number}: JobRow): number {
    return outputSize(this.#base(number))
  }
}

function isYoung({startedAt}: JobRow): boolean {
  return Date.now() - startedAt < STARTED_MS
}
