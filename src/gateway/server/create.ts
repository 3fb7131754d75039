import {noToolHooks, type ToolHookTerms} from '../../permissions/hooks-handed-down.js'
import {defaultRunPermissions, type RunPermissions} from '../../permissions/run-permissions.js'
import type {EventFrame} from '../../protocol/frames.js'
import {defaultLimits, type Gateway, type GatewayLimits, type HandOverDesk} from '../gateway.js'
import {McpDesk} from '../mcp/desk.js'
import type {LastWords} from '../process/last-words.js'
import {ScreenSettings} from '../screen-settings.js'
import {type GatewayParts, realParts, Services} from '../services.js'
import {systemProbe, thisOwner} from '../session/ownership/owner.js'
import {TakeOver} from '../session/ownership/take-over.js'
import {ToolHooks} from '../tool-hooks/tool-hooks.js'
import type {FrameWriter} from './frame-writer.js'

export interface CreateOptions {
  env: NodeJS.ProcessEnv
  home: string
  cwd: string
  version: string
  writer: FrameWriter
  diagnose: (line: string) => void
  end: (reason: string) => void
  parts?: Partial<GatewayParts>
  limits?: Partial<GatewayLimits>
  /** Default: everything as configured, and somebody can be asked. */
  permissions?: RunPermissions
  /** Of the client's plugins; default none. */
  toolHooks?: ToolHookTerms
  /** Told of what belongs into the crash log; default nobody. */
  note?: ((...note: Parameters<LastWords['note']>) => void) | undefined
  /** Default: none, it ends with its client. */
  handOver?: HandOverDesk | undefined
}

export function createGateway(options: CreateOptions): Gateway {
  const {env, home, cwd, version, writer, diagnose, end} = options
  const self = thisOwner()
  const services = new Services({parts: {...realParts, ...options.parts}, home, env, cwd, diagnose})
  const gateway: Gateway = {
    env,
    home,
    cwd,
    version,
    startedAt: Date.now(),
    services,
    writer,
    permissions: options.permissions ?? defaultRunPermissions,
    limits: {...defaultLimits, ...options.limits},
    sessions: new Map(),
    self,
    probe: systemProbe(self),
    clientPid: process.ppid > 0 ? process.ppid : undefined,
    unopened: new Set(),
    watchers: new Set(),
    toolHooks: new ToolHooks(options.toolHooks ?? noToolHooks, writer),
    mcp: new McpDesk({
      env,
      home,
      config: () => services.config(),
      store: () => services.store(),
      tell(text) {
        for (const id of gateway.sessions.keys()) gateway.emit(id, 'status.update', {kind: 'warn', text})
      },
      note: (fields) => options.note?.('mcp-server-ended', fields),
    }),
    screen: new ScreenSettings(home),
    takeOver: new TakeOver(),
    showsOpenApart: new Set(),
    handOver: options.handOver,
    emit(liveId, type, payload) {
      // A closed session says nothing more, though its turn may still be on its way out.
      if (liveId !== undefined && !gateway.sessions.has(liveId)) return
      const frame = eventFrame(liveId, type, payload)
      if (hears(gateway, liveId)) writer.send(frame)
      for (const watcher of gateway.watchers) if (hears(watcher, liveId)) watcher.send(frame)
    },
    tellWatchers(liveId, type, payload) {
      const watchers = [...gateway.watchers].filter((watcher) => hears(watcher, liveId))
      for (const watcher of watchers) watcher.send(eventFrame(liveId, type, payload))
    },
    diagnose,
    end,
  }
  return gateway
}

function eventFrame(liveId: string | undefined, type: string, payload?: Record<string, unknown>): EventFrame {
  const params = {
    type,
    ...(liveId === undefined ? {} : {session_id: liveId}),
    ...(payload === undefined ? {} : {payload}),
  }
  return {jsonrpc: '2.0', method: 'event', params}
}

/** A client hears of the sessions that it has opened. */
function hears({unopened}: {unopened: ReadonlySet<string>}, liveId: string | undefined): boolean {
  return liveId === undefined || !unopened.has(liveId)
}
