import {closeSync, existsSync, openSync, rmSync, utimesSync} from 'node:fs'
import type {Socket} from 'node:net'
import {getHeapStatistics} from 'node:v8'
import * as v from 'valibot'
import {fingerprints} from '../../hand-over/environment.js'
import type {HandOverTerms} from '../../hand-over/handed-down.js'
import {privateFolder, socketFolders, verdictFile, verdictPrefix} from '../../hand-over/run-folder.js'
import {
  forget,
  type RunningGateway,
  runningFile,
  sweepRunning,
  thisProcess,
  writeRunning,
} from '../../hand-over/running.js'
import {processBirth, randomHex} from '../../platform.js'
import {PROTOCOL_RANGE, rangeText, speakTogether} from '../../protocol/capabilities.js'
import {encodeFrame, errorCodes, type RequestId} from '../../protocol/frames.js'
import {type Hello, type HelloRefusal, helloParams} from '../../protocol/methods.js'
import {monotonicMs} from '../monotonic.js'
import {lineOf} from '../rpc-error.js'
import {Bell} from './bell.js'
import type {HandOverHost} from './host.js'
import {Listener} from './listener.js'
import {socketPlace} from './socket-place.js'
import {endOfUnattended, type UnattendedPolicy} from './unattended.js'

/** Default of {@link HandOverOptions.lookMs}. */
const LOOK_MS = 1000

/** So many times as long while it has a client: only whether its files are there still, and it wakes a processor at rest. */
const LOOKS_WITH_CLIENT = 5

/** Looks from one stamp on its file to the next: who finds an older one finds a gateway that is stuck. */
const LOOKS_PER_STAMP = 10

/** Each gets all that the client gets. */
const MAX_WATCHERS = 16

export interface HandOverOptions {
  gateway: HandOverHost
  terms: HandOverTerms
  policy: UnattendedPolicy
  /** Begins the next turn that waits, where `alone` still holds; says whether there was one. Default: none does. */
  startQueued?: ((alone: () => boolean) => Promise<boolean>) | undefined
  /** Whether all that it has open was opened by another process since. Default: it was not. */
  isTaken?: (() => Promise<boolean>) | undefined
  /** A line of the crash log. */
  note: (
    event: 'detached' | 'attached' | 'detached-expired',
    fields: readonly (readonly [string, string | number])[],
  ) => void
  /** Somebody may speak: this is the client from now on. */
  admit: (client: Socket) => void
  /** The client that is there hears the last from it; `pid`: of who comes in its place. */
  release: (pid: number | undefined) => void
  /** Somebody sees what the client sees. Default: nobody can. */
  watch?: ((client: Socket) => void) | undefined
  /** How often it is looked, without a client, whether there is still something to do; default 1 s. */
  lookMs?: number
}

/**
 * The socket and the files by which a gateway is found again, and its time without a client. The listener opens with
 * the first turn, and costs a gateway that never has one nothing.
 */
export class HandOver {
  readonly #options: HandOverOptions
  readonly #token = randomHex(32)
  readonly #bell: Bell
  #instance: string
  #client: RunningGateway['client']
  #listener: Listener | undefined
  #sockets = 0
  #attached = true
  /** Counts the clients that it has had. */
  #generation = 1
  #detachedAt: number | undefined
  #watch: NodeJS.Timeout | undefined
  #idleSince: number | undefined
  #waitingSince: number | undefined
  #looks = 0
  /** Said already. */
  #trouble = ''
  #told = ''
  #leaving = false
  #closed = false
  /** A queued turn is about to begin. */
  #starting = false
  /** It is the one to say that it stays, for this client. */
  #decided = false

  constructor(options: HandOverOptions) {
    this.#options = options
    this.#instance = options.terms.instance
    this.#client = clientOf(process.ppid)
    this.#bell = new Bell(options.gateway, options.terms.bell)
  }

