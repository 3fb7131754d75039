import {type ChildProcess, spawn} from 'node:child_process'
import {Readable, Writable} from 'node:stream'
import {setTimeout as pause} from 'node:timers/promises'
import {type ClientApp, type ClientConnection, ndJsonStream} from '@agentclientprotocol/sdk'
import {errnoOf, messageOf} from '../../errors.js'
import type {ChosenAgent} from '../agents/known.js'

/** From the end of its output to SIGKILL, milliseconds: an agent that ends closes it a moment before. */
const CLOSED_MS = 1000

/** From its end to that of what it has said, milliseconds. */
const LAST_WORDS_MS = 100

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
    this.#child = spawn(program, args, {cwd, env, stdio: 'pipe', windowsHide: true})
    // It is evidence of its death: the supervisor reads it as ours. Later nobody may read it, which must not end the agent.
    if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => {})
    const said = new Promise<void>((resolve) => this.#child.stderr?.once('close', resolve))
    this.#child.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk))
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
        // What it started may hold its standard error for ever.
        void Promise.race([said, pause(LAST_WORDS_MS)]).then(() => resolve({code, signal}))
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
