import {existsSync} from 'node:fs'
import type {Writable} from 'node:stream'
import {errnoOf, messageOf} from '../../errors.js'
import {isWindows} from '../../platform.js'
import {MAX_FRAME_BYTES, MAX_REQUEST_BYTES} from '../../protocol/frames.js'
import {LineSplitter, type SplitLine} from '../../protocol/line-splitter.js'
import type {AdoptedGateway} from '../types.js'
import {AdoptedChild} from './adopted.js'
import {type GuardOptions, OrphanGuard} from './orphan-guard.js'
import {StderrTail} from './stderr-tail.js'
import type {Child, ChildListeners} from './types.js'
import {WatchedChild} from './watched.js'

/** A grandchild that left the process group may hold stdout open for ever. */
const DRAIN_MS = 250

/** What may wait for a gateway that does not read its stdin. */
const MAX_QUEUED_BYTES = 2 * MAX_REQUEST_BYTES

export interface ChildSpec {
  command: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
}

type Launch = Awaited<ReturnType<typeof launcher>>
type Subprocess = ReturnType<Launch>

/** Loads execa once and hands out the only place of the program that spawns. */
async function launcher({outlives}: {outlives: boolean}) {
  const {execa} = await import('execa')
  return (spec: ChildSpec) => {
    const [program = '', ...args] = spec.command
    return execa(program, args, {
      cwd: spec.cwd,
      env: spec.env,
      extendEnv: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      reject: false,
      // A group of its own: the terminal's Ctrl-C and hang-up reach the parent alone.
      killDescendants: true,
      // One that can outlive us decides by itself when we end; the guard ends those that can't.
      cleanup: !outlives,
      windowsHide: true,
    })
  }
}

/**
 * `load` may be called early, to have execa at hand when a gateway is needed. `verdicts`: beginning of the files by which
 * a gateway says that it outlives us. `terminal`: put right when we are killed.
 */
export function createSpawner({verdicts, terminal}: GuardOptions = {}) {
  let loading: ReturnType<typeof launcher> | undefined
  let loaded: Launch | undefined
  const guard = new OrphanGuard({verdicts, terminal})
  const load = () => {
    loading ??= launcher({outlives: verdicts !== undefined}).then((launch) => {
      loaded = launch
      return launch
    })
    return loading
  }
  return {
    load,
    /** Spawns before it returns once execa is loaded: after a death the screen is drawn anew (90 ms) while the next one starts. */
    start(spec: ChildSpec, listeners: ChildListeners): Child {
      return new GatewayChild(loaded ?? load(), spec, listeners, guard)
    },
    /** One that runs already, and has answered. */
    adopt: (gateway: AdoptedGateway, listeners: ChildListeners): Child =>
      gateway.watched ? new WatchedChild(gateway, listeners) : new AdoptedChild(gateway, listeners, guard),
    /** No gateway is left and none will be started. */
    end: () => guard.end(),
  }
}

class GatewayChild implements Child {
  readonly #listeners: ChildListeners
  readonly #guard: Pick<OrphanGuard, 'add' | 'delete'>
  readonly #frames = new LineSplitter(MAX_FRAME_BYTES)
  readonly #stderr = new StderrTail()
  #process: Subprocess | undefined
  #stdin: Writable | undefined
  #inputEnded = false
  #killed = false
  #exited = false