  /** Listens, and is written down, from here on. Throws where no place for it is safe. */
  open(): void {
    const {terms} = this.#options
    privateFolder(terms.folder)
    if (!this.#watch) sweepRunning(terms.folder, socketFolders(this.#options.gateway.env, terms.folder))
    this.#listen()
    if (!existsSync(runningFile(terms.folder, process.pid))) this.#told = ''
    this.#tell()
    if (!this.#watch) this.#lookAgain()
  }

  /**
   * Whether it works on without its client: only where it is the one to say so, and not the guard that ends what its
   * client leaves behind.
   */
  decide(): boolean {
    if (this.#decided) return true
    const {gateway} = this.#options
    try {
      this.open()
      closeSync(openSync(this.#verdict, 'wx', 0o600))
      this.#decided = true
      return true
    } catch (error) {
      gateway.diagnose(`[gateway-detach] it ends with its client: ${lineOf(error)}`)
      return false
    }
  }

  /** After {@link decide}: there is no client any more. */
  detached(): void {
    if (!this.#attached) return
    this.#attached = false
    this.#detachedAt = Date.now()
    if (this.#watch) this.#lookAgain()
    this.#tell()
    this.#note('detached', [['turns', this.#turns]])
    void this.#look()
  }

  /** The last of it: nobody finds it any more. */
  close(): void {
    this.#closed = true
    clearInterval(this.#watch)
    if (!this.#listener) return
    this.#listener.unlink()
    this.#listener.close()
    forget(this.#options.terms.folder, {pid: process.pid, socket: this.#listener.path})
  }

  get #verdict(): string {
    return verdictFile(verdictPrefix(this.#options.terms.folder, this.#instance), process.pid)
  }

  get #turns(): number {
    return [...this.#options.gateway.sessions.values()].filter(({turn}) => turn).length
  }

  #note(event: Parameters<HandOverOptions['note']>[0], fields: Parameters<HandOverOptions['note']>[1]): void {
    const [session] = this.#options.gateway.sessions.values()
    this.#options.note(event, [['session', session?.key ?? 'none'], ...fields])
  }

  #lookAgain(): void {
    clearInterval(this.#watch)
    const everyMs = (this.#options.lookMs ?? LOOK_MS) * (this.#attached ? LOOKS_WITH_CLIENT : 1)
    this.#watch = setInterval(() => void this.#look(), everyMs)
    // Without a client nothing else may hold the process while it waits for the person.
    if (this.#attached) this.#watch.unref()
  }

  async #look(): Promise<void> {
    const {gateway, policy, startQueued} = this.#options
    if (this.#leaving || this.#closed) return
    this.#beFound()
    if (this.#attached || this.#starting) return
    const isTaken = await this.#isTaken()
    if (this.#attached || this.#starting || this.#leaving || this.#closed) return
    const now = monotonicMs()
    const sessions = [...gateway.sessions.values()]
    const waits = sessions.some(({status}) => status === 'waiting')
    this.#idleSince = sessions.some(({turn}) => turn) ? undefined : (this.#idleSince ?? now)
    this.#waitingSince = waits ? (this.#waitingSince ?? now) : undefined
    this.#bell.look()
    if (this.#looks++ % LOOKS_PER_STAMP === 0) this.#stamp()
    const since = (at: number | undefined) => (at === undefined ? undefined : now - at)
    const state = {
      idleMs: since(this.#idleSince),
      waitingMs: since(this.#waitingSince),
      isTaken,
      memoryPercent: memoryPercent(),
    }
    const end = endOfUnattended(state, policy)
    if (startQueued && end !== 'memory' && end !== 'taken' && this.#idleSince !== undefined) {
      this.#starting = true
      const started = await startQueued(() => !this.#attached)
      this.#starting = false
      if (started || this.#attached || this.#closed) return
    }
    if (end === undefined) return
    if (end === 'expired' || end === 'memory')
      this.#note('detached-expired', [['why', end === 'memory' ? 'memory' : 'nobody answered']])
    const reasons = {
      idle: 'nothing was left to do',
      taken: 'its session was opened elsewhere',
      expired: 'nobody answered',
      memory: 'its memory was nearly full',
    }
    void this.#leave(`detached, and ${reasons[end]}`)
  }

  /** Asked only where nothing runs: a turn finds out by itself. */
  async #isTaken(): Promise<boolean> {
    const {isTaken} = this.#options
    if (!isTaken || this.#turns > 0) return false
    try {
      return await isTaken()
    } catch (error) {
      this.#say(`whose its session is can't be read: ${lineOf(error)}`)
      return false
    }
  }

  /**
   * Nobody who was answered is cut off: it can't be found any more, then who has come by then is heard, and only where
   * there is nobody it is over.
   */
  async #leave(reason: string): Promise<void> {
    this.#leaving = true
    const listener = this.#listener
    listener?.unlink()
    await turnOfTheLoop()
    await turnOfTheLoop()
    if (this.#closed) return
    if (this.#attached || listener?.isAwaited) {
      this.#leaving = false
      this.#beFound()
      return
    }
    // Nothing is awaited between the look and this.
    listener?.close()
    this.#options.gateway.end(reason)
  }

  #listen(): void {
    if (this.#listener?.isThere) return
    const {terms, gateway} = this.#options
    // Another name each time: removing it can't hit another one's.
    const name = `${process.pid}-${randomHex(3)}${this.#sockets++ || ''}.sock`
    const next = new Listener(socketPlace(gateway.env, terms.folder, name), (line, client) => this.#hello(line, client))
    this.#listener?.retire()
    this.#listener = next
  }

  /** What it is found by may be gone: the runtime folder goes with the last login, and homes are tidied up. */
  #beFound(): void {
    try {
      this.open()
    } catch (error) {
      this.#say(`nobody can come back to it: ${lineOf(error)}`)
    }
  }

  /** Once, and not each second. */
  #say(trouble: string): void {
    if (trouble !== this.#trouble) this.#options.gateway.diagnose(`[gateway-detach] ${trouble}`)
    this.#trouble = trouble
  }

  #hello(line: Buffer, client: Socket): void {
    const request = readHello(line)
    const refusal = this.#refusalOf(request?.hello)
    if (!request || refusal) {
      const {reason, message} = refusal ?? malformed
      const error = {code: errorCodes.helloRefused, message, data: {reason}}
      client.end(encodeFrame({jsonrpc: '2.0', id: request?.id ?? null, error}))
      return
    }
    const {purpose, protocol, pid} = request.hello
    const result = {
      pid: process.pid,
      protocol: Math.min(protocol[1], PROTOCOL_RANGE[1]),
      detached_ms: this.#awayMs,
      environment: fingerprints(this.#options.gateway.env),
    }
    const answer = encodeFrame({jsonrpc: '2.0', id: request.id, result})
    if (purpose === 'attach' || purpose === 'take-over') {
      if (this.#attached) this.#options.release(pid)
      // Who is answered finds it written down already.
      this.#attach(request.hello)
      client.write(answer)
      this.#options.admit(client)
      return
    }
    if (purpose === 'watch') {
      client.write(answer)
      this.#options.watch?.(client)
      return
    }
    client.end(answer)
    if (purpose === 'stop') this.#options.gateway.end('shutdown requested (stop)')
  }

  #refusalOf(hello: Hello | undefined): {reason: HelloRefusal; message: string} | undefined {
    if (!hello) return malformed
    const {token, protocol, purpose} = hello
    if (this.#closed) return {reason: 'ending', message: 'it is about to end'}
    if (!sameText(token, this.#token)) return {reason: 'token', message: 'that is not the token of this gateway'}
    if (!speakTogether(protocol, PROTOCOL_RANGE)) {
      const message = `this gateway speaks ${rangeText(PROTOCOL_RANGE)}, the client ${rangeText(protocol)}`
      return {reason: 'protocol', message}
    }
    if (purpose === 'watch' && !this.#options.watch) return {reason: 'full', message: 'it can not be watched'}
    if (purpose === 'watch') {
      const full = this.#options.gateway.watchers.size >= MAX_WATCHERS
      return full ? {reason: 'full', message: `${MAX_WATCHERS} watch it already`} : undefined
    }
    if (!this.#attached || purpose === 'look') return undefined
    if (purpose !== 'take-over') return {reason: 'attached', message: 'it has a terminal already'}
    if (hello.generation !== this.#generation)
      return {reason: 'overtaken', message: 'another one has just taken it over'}
    // The guard of the client in whose place it comes must not end it.
    return this.decide() ? undefined : {reason: 'ending', message: 'it ends with its client'}
  }

  /** The clock may be set back meanwhile. */
  get #awayMs(): number {
    return this.#detachedAt === undefined ? 0 : Math.max(0, Date.now() - this.#detachedAt)
  }

  #attach({instance, pid}: Hello): void {
    const {gateway} = this.#options
    const awayMs = this.#awayMs
    this.#attached = true
    this.#generation++
    this.#instance = instance
    this.#client = pid === undefined ? undefined : clientOf(pid)
    gateway.clientPid = pid
    for (const {jobs} of gateway.sessions.values()) jobs?.tellClient()
    this.#decided = false
    // Who did not wait for the answer, and asks again: what was decided then is not for the next time.
    rmSync(this.#verdict, {force: true})
    this.#detachedAt = undefined
    this.#idleSince = undefined
    this.#waitingSince = undefined
    if (this.#watch) this.#lookAgain()
    this.#bell.still()
    for (const id of gateway.sessions.keys()) gateway.unopened.add(id)
    this.#tell()
    this.#note('attached', [
      ['by', instance],
      ['awayMs', awayMs],
    ])
  }

  /** What has changed, into its file. */
  #tell(): void {
    const {gateway, terms} = this.#options
    if (!this.#listener) return
    const running: RunningGateway = {
      version: 1,
      ...thisProcess(),
      socket: this.#listener.path,
      token: this.#token,
      protocol: [...PROTOCOL_RANGE],
      build: gateway.version,
      client: this.#client,
      works: terms.works,
      agent: terms.agent,
      generation: this.#generation,
      detachedAt: this.#detachedAt,
      sessions: [...gateway.sessions.values()].map(({key, title, cwd, status, turn}) => ({
        key,
        title: title ?? '',
        cwd,
        ...(turn && {prompt: beginningOf(turn.row.prompt)}),
        status,
      })),
    }
    const text = JSON.stringify(running)
    if (text === this.#told) return
    try {
      writeRunning(terms.folder, running)
      this.#told = text
    } catch (error) {
      this.#say(`it can't be written down: ${lineOf(error)}`)
    }
  }

  #stamp(): void {
    try {
      const now = new Date()
      utimesSync(runningFile(this.#options.terms.folder, process.pid), now, now)
    } catch {
      // Told by who looks for it.
    }
  }
}

function clientOf(pid: number): RunningGateway['client'] {
  return {pid, birth: processBirth(pid)}
}

/** Enough to know it by. */
function beginningOf(prompt: string): string {
  const line = prompt.slice(0, 400).replaceAll(/\s+/g, ' ').trim()
  return line.length > 60 ? `${line.slice(0, 59).toWellFormed()}…` : line
}

const malformed = {reason: 'malformed', message: 'the first line is to be gateway.hello'} as const

function readHello(line: Buffer): {id: RequestId; hello: Hello} | undefined {
  try {
    const {id, method, params} = JSON.parse(line.toString('utf8'))
    const read = v.safeParse(helloParams, params)
    return method === 'gateway.hello' && read.success ? {id: id ?? null, hello: read.output} : undefined
  } catch {
    return undefined
  }
}

/** In a time that does not tell how much of it is right. */
function sameText(given: string, right: string): boolean {
  let difference = given.length ^ right.length
  for (let index = 0; index < right.length; index++) difference |= given.charCodeAt(index) ^ right.charCodeAt(index)
  return difference === 0
}

function memoryPercent(): number {
  const {used_heap_size: used, heap_size_limit: limit} = getHeapStatistics()
  // Without a limit it is the memory of the machine, or a number beyond it.
  const constrained = process.constrainedMemory()
  const resident = constrained > 0 ? process.memoryUsage.rss() / constrained : 0
  return 100 * Math.max(used / limit, resident)
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
