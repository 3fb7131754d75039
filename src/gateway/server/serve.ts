import type {Readable, Writable} from 'node:stream'
import {KEEP_AFTER_MS} from '../../compile-cache.js'
import {errnoOf, gatewayExitCodes} from '../../errors.js'
import type {RunPermissions} from '../../permissions/run-permissions.js'
import {hermesHome} from '../../platform.js'
import {capabilities, PROTOCOL_VERSION} from '../../protocol/capabilities.js'
import {type EventFrame, MAX_REQUEST_BYTES} from '../../protocol/frames.js'
import {LineSplitter, type SplitLine} from '../../protocol/line-splitter.js'
import type {GatewayLimits} from '../gateway.js'
import type {GatewayEnd} from '../process/gateway-end.js'
import {isInspectable} from '../process/inspectable.js'
import type {LastWords} from '../process/last-words.js'
import type {GatewayParts} from '../services.js'
import {packageVersion} from '../version.js'
import {FrameWriter} from './frame-writer.js'

/** A gateway that was asked nothing until then stands by for another one. */
const STANDBY_AFTER_MS = 100

/** Unread output from which requests are no longer read either, in bytes. */
const STOP_READING_BYTES = 8 * 1024 * 1024

export interface GatewayOptions {
  stdin: Readable
  stdout: Writable
  /** One diagnostic line, for stderr. */
  diagnose: (line: string) => void
  env: NodeJS.ProcessEnv
  cwd: string
  /** Ends the gateway as this signal would, once its bookkeeping is done. */
  signal?: Promise<NodeJS.Signals>
  /** Told of the end before any bookkeeping. */
  lastWords?: (...end: Parameters<LastWords['ended']>) => Promise<void>
  /** Called once, when all has been compiled that a session needs. */
  onRehearsed?: (() => void) | undefined
  parts?: Partial<GatewayParts>
  limits?: Partial<GatewayLimits>
  permissions?: RunPermissions
}

/**
 * Serves the protocol until stdin ends, stdout closes, a shutdown is asked for or a signal comes, and
 * resolves when the bookkeeping is done. `gateway.ready` is written before anything else is loaded.
 */
export async function runGateway(options: GatewayOptions): Promise<GatewayEnd> {
  const {stdin, stdout, diagnose} = options
  const ended = Promise.withResolvers<GatewayEnd>()
  const exit = (reason: string) => ended.resolve({kind: 'exit', code: 0, reason})
  const writer = new FrameWriter(stdout, {onClosed: (error) => ended.resolve(endOfOutput(error))})
  const version = packageVersion()
  writer.send(readyFrame(version))
  void options.signal?.then((signal) => ended.resolve({kind: 'signal', signal}))

  const {createGateway} = await import('./create.js')
  const place = {...options, version, home: hermesHome(options.env)}
  const gateway = createGateway({...place, writer, end: exit})
  const {Dispatcher} = await import('./dispatcher.js')
  const dispatcher = new Dispatcher(gateway)
  const {env, home, cwd, parts = {}} = place
  const practise = once(async () => {
    const statements = await rehearse({env, home, cwd, version, parts})
    options.onRehearsed?.()
    return statements
  })
  // What goes wrong in them goes wrong again, and is told, when it is asked for.
  const standBy = async () => gateway.services.prepare(await practise())
  const idle = setTimeout(() => standBy().catch(() => {}), STANDBY_AFTER_MS)
  // One that does not stand by has something to be kept too.
  if (options.onRehearsed) setTimeout(() => practise().catch(() => {}), KEEP_AFTER_MS).unref()
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
  await options.lastWords?.(end, {sessionKey: sessions[0]?.key, turns: sessions.filter(({turn}) => turn).length})
  const {closeGateway} = await import('./end-of-life.js')
  await closeGateway(gateway, dispatcher.settled)
  return end
}

/** Loaded when it is needed: most gateways play it never. */
async function rehearse(options: Parameters<typeof import('./rehearsal.js').rehearse>[0]): Promise<readonly string[]> {
  return (await import('./rehearsal.js')).rehearse(options)
}

function once<T>(act: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => {
    done ??= act()
    return done
  }
}

/** Whoever reads it is gone, or it can't be written for another reason: the next gateway may fare better. */
function endOfOutput(error: Error): GatewayEnd {
  const errno = errnoOf(error)
  if (errno === undefined || errno === 'EPIPE' || errno.startsWith('ERR_')) {
    return {kind: 'exit', code: gatewayExitCodes.ok, reason: 'stdout closed (broken pipe)'}
  }
  return {kind: 'exit', code: gatewayExitCodes.protocol, reason: `stdout cannot be written (${error.message})`}
}

function readyFrame(version: string): EventFrame {
  const payload = {
    skin: {},
    protocol_version: PROTOCOL_VERSION,
    gateway_version: version,
    pid: process.pid,
    capabilities: Object.values(capabilities).filter(
      (each) => each !== capabilities.inspector || isInspectable(process),
    ),
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
