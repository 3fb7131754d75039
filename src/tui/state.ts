import type {GatewayEvent} from '../protocol/events.js'
import type {InterruptedTurn, SessionInfo, SessionOpened, Usage} from '../protocol/methods.js'
import type {ExitReport, SupervisorView} from '../supervisor/types.js'
import {type Editor, type EditorAction, edit, emptyEditor} from './editor.js'
import {type Item, type ItemBody, itemsOfMessages, type Tone} from './items.js'
import type {Picker} from './picker.js'
import {type Prompt, settle} from './prompts.js'
import {type Question, type QuestionAction, questionOf, reduceQuestion} from './question.js'
import {missingFrom, type ShownTurn, shownInTranscript} from './reconcile.js'
import {
  addReasoning,
  addText,
  beginTurn,
  breakTurn,
  completeTool,
  completeTurn,
  flush,
  isFresh,
  type Step,
  startTool,
  type Turn,
} from './turn.js'

/** A turn that did not end, and what can be done about it. */
export interface BrokenTurn extends ShownTurn {
  promptId: string | undefined
  user: string | undefined
  toolsRan: boolean
  /** Gateways that died while they worked on this turn. */
  deaths: number
}

export interface SessionLine {
  key: string | undefined
  title: string | undefined
  model: string | undefined
  provider: string | undefined
  cwd: string | undefined
  usage: Usage | undefined
}

export interface ChatState {
  view: SupervisorView
  session: SessionLine
  /** Append-only. */
  items: readonly Item[]
  turn: Turn | undefined
  prompts: readonly Prompt[]
  /** Prompts wait for the person: they came back from disk, or one was refused. */
  held: boolean
  broken: BrokenTurn | undefined
  questions: readonly Question[]
  picker: Picker | undefined
  editor: Editor
  /** Reverse search in the history: what is looked for and how many matches are skipped. */
  search: {query: string; skip: number} | undefined
  /** What the gateway says that it does (`thinking.delta`, `status.update`). */
  activity: string
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
  | {type: 'death'; exit: ExitReport; now: number}
  | {type: 'opened'; opened: SessionOpened; how: 'created' | 'resumed' | 'recovered'; now: number}
  /** Draft and prompts that were on disk for the session that is opened. `replace`: those here stay behind with another. */
  | {type: 'restored'; draft: string; prompts: readonly Prompt[]; replace?: boolean}
  /** `first`: ahead of what waits. */
  | {type: 'enqueue'; prompt: Prompt; first?: boolean}
  | {type: 'submitting'; id: string; now: number}
  | {type: 'acknowledged'; id: string; settled: boolean; streaming: boolean}
  /** The gateway would not take it: it waits in the queue, or comes back into an empty composer. */
  | {type: 'refused'; id: string; reason: string | undefined; hold: boolean}
  | {type: 'dequeue'; id: string}
  | {type: 'clear-queue'}
  | {type: 'release'}
  | {type: 'continuing'; now: number}
  | {type: 'turn-failed'}
  | {type: 'interrupting'}
  | {type: 'edit'; action: EditorAction}
  | {type: 'question'; action: QuestionAction}
  | {type: 'answered'}
  | {type: 'pick'; picker: Picker | undefined}
  | {type: 'search'; search: ChatState['search']}
  | {type: 'hint'; text: string | undefined}
  | {type: 'print'; items: readonly ItemBody[]}
  | {type: 'session'; session: Partial<SessionLine>}
  | {type: 'show-reasoning'; show: boolean}
  | {type: 'undone'}
  | {type: 'closing'}

export function initialState(options: {view: SupervisorView; showReasoning: boolean; cwd: string}): ChatState {
  return {
    view: options.view,
    session: {
      key: undefined,
      title: undefined,
      model: undefined,
      provider: undefined,
      cwd: options.cwd,
      usage: undefined,
    },
    items: [],
    turn: undefined,
    prompts: [],
    held: false,
    broken: undefined,
    questions: [],
    picker: undefined,
    editor: emptyEditor,
    search: undefined,
    activity: '',
    hint: undefined,
    showReasoning: options.showReasoning,
    closing: false,
    diedAt: undefined,
  }
}

export function reduce(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'view':
      return {...state, view: action.view}
    case 'event':
      return onEvent(state, action.event, action.now)
    case 'deltas':
      return onDeltas(state, action)
    case 'death':
      return onDeath(state, action.exit, action.now)
    case 'opened':
      return onOpened(state, action)
    case 'restored':
      return onRestored(action.replace ? {...state, prompts: [], held: false} : state, action.draft, action.prompts)
    case 'enqueue':
      return {...state, prompts: action.first ? [action.prompt, ...state.prompts] : [...state.prompts, action.prompt]}
    case 'submitting':
      return onSubmitting(state, action.id, action.now)
    case 'acknowledged':
      return onAcknowledged(state, action)
    case 'refused':
      return onRefused(state, action)
    case 'dequeue':
      return {...state, prompts: state.prompts.filter((prompt) => prompt.id !== action.id)}
    case 'clear-queue':
      return {...state, prompts: state.prompts.filter((prompt) => prompt.state !== 'queued'), held: false}
    case 'release':
      return {...state, held: false}
    case 'continuing':
      return {
        ...withoutTurn(state),
        turn: beginTurn({promptId: state.broken?.promptId, user: state.broken?.user}, action.now),
        hint: undefined,
      }
    case 'turn-failed':
      return {...withoutTurn(state), questions: []}
    case 'interrupting':
      return state.turn ? {...state, turn: {...state.turn, interrupting: true}} : state
    case 'edit':
      return {...state, editor: edit(state.editor, action.action), hint: undefined}
    case 'question': {
      const [first, ...others] = state.questions
      return first ? {...state, questions: [reduceQuestion(first, action.action), ...others]} : state
    }
    case 'answered':
      return {...state, questions: state.questions.slice(1)}
    case 'pick':
      return {...state, picker: action.picker, hint: undefined}
    case 'search':
      return {...state, search: action.search, hint: undefined}
    case 'hint':
      return state.hint === action.text ? state : {...state, hint: action.text}
    case 'print':
      return append(state, action.items)
    case 'session':
      return {...state, session: {...state.session, ...action.session}}
    case 'show-reasoning':
      return {...state, showReasoning: action.show}
    case 'undone':
      return {...state, broken: undefined}
    case 'closing':
      return {...state, closing: true}
  }
}

