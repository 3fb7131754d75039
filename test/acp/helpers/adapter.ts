import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import path from 'node:path'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {root} from '../../helpers/build.js'
import type {Sandbox} from '../../helpers/sandbox.js'

export const fixtureAgent = fileURLToPath(new URL('../../fixtures/agents/acp-agent.mjs', import.meta.url))

/** The example agent of the protocol's library. */
export const exampleAgent = fileURLToPath(new URL('../../fixtures/agents/acp-example-agent.mjs', import.meta.url))

export interface WireEvent {
  type: string
  payload: Record<string, unknown>
}

/** A client of our wire at the end of the gateway that speaks to an agent, as the compiled program is. */
export class AdapterClient {
  readonly child: ChildProcess
  readonly events: WireEvent[] = []
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>
  stderr = ''
  #count = 0
  readonly #answers = new Map<string, (frame: Frame) => void>()
  #waiting: (() => void)[] = []

  constructor(sandbox: Sandbox, env: Record<string, string> = {}, words = [process.execPath, fixtureAgent]) {
    this.child = spawn(process.execPath, [path.join(root, 'dist', 'acp', 'adapter', 'main.js'), ...words], {
      cwd: sandbox.project,
      env: {...sandbox.env, AA_STATE: path.join(sandbox.directory, 'agent.json'), ...env},
      stdio: 'pipe',
      detached: true,
    })
    this.ended = once(this.child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    this.child.stdin?.on('error', () => {})
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    createInterface({input: this.child.stdout as NonNullable<ChildProcess['stdout']>}).on('line', (line) => {
      const frame: Frame = JSON.parse(line)
      if (frame.id) this.#answers.get(frame.id)?.(frame)
      else if (frame.params) this.events.push({type: frame.params.type, payload: frame.params.payload ?? {}})
      for (const wake of this.#waiting.splice(0)) wake()
    })
    this.child.on('exit', () => {
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  /** Rejects with the refusal: `code`, `message`. */
  request(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = `r${++this.#count}`
    this.child.stdin?.write(`${JSON.stringify({jsonrpc: '2.0', id, method, params})}\n`)
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({result, error}) => (error ? reject(error) : resolve(result ?? {})))
    })
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  of(type: string): Record<string, unknown>[] {
    return this.events.filter((event) => event.type === type).map(({payload}) => payload)
  }

  get text(): string {
    return this.of('message.delta')
      .map(({text}) => text)
      .join('')
  }

  /** Sends a prompt, and waits for the end of its turn. */
  async ask(session_id: unknown, text: string): Promise<Record<string, unknown>> {
    const before = this.of('message.complete').length
    await this.request('prompt.submit', {session_id, text, prompt_id: `p-${text}-${before}`})
    await this.until(() => this.of('message.complete').length > before)
    return this.of('message.complete').at(-1) ?? {}
  }

  async end(): Promise<void> {
    this.child.stdin?.end()
    await this.ended
    // What it left of its group, as its supervisor does.
    try {
      process.kill(-(this.child.pid ?? 0), 'SIGKILL')
    } catch {
      // Nothing.
    }
  }
}

interface Frame {
  id?: string
  result?: Record<string, unknown>
  error?: {code: number; message: string}
  params?: {type: string; payload?: Record<string, unknown>}
}
