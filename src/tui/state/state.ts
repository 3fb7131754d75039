import type {PermissionMode} from '../../permissions/types.js'
import type {GatewayEvent, TodoItem} from '../../protocol/events.js'
import type {Job, SessionOpened, Usage} from '../../protocol/methods.js'
import type {ExitReport, SupervisorView} from '../../supervisor/types.js'
import type {Menu} from '../completion/menu.js'
import {type Editor, type EditorAction, emptyEditor} from '../composer/editor.js'
import type {HistorySearch} from '../composer/history-search.js'
import type {RunningLine} from '../shell/line.js'
import type {Item, ItemBody, Tone} from '../transcript/items.js'
import type {ShownTurn} from '../transcript/reconcile.js'
import type {AgentLine} from './agents.js'
import type {Asking} from './answer-guard.js'
import type {Asked} from './asked.js'
import type {Elsewhere} from './elsewhere.js'
import type {Picker} from './picker.js'
import type {Prompt} from './prompts.js'
import type {Parked, Question, QuestionAction} from './question.js'
import {flush, type OpenTool, type Step, type Turn} from './turn.js'

/** A turn that did not end, and what can be done about it. */
export interface BrokenTurn extends ShownTurn {
  promptId: string | undefined
  user: string | undefined
  toolsRan: boolean
  /** Tools that waited for the person when the gateway died: nothing was printed of them yet. */
  waiting: readonly OpenTool[]
  /** Ids of tools that were printed without an outcome. */
  printedTools: ReadonlySet<string>
  /** Gateways that died while they worked on this turn. */
  deaths: number
}

/** While nothing comes of the model. Times are UTC milliseconds. */
export type ModelWait =
  /** A call failed and is tried again then. */
  {kind: 'retry'; until: number; attempt: number; limit: number; reason: string} | {kind: 'silent'; since: number}

export interface StickyNotice {
  key: string
  tone: Tone
  text: string
}

export interface SessionLine {
  key: string | undefined
  title: string | undefined
  model: string | undefined
  provider: string | undefined
  cwd: string | undefined
  /** Of the repository there; empty where there is none. */
  branch: string | undefined
  usage: Usage | undefined
  /** Undefined where the gateway has rules of its own. */
  permissionMode: PermissionMode | undefined
  /** What was told of where prompts go. */
  destination: string | undefined
}

export interface ChatState {
  view: SupervisorView
  session: SessionLine
  /** Nothing in it changes; old ones go once they are printed. Their ids count up. */
  items: readonly Item[]
  turn: Turn | undefined
  /** What commands said while a reply was written: it comes below that. */
  later: readonly ItemBody[]
  prompts: readonly Prompt[]
  /** Prompts wait for the person: they came back from disk, or one was refused. */
  held: boolean
  broken: BrokenTurn | undefined
  /** That turn ran when the gateway died; until the session is open again. */
  cutOff: boolean
  /** Another hermes works on the session of this screen: it can be read here, and nothing is sent. */
  elsewhere: Elsewhere | undefined
  /** Oldest first; the first one is announced or open. */
  questions: readonly Question[]
  /** How many were asked so far. */
  asked: number
  /** How far the first question is: undefined until somebody looked after it. */
  asking: Asking | undefined
  /** Words of an answer that are in the draft, because their question went. */
  parked: Parked | undefined
  picker: Picker | undefined
  /** What may stand in place of what is typed. */
  menu: Menu | undefined
  editor: Editor
  /** False while draft and queue can't be written: they are on the screen alone. */
  inputSaved: boolean
  /** Search in earlier prompts; the draft is kept meanwhile. */
  search: HistorySearch | undefined
  /** A line of the person's own that runs. */
  shell: RunningLine | undefined
  /** The queue is open to be changed, and this prompt of it is chosen. */
  queueAt: string | undefined
  /** What is in the input was taken from the queue, and goes back before the prompt with this id; null: to its end. */
  takenBefore: string | null | undefined
  /** What the gateway says that it does (`thinking.delta`, `status.update`). */
  activity: string
  /** The session is being compacted between turns, as the gateway tells it; undefined: it is not. */
  compacting: string | undefined
  /** Until anything else comes of the turn. */
  wait: ModelWait | undefined
  /** Notices of the gateway that stay until it takes them back. */
  sticky: readonly StickyNotice[]
  /** Commands that run beside the session, and those that did. */
  jobs: readonly Job[]
  /** Sub-agents of the turn that are not done. */
  agents: readonly AgentLine[]
  /** The list of what the agent means to do, as it told it last. */
  todos: readonly TodoItem[]
  /** One line below the composer, gone with the next key. */
  hint: string | undefined
  showReasoning: boolean
  /** The program ends: only the transcript stays on screen. */
  closing: boolean
  /** When the last death was, until the resume is confirmed; UTC milliseconds. */
  diedAt: number | undefined
}

