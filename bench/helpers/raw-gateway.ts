import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {once} from 'node:events'
import {encodeFrame, MAX_FRAME_BYTES} from '../../src/protocol/frames.js'
import {LineSplitter} from '../../src/protocol/line-splitter.js'

interface Frame {
  id?: unknown
  method?: string
  params?: {type?: string; payload?: Record<string, unknown>}
  result?: Record<string, unknown>
  error?: {code: number; message: string}
}

/** A gateway without a supervisor, to time the gateway alone. */
export class RawGateway {
  /** Milliseconds from spawn to `gateway.ready`. */
  readonly ready: Promise<number>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #pending = new Map<unknown, (frame: Frame) => void>()
  readonly #awaited = new Map<string, (payload: Record<string, unknown>) => void>()
  #next = 1

  constructor(args: readonly string[], {env, cwd}: {env: NodeJS.ProcessEnv; cwd: string}) {
    const started = performance.now()
    this.#child = spawn(process.execPath, [...args], {env, cwd})
    const splitter = new LineSplitter(MAX_FRAME_BYTES)
    let stderr = ''
    this.#child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    this.ready = new Promise((resolve, reject) => {
      this.#child.once('exit', (code) => reject(new Error(`the gateway exited with ${code}: ${stderr}`)))
      this.#child.stdout.on('data', (chunk: Buffer) => {
        for (const line of splitter.push(chunk)) {
          if (line.kind !== 'line') continue
          const frame: Frame = JSON.parse(line.bytes.toString('utf8'))
          if (frame.params?.type === 'gateway.ready') resolve(performance.now() - started)
          this.#pending.get(frame.id)?.(frame)
          this.#awaited.get(frame.params?.type ?? '')?.(frame.params?.payload ?? {})
        }
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async request(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = this.#next++
    const frame = await new Promise<Frame>((resolve) => {
      this.#pending.set(id, resolve)
      this.#child.stdin.write(encodeFrame({jsonrpc: '2.0', id, method, params}))
    })
    this.#pending.delete(id)
    if (frame.error) throw new Error(`${method}: ${frame.error.message}`)
    return frame.result ?? {}
  }

  /** The payload of the next event of that type. */
  async next(type: string): Promise<Record<string, unknown>> {
    const payload = await new Promise<Record<string, unknown>>((resolve) => this.#awaited.set(type, resolve))
    this.#awaited.delete(type)
    return payload
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.stdin.end()
    await once(this.#child, 'exit')
  }
}