  constructor(
    launch: Launch | Promise<Launch>,
    spec: ChildSpec,
    listeners: ChildListeners,
    guard: Pick<OrphanGuard, 'add' | 'delete'>,
  ) {
    this.#listeners = listeners
    this.#guard = guard
    if (launch instanceof Promise)
      launch.then((ready) => this.#launch(ready, spec)).catch((error) => this.#failed(error, spec))
    else this.#launch(launch, spec)
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  write(frame: string): boolean {
    const stdin = this.#stdin
    if (!stdin || this.#exited || stdin.destroyed || stdin.writableEnded) return false
    if (stdin.writableLength > MAX_QUEUED_BYTES) return false
    stdin.write(frame)
    return true
  }

  endInput(): void {
    this.#inputEnded = true
    this.#stdin?.end()
  }

  letGo(): void {
    const {pid, nodeChildProcess, stdin, stdout, stderr} = this.#process ?? {}
    // It is not ours any more: its end is neither told nor followed by that of its group.
    this.#exited = true
    nodeChildProcess?.removeAllListeners('exit')
    for (const pipe of [stdin, stdout, stderr]) pipe?.destroy()
    nodeChildProcess?.unref()
    if (pid !== undefined) this.#guard.delete(pid)
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (signal === 'SIGKILL') this.#killed = true
    const subprocess = this.#process
    if (this.#exited || subprocess?.pid === undefined) return
    if (isWindows) {
      subprocess.kill(signal)
    } else if (signal === 'SIGKILL') {
      send(-subprocess.pid, signal)
    } else {
      send(subprocess.pid, signal)
      send(subprocess.pid, 'SIGCONT')
    }
  }

  #launch(launch: Launch, spec: ChildSpec): void {
    const begunAt = performance.now()
    let subprocess: Subprocess
    try {
      subprocess = launch(spec)
    } catch (error) {
      // Nobody is told of an end before he has the child.
      queueMicrotask(() => this.#failed(error, spec))
      return
    }
    this.#start(subprocess, spec, begunAt)
  }

  #start(subprocess: Subprocess, spec: ChildSpec, begunAt: number): void {
    const {pid} = subprocess
    if (pid === undefined) {
      // The outcome of a spawn that failed; it can't be rejected.
      subprocess.then(({cause, originalMessage}) => this.#failed(cause ?? new Error(originalMessage), spec))
      return
    }
    this.#process = subprocess
    const {nodeChildProcess, stdin, stdout, stderr} = subprocess
    this.#stdin = stdin
    // EPIPE and ECONNRESET of a dying process: its exit tells.
    stdin.on('error', () => {})
    stdout.on('data', (chunk: Buffer) => this.#deliver(this.#frames.push(chunk)))
    // An ending process closes it a moment before it is seen to end.
    stdout.once('end', () => setTimeout(() => this.#exited || this.#listeners.outputEnded(), DRAIN_MS).unref())
    stderr.on('data', (chunk: Buffer) => this.#tell(this.#stderr.push(chunk)))
    nodeChildProcess.once('exit', (code, signal) => {
      this.#exited = true
      this.#listeners.exiting()
      if (!isWindows) send(-pid, 'SIGKILL')
      const drained = () => {
        clearTimeout(limit)
        nodeChildProcess.off('close', drained)
        this.#finish(code, signal)
        stdout.destroy()
        stderr.destroy()
        stdin.destroy()
        // Last: the guard that wakes must not take a processor from the gateway that is to come.
        this.#guard.delete(pid)
      }
      const limit = setTimeout(drained, DRAIN_MS)
      // Mostly both are at their end before it; that they are closed is told later.
      if (stdout.readableEnded && stderr.readableEnded) drained()
      else nodeChildProcess.once('close', drained)
    })
    if (this.#killed) send(-pid, 'SIGKILL')
    if (this.#inputEnded) stdin.end()
    this.#guard.add(pid)
    this.#listeners.spawned(pid, begunAt)
  }

  #failed(error: unknown, spec: ChildSpec): void {
    const errno = errnoOf(error)
    // Node reports a missing directory as ENOENT of the command.
    const cwdMissing = errno === 'ENOENT' && !existsSync(spec.cwd)
    this.#exited = true
    this.#listeners.ended({
      code: null,
      signal: null,
      spawnError: {errno, message: messageOf(error), cwdMissing},
      stderrTail: [],
    })
  }

  #finish(code: number | null, signal: NodeJS.Signals | null): void {
    const rest = this.#frames.end()
    if (rest?.kind === 'line') this.#listeners.torn(rest.bytes.subarray(0, 240), rest.bytes.length)
    else if (rest) this.#listeners.torn(rest.head, rest.length)
    this.#tell(this.#stderr.end())
    this.#listeners.ended({code, signal, spawnError: undefined, stderrTail: this.#stderr.lines})
  }

  #deliver(lines: SplitLine[]): void {
    for (const line of lines) {
      if (line.kind === 'line') this.#listeners.line(line.bytes)
      else this.#listeners.tooLong(line.head, line.length)
    }
  }

  #tell(lines: string[]): void {
    for (const line of lines) this.#listeners.stderr(line)
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // ESRCH: it is gone already. EPERM: it has changed its user; SIGKILL of the group reaches what it can.
  }
}
