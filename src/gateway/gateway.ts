import type {RunPermissions} from '../permissions/run-permissions.js'
import type {EventFrame} from '../protocol/frames.js'
import type {McpDesk} from './mcp/desk.js'
import type {ScreenSettings} from './screen-settings.js'
import type {FrameWriter} from './server/frame-writer.js'
import type {Services} from './services.js'
import type {LiveSession} from './session/live-session.js'
import type {OwnerProbe} from './session/ownership/owner.js'
import type {TakeOver} from './session/ownership/take-over.js'
import type {SessionOwner} from './store/types.js'
import type {ToolHooks} from './tool-hooks/tool-hooks.js'
import type {TurnLimits} from './turn/turn.js'

export type GatewayLimits = TurnLimits

export const defaultLimits: GatewayLimits = {batchMs: 5, toolGraceMs: 150}

/** What lets the process outlive its client. */
export interface HandOverDesk {
  /** From now on there is something to come back to. */
  turnBegan(): void
  /** Whether it works on without its client. It is decided once it says so. */
  stay(): Promise<boolean>
  /** After {@link stay}: nothing more goes to the client. */
  letGo(): void
}

export interface Watcher {
  /** Live ids of sessions that he has not opened yet. */
  readonly unopened: Set<string>
  send(frame: EventFrame): void
}

/** One gateway process: what its methods share. */
export interface Gateway {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  readonly cwd: string
  readonly version: string
  /** UTC milliseconds. */
  readonly startedAt: number
  readonly services: Services
  readonly writer: FrameWriter
  readonly limits: GatewayLimits
  /** What the flags of the program that started it say. */
  readonly permissions: RunPermissions
  /** Live sessions by live id, in the order in which they were opened. */
  readonly sessions: Map<string, LiveSession>
  /** Who this process is in the store. */
  readonly self: SessionOwner
  readonly probe: OwnerProbe
  /** Pid of the program whose gateway it is, which would start the next one; undefined: nobody is known. */
  clientPid: number | undefined
  /** Live ids of sessions that the client has not opened yet: it has just come, and is told of them when it does. */
  readonly unopened: Set<string>
  /** Who sees what the client sees, and changes nothing. */
  readonly watchers: Set<Watcher>
  /** True as such a one sees it. */
  readonly watched?: boolean
  /** Asks the client's plugins before a tool runs. */
  readonly toolHooks: ToolHooks
  /** Servers of further tools. */
  readonly mcp: McpDesk
  /** How the reference's own screen looks. */
  readonly screen: ScreenSettings
  readonly takeOver: TakeOver
  /** Which client, by its number at {@link writer}, asks for the sessions that are open here, and shows them apart. */
  readonly showsOpenApart: Set<number>
  /** Undefined where nobody said that he can come back. */
  readonly handOver: HandOverDesk | undefined
  emit(liveId: string | undefined, type: string, payload?: Record<string, unknown>): void
  /** What the client knows already. */
  tellWatchers(liveId: string, type: string, payload: Record<string, unknown>): void
  diagnose(line: string): void
  /** Ends the process in order. */
  end(reason: string): void
}
