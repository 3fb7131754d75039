import type {PermissionMode} from '../../permissions/types.js'
import type {SessionTarget, Supervisor} from '../../supervisor/types.js'
import type {CommandInfo} from '../composer/completion.js'
import type {Delivery} from '../outbox/delivery.js'
import type {SessionRequest} from '../outbox/take-back.js'
import type {Store} from '../state/store.js'
import type {Tone} from '../transcript/items.js'

/** What a slash command may do. */
export interface CommandContext {
  store: Store
  supervisor: Supervisor
  delivery: Delivery
  commands: readonly SlashCommand[]
  /** Lines of the gateway's stderr, oldest first. */
  stderr: readonly string[]
  crashLog: string
  /** See `ChatOptions`. */
  doctor: ((death: string | undefined) => Promise<readonly string[]>) | undefined
  /** A line in the transcript. */
  notice(tone: Tone, text: string): void
  /** Several lines in the transcript, as they are. */
  output(text: string): void
  /** Calls a method of the open session; says so and returns undefined when it fails. */
  ask(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown> | undefined>
  /** The same for several calls that belong together. */
  attempt<T>(act: (request: SessionRequest) => Promise<T>): Promise<T | undefined>
  open(target: SessionTarget): void
  /** Puts text into the terminal's clipboard. */
  copy(text: string): void
  /** Keeps a permission mode for the gateways to come. */
  keepMode(mode: PermissionMode): void
  recover(): void
  quit(): void
}

export interface SlashCommand extends CommandInfo {
  run(context: CommandContext, args: string): void | Promise<void>
}
