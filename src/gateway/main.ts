import {Console} from 'node:console'
import {realpathSync, writeSync} from 'node:fs'
import path from 'node:path'
import type {Readable, Writable} from 'node:stream'
import {fileURLToPath} from 'node:url'
import {takeCompileCache} from '../compile-cache.js'
import {handedDownConfigVariable, readHandedDownConfig} from '../config/handed-down.js'
import {hermesHome} from '../platform.js'
import {capabilities, PROTOCOL_VERSION} from '../protocol/capabilities.js'
import {type EventFrame, MAX_REQUEST_BYTES} from '../protocol/frames.js'
import {LineSplitter, type SplitLine} from '../protocol/line-splitter.js'
import {FrameWriter} from './frame-writer.js'
import type {GatewayLimits} from './gateway.js'
import type {LastWords} from './last-words.js'
import type {rehearse} from './rehearsal.js'
import type {GatewayParts} from './services.js'
import {packageVersion} from './version.js'

/** To start the watchdog's thread takes 10 ms, which a prompt that has just come need not wait for. */
const WATCHDOG_AFTER_MS = 300

/** A gateway that was asked nothing until then stands by for another one. */
const REHEARSE_AFTER_MS = 100

/** A gateway that nobody handed a crash log to reads its own configuration for it by then. */
const OWN_LOG_AFTER_MS = 200

/** Unread output from which requests are no longer read either, in bytes. */
const STOP_READING_BYTES = 8 * 1024 * 1024

export type GatewayEnd = {kind: 'exit'; code: number; reason: string} | {kind: 'signal'; signal: NodeJS.Signals}

export interface GatewayOptions {
  stdin: Readable
  stdout: Writable
  /** One diagnostic line, for stderr. */
  diagnose: (line: string) => void
  env: NodeJS.ProcessEnv
  cwd: string
  /** Ends the gateway as this signal would, once its bookkeeping is done. */
  signal?: Promise<NodeJS.Signals>
  /** Told of every turn that begins. */
  onTurn?: () => void
  /** Told of the end before any bookkeeping. */
  lastWords?: LastWords['ended']
  parts?: Partial<GatewayParts>
  limits?: Partial<GatewayLimits>
}

/**
 * Serves the protocol until stdin ends, stdout closes, a shutdown is asked for or a signal comes, and
 * resolves when the bookkeeping is done. `gateway.ready` is written before anything else is loaded.
 */
export async function runGateway(options: GatewayOptions): Promise<GatewayEnd> {
  const {stdin, stdout, diagnose} = options
  const ended = Promise.withResolvers<GatewayEnd>()
  const exit = (reason: string) => ended.resolve({kind: 'exit', code: 0, reason})
  const writer = new FrameWriter(stdout, {onClosed: () => exit('stdout closed (broken pipe)')})
  const version = packageVersion()
  writer.send(readyFrame(version))
  void options.signal?.then((signal) => ended.resolve({kind: 'signal', signal}))

  const {createGateway} = await import('./create.js')
  const place = {...options, version, home: hermesHome(options.env)}
  const gateway = createGateway({...place, writer, end: exit})
  const {Dispatcher} = await import('./dispatcher.js')
  const dispatcher = new Dispatcher(gateway)
  const {env, home, cwd, parts = {}} = place
  const idle = setTimeout(() => void standBy({env, home, cwd, version, parts}), REHEARSE_AFTER_MS)
  readRequests(stdin, writer, {
    line: (line) => {
      clearTimeout(idle)
      dispatcher.take(line)
    },
    end: () => exit('stdin EOF (TUI closed the command pipe)'),
  })

  const end = await ended.promise
  clearTimeout(idle)
  stdin.removeAllListeners('data')
  diagnose(end.kind === 'signal' ? `[gateway-signal] ${end.signal}` : `[gateway-exit] ${end.reason}`)
  const sessions = [...gateway.sessions.values()]
  options.lastWords?.(end, {sessionKey: sessions[0]?.key, turns: sessions.filter(({turn}) => turn).length})
  const {closeGateway} = await import('./end-of-life.js')
  await closeGateway(gateway, dispatcher.settled)
  return end
}

/** What goes wrong in it goes wrong again, and is told, when it is asked for. */
async function standBy(options: Parameters<typeof rehearse>[0]): Promise<void> {
  try {
    await (await import('./rehearsal.js')).rehearse(options)
  } catch {}
}

