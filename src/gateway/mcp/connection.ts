import type {CallToolResult, Client, Transport} from '@modelcontextprotocol/client'
import type {McpServerConfig} from '../../config/schema.js'
import {messageOf} from '../../errors.js'
import {packageVersion} from '../version.js'
import {type Definitions, readPrompts, readTools} from './definitions.js'
import {type AskPerson, elicited} from './elicit.js'
import {expand} from './expand.js'
import {serverEnv} from './process/environment.js'
import type {ServerLog} from './process/log-file.js'
import {startServer} from './process/server-process.js'
import {StdioTransport} from './process/stdio-transport.js'
import {Watchdog} from './process/watchdog.js'
import {SignIn, signInWords} from './sign-in.js'
import {within} from './within.js'

/** What is started or asked under a name. */
export interface Launch {
  name: string
  config: McpServerConfig
  /** Where it runs unless its configuration says so. */
  cwd: string
  /** Folder of what signing in brought; default: nothing is used of it. */
  signIns?: string
  /** Of hermes: what `${NAME}` stands for, and what a program needs. */
  env: NodeJS.ProcessEnv
}

export interface ConnectionHooks {
  /** It is gone, and nobody here closed it; why, in words. */
  onGone: (why: string) => void
  /** Its tools may be others now. */
  onChanged: () => void
  log: ServerLog
}

export interface CallHooks {
  signal: AbortSignal
  onProgress: (text: string) => void
  /** Asks the person what the server asks; the empty text declines. */
  ask: AskPerson
}

export const defaultTimeouts = {callMs: 60_000, startMs: 30_000} as const

/** A program of before 2026 answers to an unknown question at once, or never; an address that is silent is not there. */
const PROBE_MS = 3000

/** All of a call, with progress or without, is at most so many silences long. */
const MOST_SILENCES = 20

/** The library's own deadlines are none: they would run while the person is asked something. */
const NEVER_MS = 2_147_483_647

/** A server that answers. The library is loaded with the first one: 225 ms and 33 MB. */
export class Connection {
  readonly #client: Client
  readonly #transport: Transport
  readonly #launch: Launch
  /** Of the calls that run, the newest last. */
  readonly #asking: AskPerson[] = []
  readonly #watchdogs = new Set<Watchdog>()
  #closing = false

  private constructor(launch: Launch, client: Client, transport: Transport) {
    this.#launch = launch
    this.#client = client
    this.#transport = transport
  }