/** A turn runs, or a prompt is on its way: what is entered now waits in the queue. */
export function isBusy(state: ChatState): boolean {
  return state.turn !== undefined || state.prompts.some((prompt) => prompt.state === 'submitted')
}

/** A session is open in a live gateway: requests have somebody to answer them. */
export function isLive(state: ChatState): boolean {
  return state.view.phase === 'live' && state.view.session !== undefined
}

export function append(state: ChatState, bodies: readonly ItemBody[]): ChatState {
  if (bodies.length === 0) return state
  const first = state.items.length
  return {...state, items: [...state.items, ...bodies.map((body, index) => ({...body, id: first + index}))]}
}

/** No turn any more; what was streamed of it stays. */
function withoutTurn(state: ChatState): ChatState {
  return state.turn ? {...append(state, flush(state.turn).items), turn: undefined} : state
}

function notice(tone: Tone, text: string): ItemBody {
  return {kind: 'notice', tone, text}
}

function stepped(state: ChatState, step: Step): ChatState {
  return {...append(state, step.items), turn: step.turn}
}

/** A turn may begin by itself: a goal goes on, a background process reports. */
function turnOf(state: ChatState, now: number): Turn {
  return state.turn ?? beginTurn({promptId: undefined, user: undefined}, now)
}

function onDeltas(state: ChatState, action: {reasoning: string; text: string; now: number}): ChatState {
  let next = state
  if (action.reasoning) next = stepped(next, addReasoning(turnOf(next, action.now), action.reasoning))
  if (action.text) next = stepped(next, addText(turnOf(next, action.now), action.text))
  return next.activity === '' ? next : {...next, activity: ''}
}

