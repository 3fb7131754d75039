import type {Readable, Writable} from 'node:stream'
import {KEEP_AFTER_MS} from '../../compile-cache.js'
import {errnoOf, gatewayExitCodes} from '../../errors.js'
import type {HandOverTerms} from '../../hand-over/handed-down.js'
import type {ToolHookTerms} from '../../permissions/hooks-handed-down.js'
import type {RunPermissions} from '../../permissions/run-permissions.js'
import {hermesHome} from '../../platform.js'
import {capabilities, PROTOCOL_VERSION} from '../../protocol/capabilities.js'
import type {EventFrame} from '../../protocol/frames.js'
import type {GatewayLimits} from '../gateway.js'
import {endsSessions, type GatewayEnd, wasAsked} from '../process/gateway-end.js'
import {isInspectable} from '../process/inspectable.js'
import type {LastWords} from '../process/last-words.js'
import type {GatewayParts} from '../services.js'
import {isTaken} from '../session/ownership/ownership.js'
import {packageVersion} from '../version.js'
import {Clients} from './clients.js'
import {FrameWriter} from './frame-writer.js'
import {readRequests} from './read-requests.js'

/** A gateway that was asked nothing until then stands by for another one. */
const STANDBY_AFTER_MS = 100

export interface GatewayOptions {
  stdin: Readable
  stdout: Writable
  /** One diagnostic line, for stderr. */
  diagnose: (line: string) => void
  env: NodeJS.ProcessEnv
  cwd: string
  /** Called once: the signals that end the gateway as they would, once its bookkeeping is done. */
  onSignal?: (listener: (signal: NodeJS.Signals) => void) => void
  /** Told of the end before any bookkeeping. */
  lastWords?: (...end: Parameters<LastWords['ended']>) => Promise<void>
  /** Told of what happens between two clients. */
  note?: (...note: Parameters<LastWords['note']>) => void
  /** Its client can come back; default not. */
  handOver?: HandOverTerms | undefined
  /** Called once, when all has been compiled that a session needs. */
  onRehearsed?: (() => void) | undefined
  parts?: Partial<GatewayParts>
  limits?: Partial<GatewayLimits>
  permissions?: RunPermissions
  /** Of the plugins of who started it; default none. */
  toolHooks?: ToolHookTerms
}

/**
 * Serves the protocol until stdin ends, stdout closes, a shutdown is asked for or a signal comes, and
 * resolves when the bookkeeping is done. Where the client can come back, its loss alone is no end. `gateway.ready` is written before anything else is loaded.
 */
export async function runGateway(options: GatewayOptions): Promise<GatewayEnd> {
  const {stdin, stdout, diagnose} = options
  const ended = Promise.withResolvers<GatewayEnd>()
  const exit = (reason: string) => ended.resolve({kind: 'exit', code: 0, reason})
  const clients = new Clients(options.handOver, ended.resolve)
  const writer = new FrameWriter(stdout, {onClosed: (error) => clients.lost(clients.current, endOfOutput(error))})
  const version = packageVersion()
  writer.send(readyFrame(version, {detaches: options.handOver !== undefined}))
  options.onSignal?.((signal) => {
    // Of a terminal that it has no more.
    if (signal === 'SIGHUP' && clients.current === undefined) return
    ended.resolve({kind: 'signal', signal})
  })

  const {createGateway} = await import('./create.js')
  const place = {...options, version, home: hermesHome(options.env)}
  const gateway = createGateway({...place, writer, end: exit, handOver: clients.desk})
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
  const serve = (client: object, input: Readable, reason: string) =>
    readRequests(input, writer, {
      line: (line) => {
        clearTimeout(idle)
        if (clients.current === client) dispatcher.take(line)
      },
      end: () => clients.lost(client, {kind: 'exit', code: 0, reason}),
    })
  clients.begin({
    gateway,
    settings: async () => (await gateway.services.config()).values,
    queue: async () => {
      const {isQueued, startQueued} = await import('../hand-over/queue.js')
      return {isQueued: () => isQueued(gateway), start: (alone) => startQueued(gateway, alone)}
    },
    isTaken: () => isTaken(gateway),
    settled: () => dispatcher.settled,
    note: (...note) => options.note?.(...note),
    admit: (client, socket) => {
      writer.switchTo(socket)
      writer.send(readyFrame(version, {detaches: true, inspectable: false}))
      serve(client, socket, 'its client is gone')
    },
    watch: async (socket) => {
      socket.pause()
      const ready = readyFrame(version, {detaches: false, inspectable: false, shuts: false})
      const {serveWatcher} = await import('./watcher.js')
      serveWatcher(gateway, socket, ready)
    },
  })
  serve(clients.current ?? {}, stdin, 'stdin EOF (TUI closed the command pipe)')

  const end = await ended.promise
  clearTimeout(idle)
  stdin.removeAllListeners('data')
  clients.end()
  diagnose(end.kind === 'signal' ? `[gateway-signal] ${end.signal}` : `[gateway-exit] ${end.reason}`)
  const sessions = [...gateway.sessions.values()]
  await options.lastWords?.(end, {sessionKey: sessions[0]?.key, turns: sessions.filter(({turn}) => turn).length})
  const {closeGateway} = await import('./end-of-life.js')
  await closeGateway(gateway, dispatcher.settled, {asked: wasAsked(end), over: endsSessions(end)})
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

function readyFrame(
  version: string,
  {
    detaches,
    inspectable = isInspectable(process),
    shuts = true,
  }: {detaches: boolean; inspectable?: boolean; shuts?: boolean},
): EventFrame {
  const lacks = new Set<string>([
    ...(inspectable ? [] : [capabilities.inspector]),
    ...(detaches ? [] : [capabilities.detach]),
    ...(shuts ? [] : [capabilities.shutdown]),
  ])
  const payload = {
    skin: {},
    protocol_version: PROTOCOL_VERSION,
    gateway_version: version,
    pid: process.pid,
    capabilities: Object.values(capabilities).filter((each) => !lacks.has(each)),
  }
  return {jsonrpc: '2.0', method: 'event', params: {type: 'gateway.ready', payload}}
}