  /** Starts or reaches a server and agrees on a version with it. Throws in words, after `startTimeoutMs` at the latest. */
  static async open(launch: Launch, hooks: ConnectionHooks): Promise<Connection> {
    const ms = launch.config.startTimeoutMs ?? defaultTimeouts.startMs
    const opening = new Set<Transport>()
    try {
      return await within(ms, `it did not start within ${ms / 1000} s`, Connection.#open(launch, hooks, opening))
    } catch (error) {
      for (const transport of opening) void transport.close().catch(() => {})
      throw error
    }
  }

  static async #open(launch: Launch, hooks: ConnectionHooks, opening: Set<Transport>): Promise<Connection> {
    const library = await import('@modelcontextprotocol/client')
    const attempt = async (mode: 'auto' | 'legacy') => {
      const transport = transportOf(library, launch, hooks.log)
      opening.clear()
      opening.add(transport)
      const client = new library.Client(
        {name: 'hermes', version: packageVersion()},
        {
          capabilities: {elicitation: {form: {applyDefaults: true}}},
          versionNegotiation: {mode, probe: {timeoutMs: launch.config.url === undefined ? PROBE_MS : NEVER_MS}},
          listChanged: {tools: {autoRefresh: false, onChanged: () => hooks.onChanged()}},
        },
      )
      const connection = new Connection(launch, client, transport)
      client.setRequestHandler('elicitation/create', ({params}) => connection.#elicit(params))
      await client.connect(transport, {timeout: NEVER_MS})
      client.onclose = () => connection.#gone(hooks)
      return connection
    }
    try {
      return await attempt('auto')
    } catch (error) {
      const left = await leftOf(opening)
      // A server that ends at a question from before its first one is of an older version.
      if (left !== undefined && !/^it |exit code 12[67]/.test(left)) {
        try {
          return await attempt('legacy')
        } catch (second) {
          throw reasonOf(launch.name, second, await leftOf(opening), hooks.log)
        }
      }
      throw reasonOf(launch.name, error, left, hooks.log)
    }
  }

  get instructions(): string | undefined {
    return this.#client.getInstructions()
  }

  get version(): string | undefined {
    return this.#client.getNegotiatedProtocolVersion()
  }

  /** What it offers. Throws in words. */
  async list(): Promise<Definitions> {
    const {name, config} = this.#launch
    const ms = config.startTimeoutMs ?? defaultTimeouts.startMs
    const {tools, prompts} = this.#client.getServerCapabilities() ?? {}
    const late = `it did not tell its tools within ${ms / 1000} s`
    const told = tools ? await within(ms, late, this.#client.listTools(undefined, {timeout: NEVER_MS})) : {tools: []}
    const read = readTools(name, told.tools, config.tools)
    return {...read, prompts: prompts ? await this.#prompts(read.problems, ms) : []}
  }

  /** A server whose prompts can't be read has tools all the same. */
  async #prompts(problems: string[], ms: number): Promise<Definitions['prompts']> {
    try {
      const late = `it did not tell its prompts within ${ms / 1000} s`
      const {prompts} = await within(ms, late, this.#client.listPrompts(undefined, {timeout: NEVER_MS}))
      return readPrompts(prompts)
    } catch (error) {
      problems.push(`its prompts can’t be read: ${messageOf(error)}`)
      return []
    }
  }

  /** Rejects in words: where it answers with an error, is silent too long, ends, or is interrupted (which it is told of). */
  async call(tool: string, args: Record<string, unknown>, hooks: CallHooks): Promise<CallToolResult> {
    return this.#watched(hooks, (options) => this.#client.callTool({name: tool, arguments: args}, options))
  }

  async readResource(uri: string, hooks: CallHooks) {
    return this.#watched(hooks, (options) => this.#client.readResource({uri}, options))
  }

  async getPrompt(name: string, args: Record<string, string>, hooks: CallHooks) {
    return this.#watched(hooks, (options) => this.#client.getPrompt({name, arguments: args}, options))
  }

  async #watched<T>(
    {signal, onProgress, ask}: CallHooks,
    request: (options: Record<string, unknown>) => Promise<T>,
  ): Promise<T> {
    const ms = this.#launch.config.timeoutMs ?? defaultTimeouts.callMs
    const watchdog = new Watchdog({silenceMs: ms, totalMs: ms * MOST_SILENCES, paused: () => this.#elicits > 0})
    this.#watchdogs.add(watchdog)
    this.#asking.push(ask)
    try {
      const request$ = request({
        timeout: NEVER_MS,
        signal: AbortSignal.any([signal, watchdog.signal]),
        onprogress: (progress: {progress: number; total?: number; message?: string}) => {
          watchdog.life()
          onProgress(progressText(progress))
        },
      })
      return await Promise.race([request$, watchdog.bites])
    } catch (error) {
      if (signal.aborted) throw new Error('interrupted')
      if (watchdog.signal.aborted) throw new Error(`it did not answer within ${ms / 1000} s`)
      throw error
    } finally {
      watchdog.end()
      this.#watchdogs.delete(watchdog)
      this.#asking.splice(this.#asking.indexOf(ask), 1)
    }
  }

  #elicits = 0

  /** No silence of the server's while the person thinks. */
  async #elicit(params: unknown) {
    const ask = this.#asking.at(-1)
    if (!ask) return {action: 'decline' as const}
    this.#elicits++
    try {
      return await elicited(this.#launch.name, params, ask)
    } finally {
      this.#elicits--
      for (const watchdog of this.#watchdogs) watchdog.life()
    }
  }

  /** Resolves when it is known to have ended, after a moment (400 ms) in any case. */
  async untilEnded(): Promise<void> {
    await leftOf([this.#transport])
  }

  /** Nothing is told of its end. Where it is a program, it ends with all that it has started. */
  async close(): Promise<void> {
    this.#closing = true
    await Promise.allSettled([this.#client.close(), this.#transport.close()])
  }

  #gone({onGone}: ConnectionHooks): void {
    if (this.#closing) return
    const by = this.#transport instanceof StdioTransport ? this.#transport.closedBy : undefined
    onGone(by ?? 'the connection ended')
  }
}

type Library = typeof import('@modelcontextprotocol/client')

function transportOf(library: Library, launch: Launch, log: ServerLog): Transport {
  const {name, config, cwd, env, signIns} = launch
  const {command, args = [], url, headers = {}} = config
  if (url !== undefined) {
    const given = Object.entries(headers).map(([key, value]) => [key, expand(value, env, `headers.${key}`)])
    const signIn = signIns === undefined ? undefined : SignIn.kept(signIns, name, url)
    return new library.StreamableHTTPClientTransport(new URL(url), {
      requestInit: {headers: Object.fromEntries(given)},
      ...(signIn ? {authProvider: signIn} : {}),
    })
  }
  if (command === undefined) throw new Error(`${name} has neither a program nor an address`)
  const words = args.map((word, index) => expand(word, env, `args[${index}]`))
  const surroundings = {cwd: config.cwd ?? cwd, env: serverEnv(config.env, env)}
  return new StdioTransport(() => startServer({command, args: words, ...surroundings}), log)
}

async function leftOf([transport]: Iterable<Transport>): Promise<string | undefined> {
  return transport instanceof StdioTransport ? transport.left() : undefined
}

/** Why it could not be used: how its process ended, with its last words, goes before what the library makes of that. */
function reasonOf(server: string, error: unknown, left: string | undefined, log: ServerLog): Error {
  if (left === undefined) return wantsSignIn(error) ? new Error(signInWords(server)) : asError(error)
  const words = log.tail.trim().split('\n').at(-1)?.trim().slice(0, 200).toWellFormed()
  return new Error(`it ended at its start: ${left}${words ? ` (“${words}”)` : ''}`)
}

function progressText({progress, total, message}: {progress: number; total?: number; message?: string}): string {
  const count = total === undefined ? `${progress}` : `${progress} of ${total}`
  return message ? `${message} (${count})` : count
}

/** The address answered 401: the library hides it in the causes of what it throws. */
function wantsSignIn(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const {status, data} = at as {status?: unknown; data?: {status?: unknown}}
    if (status === 401 || data?.status === 401 || at.name === 'UnauthorizedError') return true
  }
  return false
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)))