function onEvent(state: ChatState, event: GatewayEvent, now: number): ChatState {
  switch (event.type) {
    case 'message.start': {
      if (state.turn && isFresh(state.turn)) return {...state, turn: {...state.turn, started: true}}
      return {...withoutTurn(state), turn: {...beginTurn({promptId: undefined, user: undefined}, now), started: true}}
    }
    case 'message.delta':
      return onDeltas(state, {reasoning: '', text: event.payload.text, now})
    case 'reasoning.delta':
      return onDeltas(state, {reasoning: event.payload.text, text: '', now})
    case 'reasoning.available':
      // The visible text of one call of the model, again; only a gateway that does not stream shows it here first.
      if (state.turn && state.turn.segment.trim() === '' && state.turn.reasoning === '') {
        return stepped(state, addText(state.turn, event.payload.text))
      }
      return state
    case 'thinking.delta':
      return {...state, activity: event.payload.text}
    case 'tool.generating':
      return {...state, turn: {...turnOf(state, now), started: true, generating: event.payload.name}}
    case 'tool.start':
      return stepped(state, startTool(turnOf(state, now), event.payload, now))
    case 'tool.complete':
      return stepped(state, completeTool(turnOf(state, now), event.payload, now))
    case 'message.complete':
      return onComplete(state, event.payload, now)
    case 'error':
      return onError(state, event.payload)
    case 'approval.request':
    case 'clarify.request':
    case 'sudo.request':
    case 'secret.request':
      return ask(state, questionOf(event))
    case 'session.info':
      return onInfo(state, event.payload)
    case 'status.update':
      return onStatus(state, event.payload)
    default:
      return state
  }
}

function ask(state: ChatState, question: Question): ChatState {
  const known = question.requestId !== undefined && state.questions.some((q) => q.requestId === question.requestId)
  return known ? state : {...state, questions: [...state.questions, question]}
}

function onComplete(
  state: ChatState,
  payload: Extract<GatewayEvent, {type: 'message.complete'}>['payload'],
  now: number,
): ChatState {
  // After an `error` the turn is over on screen; a completion that brings nothing new changes nothing.
  if (!state.turn && payload.status !== 'complete') return ended(state, payload.usage)
  if (!state.turn && alreadyShown(state, payload.text)) return ended(state, payload.usage)
  const turn = turnOf(state, now)
  const promptId = payload.prompt_id ?? turn.promptId
  const done = append(state, completeTurn(turn, payload))
  const broken = payload.status === 'complete' ? undefined : {...stoppedTurn(turn, state.broken), promptId}
  const prompts = state.prompts.filter((prompt) => prompt.state !== 'acknowledged' && !isStarted(prompt, state.turn))
  return {...ended(done, payload.usage), broken, prompts}
}

function ended(state: ChatState, usage: Usage | undefined): ChatState {
  return {
    ...state,
    turn: undefined,
    questions: [],
    activity: '',
    session: usage ? {...state.session, usage} : state.session,
  }
}

/** `message.start` comes before the response: a turn that started is as good as an acknowledgement. */
function isStarted(prompt: Prompt, turn: Turn | undefined): boolean {
  return prompt.state === 'submitted' && turn?.promptId === prompt.id && turn.started
}

function alreadyShown(state: ChatState, text: string | null): boolean {
  if (!text?.trim()) return true
  const shown = state.items.slice(-40).flatMap((item) => (item.kind === 'assistant' ? [item.text] : []))
  return shown.join('\n').replace(/\s+/g, ' ').includes(text.replace(/\s+/g, ' ').trim())
}

function onError(state: ChatState, payload: {message: string; hint?: string}): ChatState {
  const text = payload.hint ? `${payload.message} · ${payload.hint}` : payload.message
  const last = state.items.at(-1)
  // The reference reports a failed start twice: `agent init failed: X` and `X`.
  const repeated = last?.kind === 'notice' && last.tone === 'error' && last.text.endsWith(text)
  const turn = state.turn
  const flushed = withoutTurn(state)
  const prompts = state.prompts.filter((prompt) => prompt.state !== 'acknowledged' && !isStarted(prompt, turn))
  return {
    ...(repeated ? flushed : append(flushed, [notice('error', text)])),
    prompts,
    turn: undefined,
    questions: [],
    activity: '',
    broken: turn ? stoppedTurn(turn, state.broken) : state.broken,
  }
}

