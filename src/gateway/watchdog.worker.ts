// Runs in a thread of its own; imports nothing of ours, so that it starts fast and from source as well.
import {writeSync} from 'node:fs'
import {type Debugger, Session} from 'node:inspector'
import {workerData} from 'node:worker_threads'

export interface WatchdogData {
  /** One cell, counted up by the main thread at every beat. */
  beats: Int32Array<SharedArrayBuffer>
  stuckMs: number
  beatMs: number
}

/** A loop that is blocked in native code never comes to a point where it can be stopped. */
const PAUSE_MS = 500
const FRAMES = 30

const {beats, stuckMs, beatMs} = workerData as WatchdogData
let seen = Atomics.load(beats, 0)
let seenAt = performance.now()
let lookedAt = seenAt
let told = false

setInterval(look, beatMs)

function look(): void {
  const now = performance.now()
  // A process that was stopped or starved stops this thread too; that is no blocked loop.
  const late = now - lookedAt > 4 * beatMs
  lookedAt = now
  const count = Atomics.load(beats, 0)
  if (count !== seen || late) {
    seen = count
    seenAt = now
    told = false
  } else if (!told && now - seenAt > stuckMs) {
    told = true
    tell(Math.round(now - seenAt))
  }
}

function tell(silentMs: number): void {
  const session = new Session()
  const urls = new Map<string, string>()
  let done = false
  const finish = (lines: string[]) => {
    if (done) return
    done = true
    clearTimeout(timer)
    say([`the event loop has been blocked for ${silentMs} ms`, ...lines])
    try {
      session.post('Debugger.resume')
      session.disconnect()
    } catch {
      // The main thread is ending.
    }
  }
  const timer = setTimeout(() => finish(['in native code: no JavaScript stack']), PAUSE_MS)
  try {
    session.connectToMainThread()
    session.on('Debugger.scriptParsed', ({params}) => urls.set(params.scriptId, params.url))
    session.on('Debugger.paused', ({params}) =>
      finish(params.callFrames.slice(0, FRAMES).map((frame) => frameLine(frame, urls))),
    )
    session.post('Debugger.enable')
    session.post('Debugger.pause')
  } catch (error) {
    finish([`no stack: ${String(error)}`])
  }
}

function frameLine({functionName, location}: Debugger.CallFrame, urls: ReadonlyMap<string, string>): string {
  const {scriptId, lineNumber, columnNumber = 0} = location
  return `    at ${functionName || '<anonymous>'} (${urls.get(scriptId) || 'unknown'}:${lineNumber + 1}:${columnNumber + 1})`
}

function say(lines: string[]): void {
  try {
    writeSync(2, lines.map((line) => `[gateway-watchdog] ${line}\n`).join(''))
  } catch {
    // Nobody reads stderr.
  }
}