function readyFrame(version: string): EventFrame {
  const payload = {
    skin: {},
    protocol_version: PROTOCOL_VERSION,
    gateway_version: version,
    pid: process.pid,
    capabilities: Object.values(capabilities),
  }
  return {jsonrpc: '2.0', method: 'event', params: {type: 'gateway.ready', payload}}
}

/** Reads requests as fast as their answers are taken: a client that only writes is made to wait. */
function readRequests(
  stdin: Readable,
  writer: FrameWriter,
  on: {line: (line: SplitLine) => void; end: () => void},
): void {
  const splitter = new LineSplitter(MAX_REQUEST_BYTES)
  stdin.on('data', (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) on.line(line)
    if (writer.unread <= STOP_READING_BYTES) return
    stdin.pause()
    void writer.drained().then(() => stdin.resume())
  })
  // A request without its newline is served when the input ends with it; nobody can read the answer otherwise.
  stdin.once('end', on.end)
  stdin.once('close', on.end)
  stdin.once('error', on.end)
}

/** Ends this process as the gateway ended: by its exit code, or by the very signal that it received. */
export function endProcess(end: GatewayEnd): void {
  if (end.kind === 'exit') process.exit(end.code)
  process.removeAllListeners(end.signal)
  process.kill(process.pid, end.signal)
}

/** This process as a gateway on its own stdin and stdout. */
export async function runGatewayProcess(): Promise<void> {
  const diagnose = (line: string) => {
    try {
      writeSync(2, `${line}\n`)
    } catch {
      // Nobody reads stderr any more; there is nowhere else to say it.
    }
  }
  const {stdin, stdout, env} = process
  takeCompileCache(env)
  const config = readHandedDownConfig(env)
  delete env[handedDownConfigVariable]
  let words: LastWords | undefined
  // From the first turn on: its thread takes 15 MB, which a gateway at rest need not have.
  let watched = false
  const {promise, resolve} = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve)
  // The terminal's Ctrl-C is the parent's business; a broken pipe is seen where it is written to.
  for (const signal of ['SIGINT', 'SIGPIPE'] as const) process.on(signal, () => {})
  process.on('uncaughtException', (error: unknown) => {
    const {name, message, stack} = error instanceof Error ? error : new Error(String(error))
    diagnose(`[gateway-crash] ${name}: ${message.split('\n', 1)[0]}`)
    diagnose(stack ?? '')
    words?.uncaught({name, message, stack})
    process.exit(1)
  })
  // stdout is for frames alone: what a library prints becomes a diagnostic.
  globalThis.console = new Console(process.stderr, process.stderr)
  const cwd = process.cwd()
  const ended = runGateway({
    stdin,
    stdout,
    diagnose,
    env,
    cwd,
    signal: promise,
    ...(config ? {parts: {loadConfig: async () => config}} : {}),
    lastWords: (...end) => words?.ended(...end),
    onTurn: () => {
      if (!watched) setTimeout(watch, WATCHDOG_AFTER_MS).unref()
      watched = true
    },
  })
  openLog(env, cwd).then(
    (opened) => {
      words = opened
    },
    // What is wrong with its configuration it says when it is asked for a session.
    () => {},
  )
  endProcess(await ended)
}

/** Begun when `gateway.ready` is written. */
async function openLog(env: NodeJS.ProcessEnv, cwd: string): Promise<LastWords | undefined> {
  const {handedDownVariable, readHandedDown} = await import('../crash-log/handed-down.js')
  const handedDown = readHandedDown(env)
  // What tools start is not a part of this run.
  delete env[handedDownVariable]
  if (!handedDown) await new Promise((resolve) => setTimeout(resolve, OWN_LOG_AFTER_MS).unref())
  const {openLastWords, ownLog} = await import('./last-words.js')
  return openLastWords(handedDown ?? (await ownLog(env, cwd)))
}

async function watch(): Promise<void> {
  const {startWatchdog} = await import('./watchdog.js')
  // Its file has the extension of this one: from source or from the bundle.
  startWatchdog({worker: new URL(`./watchdog.worker${path.extname(fileURLToPath(import.meta.url))}`, import.meta.url)})
}

function isEntry(): boolean {
  const entry = process.argv[1]
  try {
    return entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)
  } catch {
    return false
  }
}

// Not awaited: a module that never finishes would hold up whoever imports it.
if (isEntry()) void runGatewayProcess()
