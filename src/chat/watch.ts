import path from 'node:path'
import type {Config} from '../config/index.js'
import {enableFatalReports, listFatalReports} from '../crash-log/index.js'
import type {LifecycleDetails} from '../lifecycle/events.js'
import {bootId, homeFiles} from '../platform.js'
import {type OomCounter, readOomCounter} from '../supervisor/oom.js'
import type {Supervisor} from '../supervisor/types.js'
import {guardMemory, type MemoryGuard} from './memory-guard.js'
import type {MemorySample, MemoryVerdict} from './memory-policy.js'
import {createRunFile, type RunFile, type RunState, takeVanishedRuns} from './run-file.js'

/** What is not needed for the first frame waits for it. */
const BEGIN_AFTER_MS = 100

/** The last sample of the memory is on disk at least this often; at once while it is nearly full. */
const SAMPLE_TO_DISK_MS = 10_000

export interface WatchOptions {
  config: Config
  /** `$HERMES_HOME`. */
  home: string
  instance: string
  supervisor: Pick<Supervisor, 'view' | 'on'>
  record: (details: LifecycleDetails) => unknown
  notify: (text: string) => void
}

export interface Watch {
  /** Resolves when memory is nearly full and hermes must end in order; the record of it is written. */
  readonly memoryCritical: Promise<void>
  /** The run ends in order. */
  close(): void
}

/** Watches over the chat's own process: its memory, errors that nothing catches, and runs that vanished before. */
export function openWatch(options: WatchOptions): Watch {
  const {config, home, instance, supervisor, record, notify} = options
  const {runs, crashLog} = homeFiles(home)
  const reports = path.dirname(config['log.path'] ?? crashLog)
  const critical = Promise.withResolvers<void>()
  let guard: MemoryGuard | undefined
  let runFile: RunFile | undefined
  let sampledAt = 0

  const where = () => {
    const {generation, pid, session} = supervisor.view
    return {generation, pid, sessionKey: session?.key}
  }
  const uncaught = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => {
    const {name, message, stack} = error instanceof Error ? error : new Error(String(error))
    const kind = origin === 'unhandledRejection' ? 'rejection' : 'exception'
    record({type: 'uncaught', ...where(), origin: kind, name, message, stack})
    // With that, this run did not end without a word.
    runFile?.remove()
  }
  const memoryRecord = (
    type: 'memory-warning' | 'memory-critical',
    {limit, limitBytes, usedBytes}: MemoryVerdict,
    sample: MemorySample,
  ) => record({type, ...where(), limit, limitBytes, usedBytes, ...sample})

  function keepSample(sample: MemorySample, {level}: MemoryVerdict): void {
    const now = performance.now()
    if (level === 'fine' && sampledAt > 0 && now - sampledAt < SAMPLE_TO_DISK_MS) return
    sampledAt = now
    runFile?.update({memory: sample})
  }

  function begin(): void {
    if (config['log.enabled']) enableFatalReports(reports)
    const oom = readOomCounter()
    const vanished = takeVanishedRuns(runs)
    for (const run of vanished) record(vanishedRecord(run, oom, reports))
    const last = vanished.at(-1)
    if (last) {
      const session = last.sessionKey ? ` (session ${last.sessionKey})` : ''
      notify(`an earlier run of hermes${session} ended without a word: hermes doctor crashes looks into it`)
    }
    runFile = createRunFile({directory: runs, instance, oom})
    follow()
    guard = guardMemory({
      policy: {warnPercent: config['memory.warnPercent'], criticalPercent: config['memory.criticalPercent']},
      onSample: keepSample,
      onWarning: (verdict, sample) => {
        memoryRecord('memory-warning', verdict, sample)
        notify(`hermes uses ${memoryText(verdict)}: leave by Ctrl+D and come back with hermes chat -c`)
      },
      onCritical: (verdict, sample) => {
        memoryRecord('memory-critical', verdict, sample)
        critical.resolve()
      },
    })
  }

  function follow(): void {
    const {generation, pid, session} = supervisor.view
    runFile?.update({gateway: {generation, pid}, ...(session?.key && {sessionKey: session.key})})
  }

  // It is told before Node prints the error and ends the process; nothing of that changes.
  process.on('uncaughtExceptionMonitor', uncaught)
  const unsubscribe = supervisor.on('view', follow)
  const timer = setTimeout(begin, BEGIN_AFTER_MS)
  timer.unref()
  return {
    memoryCritical: critical.promise,
    close() {
      clearTimeout(timer)
      process.off('uncaughtExceptionMonitor', uncaught)
      unsubscribe()
      guard?.stop()
      runFile?.remove()
    },
  }
}

export function vanishedRecord(run: RunState, oom: OomCounter | undefined, reports: string): LifecycleDetails {
  const boot = bootId()
  const rebooted = run.boot === undefined || boot === undefined ? undefined : run.boot !== boot
  // The counter of another cgroup, or after a new start of the system, has another beginning.
  const counted = run.oomKills !== undefined && oom !== undefined && oom.group === run.oomGroup && rebooted !== true
  return {
    type: 'vanished',
    generation: run.gateway.generation,
    pid: run.gateway.pid,
    sessionKey: run.sessionKey,
    run: run.instance,
    runPid: run.pid,
    startedAt: run.startedAt,
    lastSeen: run.lastSeen,
    rebooted,
    rssBytes: run.memory?.rssBytes,
    heapBytes: run.memory?.heapBytes,
    oomKills: counted ? Math.max(0, oom.kills - (run.oomKills ?? 0)) : undefined,
    report: reportOf(reports, run.pid),
  }
}

function reportOf(directory: string, pid: number): string | undefined {
  try {
    return listFatalReports(directory, pid).at(-1)
  } catch {
    return undefined
  }
}

/** `950 of 1000 MB of memory`. */
function memoryText({usedBytes, limitBytes, limit}: MemoryVerdict): string {
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024)
  return `${mb(usedBytes)} of ${mb(limitBytes)} MB of ${limit === 'heap' ? 'its heap' : 'the memory that it may use'}`
}