/** A turn that was interrupted or failed while its gateway lived. */
function stoppedTurn(turn: Turn, earlier: BrokenTurn | undefined): BrokenTurn {
  return {
    promptId: turn.promptId,
    user: turn.user ?? earlier?.user,
    text: turn.text,
    reasoning: turn.reasoning,
    finishedTools: turn.finishedTools,
    toolsRan: turn.finishedTools.size > 0 || turn.open.length > 0,
    deaths: 0,
  }
}

/** A turn whose gateway died; what the same turn left at an earlier death is added up. */
function killedTurn(turn: Turn, earlier: BrokenTurn | undefined): BrokenTurn {
  const stopped = stoppedTurn(turn, earlier)
  if (!earlier || !sameTurn(earlier, turn)) return {...stopped, deaths: 1}
  return {
    ...stopped,
    text: earlier.text + turn.text,
    reasoning: earlier.reasoning + turn.reasoning,
    finishedTools: new Set([...earlier.finishedTools, ...turn.finishedTools]),
    toolsRan: earlier.toolsRan || stopped.toolsRan,
    deaths: earlier.deaths + 1,
  }
}

function sessionLine(state: ChatState, info: SessionInfo, key?: string): SessionLine {
  return {
    key: key ?? info.session_key ?? state.session.key,
    title: info.title ?? state.session.title,
    model: info.model || state.session.model,
    provider: info.provider ?? state.session.provider,
    cwd: info.cwd || state.session.cwd,
    usage: info.usage ?? state.session.usage,
  }
}

function onInfo(state: ChatState, info: SessionInfo): ChatState {
  return {...state, session: sessionLine(state, info)}
}

function onStatus(state: ChatState, payload: {kind: string; text: string}): ChatState {
  if (payload.kind === 'warn') return append(state, [notice('warn', payload.text)])
  if (payload.kind === 'error') return append(state, [notice('error', payload.text)])
  return {...state, activity: payload.text === 'ready' ? '' : payload.text}
}

function onDeath(state: ChatState, exit: ExitReport, now: number): ChatState {
  const turn = state.turn
  const follow = exit.retriable ? (state.session.key ? ' — recovering this session' : ' — starting it again') : ''
  // A prompt whose turn showed no sign of life may not have arrived: it is sent again, so nothing was broken off.
  const unsent = turn && !turn.started && state.prompts.some((p) => p.id === turn.promptId && p.state === 'submitted')
  const items = turn && !unsent ? breakTurn(turn) : []
  return {
    ...append(state, [...items, notice('error', `gateway ${exit.summary}${follow}`)]),
    turn: undefined,
    questions: [],
    activity: '',
    diedAt: now,
    broken: turn && !unsent ? killedTurn(turn, state.broken) : state.broken,
  }
}

function sameTurn(broken: BrokenTurn, turn: Turn): boolean {
  if (turn.promptId !== undefined && turn.promptId === broken.promptId) return true
  // A retry has an id of its own; it is the same text that kills the gateway.
  return turn.user !== undefined && turn.user === broken.user && broken.deaths > 0
}

function onOpened(state: ChatState, action: Extract<ChatAction, {type: 'opened'}>): ChatState {
  const {opened, how} = action
  const key = opened.session_key ?? opened.stored_session_id ?? opened.resumed ?? opened.info.session_key
  // A restart on request opens the same session again: what is on screen stays.
  const same = key !== undefined && key === state.session.key
  if (how === 'recovered' || same) return onRecovered(state, opened, key)
  const fresh: ChatState = {
    ...withoutTurn(state),
    questions: [],
    broken: undefined,
    activity: '',
    diedAt: undefined,
    session: {
      ...sessionLine({...state, session: {...state.session, title: undefined, usage: undefined}}, opened.info, key),
    },
  }
  // A session that was never prompted is not stored: after a death a new one takes its place and its prompts.
  if (how === 'created') return {...fresh, prompts: settle(state.prompts, evidenceOf(state, opened))}
  const shown = append(fresh, itemsOfMessages(opened.messages))
  const withInterrupted = opened.interrupted ? showInterrupted(shown, opened, opened.interrupted) : shown
  const evidence = evidenceOf(state, opened)
  return joinRunning({...withInterrupted, prompts: settle(state.prompts, evidence)}, opened, action.now)
}