export type ChatAction =
  | {type: 'view'; view: SupervisorView}
  | {type: 'event'; event: GatewayEvent; now: number}
  /** Deltas of one frame, already joined. */
  | {type: 'deltas'; reasoning: string; text: string; now: number}
  /** `recovers`: another gateway follows. */
  | {type: 'death'; exit: ExitReport; recovers: boolean; now: number}
  | {type: 'opened'; opened: SessionOpened; how: 'created' | 'resumed' | 'recovered'; now: number}
  /** Draft and prompts that were on disk for the session that is opened. */
  | {type: 'restored'; draft: string; prompts: readonly Prompt[]}
  /** Another session is on screen: these came along, the others stay behind. */
  | {type: 'moved'; prompts: readonly Prompt[]}
  /** `first`: ahead of what waits. `fromDraft`: the composer is empty then. */
  | {type: 'enqueue'; prompt: Prompt; first?: boolean; fromDraft?: boolean}
  /** A prompt of the queue, or a new one, is for the turn that runs. */
  | {type: 'steer'; prompt: Prompt; fromDraft?: boolean}
  /** `taken`: by a gateway that says no more of it; else it is a prompt like any other. */
  | {type: 'steer-answered'; id: string; taken: boolean}
  | {type: 'submitting'; id: string; now: number}
  /** `kept`: the gateway holds it behind the turn that runs. */
  | {type: 'acknowledged'; id: string; settled: boolean; streaming: boolean; kept?: boolean}
  /** The gateway would not take it: it waits in the queue, or comes back into an empty composer. */
  | {type: 'refused'; id: string; reason: string | undefined; hold: boolean}
  /** It goes out in other words than those that were typed. */
  | {type: 'reworded'; id: string; text: string}
  | {type: 'dequeue'; id: string}
  | {type: 'clear-queue'}
  | {type: 'move-queued'; id: string; by: -1 | 1}
  /** It leaves the queue for the input, in one write. */
  | {type: 'take-queued'; id: string}
  /** The queue is opened at this prompt, or closed. */
  | {type: 'queue-at'; id: string | undefined}
  | {type: 'release'}
  | {type: 'hold'}
  | {type: 'elsewhere'; elsewhere: Elsewhere | undefined}
  | {type: 'continuing'; now: number}
  | {type: 'turn-failed'}
  | {type: 'compacting'; text: string | undefined}
  | {type: 'interrupting'}
  | {type: 'edit'; action: EditorAction}
  | {type: 'question'; action: QuestionAction}
  /** `asked`: the questions of the same request that follow. */
  | {type: 'answered'; now: number; asked?: Asked}
  | {type: 'asking'; asking: Asking | undefined}
  /** Words that nobody took: they go behind the draft. */
  | {type: 'keep-words'; words: string}
  | {type: 'pick'; picker: Picker | undefined}
  | {type: 'shell'; shell: RunningLine | undefined}
  | {type: 'menu'; menu: Menu | undefined}
  | {type: 'search'; search: ChatState['search']}
  | {type: 'input-saved'; saved: boolean}
  | {type: 'hint'; text: string | undefined}
  | {type: 'print'; items: readonly ItemBody[]}
  /** What has nothing to do with the reply: printed when none is being written. */
  | {type: 'aside'; items: readonly ItemBody[]}
  | {type: 'session'; session: Partial<SessionLine>}
  | {type: 'show-reasoning'; show: boolean}
  /** `taken`: what was taken back; its prompt comes into an empty draft. Default: the turn that broke off is settled. */
  /** `draft`: what comes into an empty input. */
  | {type: 'undone'; taken?: {text: string; removed: number}; draft?: string}
  /** All items before this id are on the screen. */
  | {type: 'printed'; before: number}
  | {type: 'closing'}

export function initialState(options: {view: SupervisorView; showReasoning: boolean; cwd?: string}): ChatState {
  return {
    view: options.view,
    session: {
      key: undefined,
      title: undefined,
      model: undefined,
      provider: undefined,
      cwd: options.cwd,
      branch: undefined,
      usage: undefined,
      permissionMode: undefined,
      destination: undefined,
    },
    items: [],
    turn: undefined,
    later: [],
    prompts: [],
    held: false,
    broken: undefined,
    cutOff: false,
    elsewhere: undefined,
    questions: [],
    asked: 0,
    asking: undefined,
    parked: undefined,
    picker: undefined,
    menu: undefined,
    editor: emptyEditor,
    inputSaved: true,
    search: undefined,
    shell: undefined,
    queueAt: undefined,
    takenBefore: undefined,
    activity: '',
    compacting: undefined,
    wait: undefined,
    sticky: [],
    jobs: [],
    agents: [],
    todos: [],
    hint: undefined,
    showReasoning: options.showReasoning,
    closing: false,
    diedAt: undefined,
  }
}

/** A turn runs, or a prompt is on its way: what is entered now waits in the queue. */
export function isBusy(state: ChatState): boolean {
  return (
    state.turn !== undefined ||
    state.compacting !== undefined ||
    state.prompts.some((prompt) => prompt.state === 'submitted')
  )
}

/** A reply is being written: between its beginning and its end, or the tool that comes next, nothing else is printed. */
export function isWriting({turn, closing}: ChatState): boolean {
  return turn !== undefined && turn.segment.trim() !== '' && !closing
}

/** A session is open in a live gateway: requests have somebody to answer them. */
export function isLive(state: ChatState): boolean {
  return state.view.phase === 'live' && state.view.session !== undefined
}

/** The question that takes the place of the composer. */
export function openQuestion(state: ChatState): Question | undefined {
  const [question] = state.questions
  return question && state.asking?.id === question.id && state.asking.phase === 'open' ? question : undefined
}

export function isQueueOpen({queueAt, prompts}: ChatState): boolean {
  return queueAt !== undefined && prompts.some((prompt) => prompt.state === 'queued')
}

export function append(state: ChatState, bodies: readonly ItemBody[]): ChatState {
  if (bodies.length === 0) return state
  const first = (state.items.at(-1)?.id ?? -1) + 1
  return {...state, items: [...state.items, ...bodies.map((body, index) => ({...body, id: first + index}))]}
}

export function notice(tone: Tone, text: string): ItemBody {
  return {kind: 'notice', tone, text}
}

export function stepped(state: ChatState, step: Step): ChatState {
  return {...append(state, step.items), turn: step.turn}
}

/** No turn any more; what was streamed of it stays. */
export function withoutTurn(state: ChatState): ChatState {
  return state.turn ? {...append(state, flush(state.turn).items), turn: undefined} : state
}
