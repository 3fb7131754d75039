import {type ChildProcess, spawn} from 'node:child_process'
import {Readable, Writable} from 'node:stream'
import {type ClientApp, type ClientConnection, ndJsonStream} from '@agentclientprotocol/sdk'
import {errnoOf, messageOf} from '../../errors.js'
import type {ChosenAgent} from '../agents/known.js'

/** From the end of its output to SIGKILL, milliseconds: an agent that ends closes it a moment before. */
const CLOSED_MS = 1000

export interface AgentEnd {
  code: number | null
  signal: NodeJS.Signals | null
  /** It could not be started; a line for the person. */
  failure?: string
}

export interface AgentProcessOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  /** Resolves when what the agent has said is taken so far that it may say more. */
  room: () => Promise<void>
}

/**
 * The agent's process. It is in our own process group: whoever ends the group of this gateway, or guards it, ends the
 * agent with all that it started, also where it starts itself once more.
 */
export class AgentProcess {
  readonly connection: ClientConnection
  readonly ended: Promise<AgentEnd>
  readonly #child: ChildProcess
  #ended = false

  constructor({command, name}: ChosenAgent, client: ClientApp, {cwd, env, room}: AgentProcessOptions) {
    const [program = '', ...args] = command
    // What it says on standard error is evidence of its death: the supervisor reads it as ours.
    this.#child = spawn(program, args, {cwd, env, stdio: ['pipe', 'pipe', 'inherit'], windowsHide: true})
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#ended = true
        const missing = errnoOf(error) === 'ENOENT'
        const failure = missing
          ? `${name}: there is no program ${program}; install the agent, or name its command: --agent 'COMMAND'`
          : `${name} could not be started: ${messageOf(error)}`
        resolve({code: null, signal: null, failure})
      })
      this.#child.once('exit', (code, signal) => {
        this.#ended = true
        resolve({code, signal})
      })
    })
    const {stdin, stdout} = this.#child
    // EPIPE of a dying agent: its exit tells.
    stdin?.on('error', () => {})
    this.connection = client.connect(
      ndJsonStream(
        Writable.toWeb(stdin as Writable) as WritableStream<Uint8Array>,
        Readable.toWeb(Readable.from(taken(stdout as Readable, room))) as ReadableStream<Uint8Array>,
      ),
    )
    // One that closed its output and lives on would never be missed.
    const gone = () => setTimeout(() => this.kill(), CLOSED_MS).unref()
    this.connection.closed.then(gone, gone)
  }

  /** Nothing can be said to it any more. */
  get gone(): boolean {
    // Its output may be read to the end a moment later than it is known to have ended.
    return this.#ended || this.connection.signal.aborted
  }

  /** The end of its input is the order to end. */
  end(): void {
    this.#child.stdin?.end()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

/** An agent that says more than is read of it waits at its pipe, and fills nobody's memory. */
async function* taken(output: Readable, room: () => Promise<void>): AsyncGenerator<Buffer> {
  for await (const chunk of output) {
    yield chunk
    await room()
  }
}
