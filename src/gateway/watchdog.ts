import {Worker} from 'node:worker_threads'
import type {WatchdogData} from './watchdog.worker.js'

/** How often the main thread shows that its loop turns, milliseconds. */
const BEAT_MS = 250

/**
 * Silence after which the loop counts as blocked: below the 3 s after which the supervisor ends the
 * process, so that the stack is written before.
 */
const STUCK_MS = 2000

export interface WatchdogOptions {
  /** Module of the thread. */
  worker: URL
  stuckMs?: number
  beatMs?: number
}

export interface Watchdog {
  /** Resolves when the thread watches, or can't. */
  readonly started: Promise<void>
  stop(): void
}

/**
 * A thread that watches the main one. When its loop is blocked, the thread writes what it is doing,
 * the JavaScript stack, on stderr as `[gateway-watchdog] …` lines: of a wedged process nothing else
 * could tell. It ends nothing; that is the supervisor's decision. 15 MB and 30 ms of another core.
 */
export function startWatchdog({worker: file, stuckMs = STUCK_MS, beatMs = BEAT_MS}: WatchdogOptions): Watchdog {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const workerData: WatchdogData = {beats, stuckMs, beatMs}
  // No flags of the main thread: a preloaded module must not run a second time.
  const worker = new Worker(file, {workerData, execArgv: [], env: {}, name: 'watchdog'})
  const started = new Promise<void>((resolve) => {
    worker.once('online', resolve)
    worker.once('exit', () => resolve())
  })
  worker.unref()
  // Without a watchdog the gateway is as good as any other.
  worker.on('error', () => stop())
  const timer = setInterval(() => Atomics.add(beats, 0, 1), beatMs)
  timer.unref()
  function stop(): void {
    clearInterval(timer)
    void worker.terminate()
  }
  return {started, stop}
}