/** What was in flight when the program or its gateway died, as the store has it. */
function showInterrupted(state: ChatState, opened: SessionOpened, interrupted: InterruptedTurn): ChatState {
  const inTranscript = shownInTranscript(opened.messages)
  const missing = missingFrom(inTranscript, interrupted)
  const lastUser = opened.messages.findLast((message) => message.role === 'user')
  const items: ItemBody[] = []
  if (lastUser?.text?.trim() !== interrupted.user.trim()) items.push({kind: 'user', text: interrupted.user})
  items.push(...itemsOfMissing(missing, interrupted, inTranscript.finishedTools))
  const marked = opened.messages.at(-1)?.status === 'interrupted' && items.length === 0
  if (!marked) items.push({kind: 'interrupted'})
  return {...append(state, items), broken: brokenOf(interrupted)}
}

function itemsOfMissing(
  missing: {text: string; reasoning: string; tools: InterruptedTurn['tools']},
  interrupted: InterruptedTurn,
  shownTools: ReadonlySet<string>,
): ItemBody[] {
  const items: ItemBody[] = []
  if (missing.reasoning.trim()) items.push({kind: 'reasoning', text: missing.reasoning})
  for (const tool of missing.tools) {
    const {tool_id: id, name, context, result} = tool
    items.push({kind: 'tool', tool: {id, name, context, status: 'complete', result}})
  }
  for (const tool of interrupted.tools) {
    if (tool.status === 'complete' || shownTools.has(tool.tool_id)) continue
    items.push({kind: 'tool', tool: {id: tool.tool_id, name: tool.name, context: tool.context, status: 'unknown'}})
  }
  if (missing.text.trim()) items.push({kind: 'assistant', text: missing.text, first: true})
  return items
}

function brokenOf(interrupted: InterruptedTurn, local?: BrokenTurn): BrokenTurn {
  return {
    promptId: interrupted.prompt_id ?? local?.promptId,
    user: interrupted.user || local?.user,
    text: local && local.text.length > interrupted.assistant.length ? local.text : interrupted.assistant,
    reasoning: local?.reasoning || interrupted.reasoning,
    finishedTools: new Set(interrupted.tools.filter((t) => t.status === 'complete').map((t) => t.tool_id)),
    toolsRan: interrupted.tools.length > 0 || (local?.toolsRan ?? false),
    deaths: Math.max(interrupted.deaths, local?.deaths ?? 0),
  }
}

function evidenceOf(state: ChatState, opened: SessionOpened) {
  const started = new Set<string>()
  if (state.broken?.promptId) started.add(state.broken.promptId)
  return {
    messages: opened.messages,
    interruptedPromptId: opened.interrupted?.prompt_id,
    knowsPromptIds: state.view.capabilities.has('prompt_id'),
    started,
  }
}

function onRecovered(state: ChatState, opened: SessionOpened, key: string | undefined): ChatState {
  const line = sessionLine(state, opened.info, key)
  // A gateway that was replaced on request leaves no death: its turn ends here.
  const stopped: ChatState = state.turn
    ? {...append(state, breakTurn(state.turn)), turn: undefined, broken: stoppedTurn(state.turn, state.broken)}
    : state
  const prompts = settle(stopped.prompts, evidenceOf(stopped, opened))
  const settled: ChatState = {...stopped, session: line, prompts, diedAt: undefined, activity: '', questions: []}
  const base = append(settled, answeredMeanwhile(stopped, prompts, opened))
  if (!opened.interrupted) return base
  const shown = base.broken ?? {text: '', reasoning: '', finishedTools: new Set<string>()}
  const missing = missingFrom(shown, opened.interrupted)
  // Tools without an outcome were printed so when the gateway died.
  const items = itemsOfMissing(missing, {...opened.interrupted, tools: []}, shown.finishedTools)
  if (items.some((item) => item.kind === 'assistant')) items.push({kind: 'interrupted'})
  return {...append(base, items), broken: brokenOf(opened.interrupted, base.broken)}
}

