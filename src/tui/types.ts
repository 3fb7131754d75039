import type {OwnKeys} from '../keys/bindings.js'
import type {InFlight, LifecycleDetails} from '../lifecycle/events.js'
import type {PermissionMode} from '../permissions/types.js'
import type {AdoptedGateway, SessionTarget, Supervisor} from '../supervisor/types.js'
import type {AttentionSettings} from './attention/attention.js'
import type {HelpRow, SlashCommand, ThemeControl} from './commands/types.js'
import type {HiddenLine} from './linear/hidden-line.js'
import type {Reach} from './session/shared-session.js'
import type {ChatChange, InflightPolicy} from './state/policy.js'
import type {Terms} from './state/returned.js'
import type {HeldTerminal} from './terminal/held-terminal.js'
import type {Opening} from './terminal/opening.js'
import type {TerminalInput, TerminalOutput} from './terminal/streams.js'
import type {ThemeName} from './text/theme/themes.js'

export interface ChatOptions {
  /** Not started yet; the chat starts it and closes it. */
  supervisor: Supervisor
  target: SessionTarget
  /** The list of sessions comes first; default false. */
  choose?: boolean | undefined
  /** `$HERMES_HOME`: prompt history, draft and queue live below it. */
  home: string
  /** Sent as soon as the session is live. */
  initialPrompt: string | undefined
  /** The session worked on without a terminal until now, for so many milliseconds; default it did not. */
  awayMs?: number | undefined
  /** Gateways of others. */
  reach?: Reach | undefined
  /** The gateway of another chat, where the supervisor was given one. */
  adopted?: AdoptedGateway | undefined
  /** What this chat was started with, for when it comes back to a gateway of another one. */
  terms?: Omit<Terms, 'same'> & {works: string}
  /** Configuration `session.queueWhileDetached`: what was queued goes out without a terminal; default false. */
  queueWhileDetached?: boolean
  showReasoning: boolean
  /** For who does not look at the chat; default nothing is done for them. */
  attention?: AttentionSettings
  /** Configuration `ui.reducedMotion`; default false. */
  reducedMotion?: boolean
  /** Configuration `ui.theme`; default `auto`. */
  theme?: ThemeName
  /** Configuration `keys`; default those of the table. */
  keys?: OwnKeys
  /** Take the session over where another hermes has it open, without asking. */
  takeOver?: boolean
  /** Keeps a permission mode that the person chose, for the gateways to come. */
  keepMode?: (mode: PermissionMode) => void
  /** Configuration `recovery.inflight`; default `keep`. */
  inflight?: InflightPolicy
  /** Path that is shown when the gateway stays down; default the crash log below `home`. */
  crashLog?: string
  /** Writes a breadcrumb; the signal that ends the chat is recorded before anything is killed. */
  record?: (details: LifecycleDetails) => unknown
  /** Resolves when memory is nearly full: the chat saves what there is and ends with code 90. */
  memoryCritical?: Promise<void>
  /** What of the configuration is changed while the chat runs. */
  changes?: {subscribe(listener: (change: ChatChange) => void): () => void}
  /** What others want the person to see: a plugin that failed. */
  notices?: {subscribe(listener: (text: string, tone: 'info' | 'warn') => void): () => void}
  /** Called once, before the supervisor starts, with what tells of the turn in flight: for the record of a death. */
  provideInFlight?: (probe: () => InFlight | undefined) => void
  /** Slash commands beside the built-in ones; their names are free. */
  commands?: readonly SlashCommand[]
  /**
   * Examines hermes, or with `death` (an ID, or `last`) tells one death in full. Rows for the transcript;
   * rejects with what hindered it. Without it `/doctor` says that there is none.
   */
  doctor?: (death: string | undefined) => Promise<readonly string[]>
  /** Nothing was ever said in this home; default false. */
  newHome?: boolean
  /** The screen that is drawn already; else it is opened by `runChat`. */
  opening?: Opening
  /** Told which modes of the terminal are set. */
  heldTerminal?: HeldTerminal | undefined
  /** The same in a terminal that only gets lines. */
  hiddenLine?: HiddenLine | undefined
  /** Shown in the header. */
  version: string
  stdin: TerminalInput
  stdout: TerminalOutput
  env: NodeJS.ProcessEnv
}

export interface ChatResult {
  /** 0, 128+n after a signal, 90 for want of memory. */
  exitCode: number
  /** What to print on the restored screen: how to come back to this session. */
  farewell: string | undefined
  /** Draft and queue are on disk. */
  inputSaved: boolean
}

/** What the chat needs of the terminal beyond drawing. */
export interface TerminalServices {
  write(data: string): void
  themes?: ThemeControl
  /** What keys do, where the table does not hold: in a terminal's own line. */
  lineKeys?: readonly HelpRow[]
  /** On what it depends whether the terminal takes what is sent to its clipboard; default on the terminal. */
  clipboard?: string
}
