import type {Bindings} from '../../keys/bindings.js'
import type {KeyNames} from '../../keys/text.js'
import type {PermissionMode} from '../../permissions/types.js'
import type {SessionTarget, Supervisor} from '../../supervisor/types.js'
import type {ArgumentSource} from '../completion/source.js'
import type {CommandInfo} from '../composer/slash-command.js'
import type {ImageDesk} from '../images/desk.js'
import type {Delivery} from '../outbox/delivery.js'
import type {SessionRequest} from '../outbox/take-back.js'
import type {Store} from '../state/store.js'
import type {Palette, ThemeName} from '../text/theme/themes.js'
import type {ItemBody, Tone} from '../transcript/items.js'

/** What the chat is painted with, and how that is changed. */
export interface ThemeControl {
  readonly chosen: ThemeName
  /** What is used for it. */
  readonly palette: Palette
  choose(theme: ThemeName): void
}

/** What is typed, and what it does. */
export type HelpRow = readonly [label: string, meaning: string]

/** What a slash command may do. */
export interface CommandContext {
  store: Store
  supervisor: Supervisor
  delivery: Delivery
  commands: readonly SlashCommand[]
  /** Asks the gateway anew for what files define, which may have been written or trusted since. */
  learn(): Promise<{commands: readonly SlashCommand[]; untrusted: string | undefined}>
  /** What keys do. */
  bindings: Bindings
  /** The keys that hints name. */
  key: KeyNames
  /** What they do instead where a terminal's own line is typed in; undefined on a screen. */
  lineKeys: readonly HelpRow[] | undefined
  /** Lines of the gateway's stderr, oldest first. */
  stderr: readonly string[]
  crashLog: string
  /** Folder that the person is in; the session may be of another one. */
  cwd: string
  /** See `ChatOptions`. */
  doctor: ((death: string | undefined) => Promise<readonly string[]>) | undefined
  /** Undefined where nothing is drawn. */
  themes: ThemeControl | undefined
  /** The command as it was typed, in the transcript: once, and by itself before the first that it says. */
  echo(): void
  /** A line in the transcript; while a reply is written, below it. */
  notice(tone: Tone, text: string): void
  /** Several lines in the transcript, as they are; while a reply is written, below it. */
  output(text: string): void
  /** Anything else in the transcript; while a reply is written, below it. */
  print(items: readonly ItemBody[]): void
  /** Calls a method of the open session; says so and returns undefined when it fails. */
  ask(
    method: string,
    params?: Record<string, unknown>,
    timeoutMs?: number,
  ): Promise<Record<string, unknown> | undefined>
  /** The same for several calls that belong together. */
  attempt<T>(act: (request: SessionRequest) => Promise<T>): Promise<T | undefined>
  /** A turn runs, or a prompt is on its way. */
  busy(): boolean
  /** Has the gateway carry out a slash command of its own. Never rejects. */
  slash(command: string): Promise<void>
  open(target: SessionTarget): void
  /** Sends text to the terminal's clipboard; returns on what it depends whether it is there. */
  copy(text: string): string
  /** A text that was sent with labels in place of its long texts. */
  folded(text: string): string
  /** What the last `!` line said, as a label for the draft. */
  commandOutput(): string | undefined
  /** Images of the draft. */
  images: Pick<ImageDesk, 'add' | 'paste'>
  /** Keeps a permission mode for the gateways to come. */
  keepMode(mode: PermissionMode): void
  recover(): void
  quit(): void
  /** Leaves while the gateway works on. */
  detach(): void
}

export interface SlashCommand extends CommandInfo {
  /** A gateway of somebody else's that has a command of this name carries out its own; default false. */
  yields?: boolean
  /** What its argument may be, for the list below the draft; default nobody knows. */
  argument?: ArgumentSource
  run(context: CommandContext, args: string): void | Promise<void>
}