/** The reply to a prompt whose acknowledgement was lost, though it had its turn to the end. */
function answeredMeanwhile(state: ChatState, left: readonly Prompt[], opened: SessionOpened): ItemBody[] {
  const arrived = state.prompts.find(
    (prompt) => prompt.state === 'submitted' && !left.includes(prompt) && !left.some((p) => p.id === prompt.id),
  )
  if (!arrived || arrived.id === state.broken?.promptId || opened.interrupted) return []
  const asked = opened.messages.findLastIndex((message) => message.role === 'user')
  return asked === -1 ? [] : itemsOfMessages(opened.messages.slice(asked + 1))
}

/** A turn of this session runs in the gateway already (it survived its client). */
function joinRunning(state: ChatState, opened: SessionOpened, now: number): ChatState {
  if (!opened.running || !opened.inflight) return state
  const turn = {...beginTurn({promptId: undefined, user: opened.inflight.user}, now), started: true}
  const lastUser = opened.messages.findLast((message) => message.role === 'user')
  const joined =
    lastUser?.text === opened.inflight.user ? state : append(state, [{kind: 'user', text: opened.inflight.user}])
  const reasoned = opened.inflight.reasoning ? addReasoning(turn, opened.inflight.reasoning) : {turn, items: []}
  return stepped(stepped(joined, reasoned), addText(reasoned.turn, opened.inflight.assistant))
}

function onRestored(state: ChatState, draft: string, prompts: readonly Prompt[]): ChatState {
  const known = new Set(state.prompts.map((prompt) => prompt.id))
  const back = prompts.filter((prompt) => !known.has(prompt.id))
  const waiting = back.filter((prompt) => prompt.state === 'queued').length
  const editor =
    state.editor.text === '' && draft !== '' ? edit(state.editor, {type: 'set', text: draft}) : state.editor
  const restored = {...state, prompts: [...back, ...state.prompts], editor, held: state.held || waiting > 0}
  if (waiting === 0) return restored
  const what = waiting === 1 ? 'a prompt' : `${waiting} prompts`
  return append(restored, [
    notice('info', `${what} of the last run came back in the queue · Enter sends, ↑ edits, /queue clear drops`),
  ])
}

function onSubmitting(state: ChatState, id: string, now: number): ChatState {
  const prompt = state.prompts.find((candidate) => candidate.id === id)
  if (!prompt) return state
  const prompts = state.prompts.map((other) =>
    other.id === id ? {...other, state: 'submitted' as const, shown: true} : other,
  )
  const idle = withoutTurn(state)
  const shown = prompt.shown ? idle : append(idle, [{kind: 'user', text: prompt.text}])
  return {...shown, prompts, turn: beginTurn({promptId: id, user: prompt.text}, now), hint: undefined}
}

function onAcknowledged(state: ChatState, action: Extract<ChatAction, {type: 'acknowledged'}>): ChatState {
  // The turn may be over already: responses can come after events.
  const over = state.turn?.promptId !== action.id
  const prompts = state.prompts.flatMap((prompt): Prompt[] => {
    if (prompt.id !== action.id) return [prompt]
    return action.settled || over ? [] : [{...prompt, state: 'acknowledged'}]
  })
  if (over || action.streaming) return {...state, prompts}
  // A repeated prompt that had its turn already: no event will follow.
  return {...withoutTurn(state), prompts}
}

function onRefused(state: ChatState, action: Extract<ChatAction, {type: 'refused'}>): ChatState {
  const prompt = state.prompts.find((candidate) => candidate.id === action.id)
  const stopped = state.turn?.promptId === action.id ? withoutTurn(state) : state
  const base = action.reason ? append(stopped, [notice('error', action.reason)]) : stopped
  if (!prompt) return base
  if (!action.hold || state.editor.text !== '' || state.prompts.some((p) => p.id !== prompt.id)) {
    const prompts = state.prompts.map((other) =>
      other.id === action.id ? {...other, state: 'queued' as const} : other,
    )
    return {...base, prompts, held: state.held || action.hold}
  }
  return {
    ...base,
    prompts: state.prompts.filter((other) => other.id !== action.id),
    editor: edit(state.editor, {type: 'set', text: prompt.text}),
  }
}
