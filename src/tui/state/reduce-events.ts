import {permissionModes} from '../../permissions/types.js'
import type {GatewayEvent} from '../../protocol/events.js'
import type {SessionInfo, Usage} from '../../protocol/methods.js'
import type {ExitReport} from '../../supervisor/types.js'
import {oneLine} from '../text/sanitize.js'
import {type ItemBody, steerItem} from '../transcript/items.js'
import {destinationText} from './destination.js'
import {onNews} from './news.js'
import {type Prompt, queued} from './prompts.js'
import {askedAlso, type Question, type QuestionRequest, questionOf, takeParked} from './question.js'
import {
  append,
  type BrokenTurn,
  type ChatState,
  type ModelWait,
  notice,
  type SessionLine,
  stepped,
  withoutTurn,
} from './state.js'
import {
  addReasoning,
  addText,
  beginTurn,
  breakTurn,
  completeTool,
  completeTurn,
  containsText,
  flush,
  goOn,
  isFresh,
  type OpenTool,
  startTool,
  type Turn,
  toolItems,
  toolProgress,
  waitForPerson,
} from './turn.js'

/** A turn may begin by itself: a goal goes on, a background process reports. */
function turnOf(state: ChatState, now: number): Turn {
  return state.turn ?? beginTurn({promptId: undefined, user: undefined}, now)
}

export function onDeltas(state: ChatState, action: {reasoning: string; text: string; now: number}): ChatState {
  let next = state
  if (action.reasoning) next = stepped(next, addReasoning(turnOf(next, action.now), action.reasoning, action.now))
  if (action.text) next = stepped(next, addText(turnOf(next, action.now), action.text))
  return next.activity === '' && !next.wait ? next : {...next, activity: '', wait: undefined}
}

export function onEvent(state: ChatState, event: GatewayEvent, now: number): ChatState {
  const wait = waitIn(event, now)
  if (wait) return {...state, turn: {...turnOf(state, now), started: true}, wait}
  const next = reduced(state, event, now)
  // A change of the session's line is no sign of the model.
  return next.wait && event.type !== 'session.info' ? {...next, wait: undefined} : next
}

function waitIn({type, payload}: GatewayEvent, now: number): ModelWait | undefined {
  if (type === 'model.silent') return {kind: 'silent', since: now - payload.silent_ms}
  if (type !== 'model.retry') return undefined
  const {attempt, limit, reason, wait_ms} = payload
  return {kind: 'retry', until: now + wait_ms, attempt, limit, reason}
}

function reduced(state: ChatState, event: GatewayEvent, now: number): ChatState {
  switch (event.type) {
    case 'message.start':
      if (state.turn && isFresh(state.turn)) return {...state, turn: {...state.turn, started: true}}
      return startedTurn(withoutTurn(state), now)
    case 'prompt.begun': {
      const {prompt_id: promptId, text: user} = event.payload
      return {...append(withoutTurn(state), [{kind: 'user', text: user}]), turn: beginTurn({promptId, user}, now)}
    }
    case 'prompt.steered':
      return onSteered(state, event.payload, now)
    case 'shell.output': {
      const {exec_id: id, preview} = event.payload
      return state.shell?.id === id ? {...state, shell: {...state.shell, preview}} : state
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
    case 'tool.progress':
      return state.turn ? {...state, turn: toolProgress(state.turn, event.payload)} : state
    case 'tool.complete':
      return stepped(state, completeTool(turnOf(state, now), event.payload, now))
    case 'message.complete':
      return onComplete(state, event.payload, now)
    case 'error':
      return onError(state, event.payload)
    case 'gateway.request':
    case 'approval.request':
    case 'clarify.request':
    case 'sudo.request':
    case 'secret.request':
      return ask(state, event, now)
    case 'session.info':
      return onInfo(state, event.payload)
    case 'status.update':
      return onStatus(state, event.payload)
    case 'request.cancel':
      return withdrawn(state, ({asked}) => asked?.id === event.payload.id, event.payload.reason, now)
    case 'approval.expire':
    case 'clarify.expire':
    case 'sudo.expire':
    case 'secret.expire': {
      const {request_id: id, reason = 'timeout'} = event.payload
      return withdrawn(state, ({requestId, asked}) => !asked && requestId === id, reason, now)
    }
    case 'message.interim':
      return onInterim(state, event.payload, now)
    default:
      return onNews(state, event, now)
  }
}

/** What was said to the turn stands where it took effect; what follows is of the next step. */
function onSteered(state: ChatState, {prompt_id: id, text}: {prompt_id: string; text: string}, now: number): ChatState {
  const known = state.prompts.find((prompt) => prompt.id === id)
  const told = stepped(state, flush({...turnOf(state, now), started: true}))
  const prompts = state.prompts.filter((prompt) => prompt !== known)
  const queueAt = state.queueAt === id ? undefined : state.queueAt
  const held = state.held && queued(prompts).length > 0
  return {...append(told, [steerItem(text, known?.folded)]), prompts, queueAt, held}
}

/** A turn that begins now: that of the prompt which the gateway held back, if it holds one. */
function startedTurn(state: ChatState, now: number): ChatState {
  const kept = state.prompts.find((prompt) => prompt.state === 'kept')
  const prompts = kept
    ? state.prompts.map((prompt) => (prompt === kept ? {...kept, state: 'acknowledged' as const} : prompt))
    : state.prompts
  return {...state, prompts, turn: {...beginTurn({promptId: kept?.id, user: kept?.text}, now), started: true}}
}

/** A whole piece of the reply; it may have been streamed, and what follows is another piece. */
function onInterim(
  state: ChatState,
  {text, already_streamed: streamed}: {text: string; already_streamed: boolean},
  now: number,
): ChatState {
  const turn = turnOf(state, now)
  const before = stepped(state, flush({...turn, started: true}))
  if (streamed || containsText(turn.text, text) || !before.turn) return before
  const added = stepped(before, addText(before.turn, text))
  return added.turn ? stepped(added, flush(added.turn)) : added
}

/** The gateway waits no more for an answer; what was typed of one goes into the draft. */
function withdrawn(state: ChatState, isIt: (question: Question) => boolean, reason: string, now: number): ChatState {
  const questions = state.questions.filter((question) => !isIt(question))
  if (questions.length === state.questions.length) return state
  const turn = state.turn && questions.length === 0 ? goOn(state.turn, now) : state.turn
  const why = withdrawals[reason] ?? reason
  return append({...state, questions, turn}, [
    notice('warn', `the gateway took its question back${why ? `: ${why}` : ''}`),
  ])
}

const withdrawals: Readonly<Record<string, string>> = {
  timeout: 'nobody answered in time',
  interrupted: 'the turn was interrupted',
  stopped: 'what asked was stopped',
  resolved: 'it was answered elsewhere',
  shutdown: 'it ends',
  session_closed: 'the session was closed',
}

function ask(state: ChatState, event: QuestionRequest, now: number): ChatState {
  const fresh = questionOf(event, state.asked)
  if (!fresh) return state
  const {question, draft} = takeParked(fresh, state.parked, state.editor)
  return {
    ...state,
    turn: state.turn && waitForPerson(state.turn, now),
    questions: askedAlso(state.questions, question),
    asked: state.asked + 1,
    editor: draft,
    parked: question === fresh ? state.parked : undefined,
  }
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
    agents: [],
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
  // A long reply is many items.
  const asked = state.items.findLastIndex((item) => item.kind === 'user')
  const shown = state.items.slice(asked + 1).flatMap((item) => (item.kind === 'assistant' ? [item.text] : []))
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
    agents: [],
    questions: [],
    activity: '',
    broken: turn ? stoppedTurn(turn, state.broken) : state.broken,
  }
}

function onInfo(state: ChatState, info: SessionInfo): ChatState {
  const session = sessionLine(state, info)
  const next = {...state, session}
  const {destination} = session
  // Once, and again where it changes; after the death of a gateway it is as it was.
  if (destination === undefined || destination === state.session.destination) return next
  return append(next, [notice('info', destination)])
}

function onStatus(state: ChatState, payload: {kind: string; text: string}): ChatState {
  if (payload.kind === 'warn') return append(state, [notice('warn', payload.text)])
  if (payload.kind === 'error') return append(state, [notice('error', payload.text)])
  // Why a turn begins that nobody asked for: it stays above that turn.
  if (selfStarted.has(payload.kind)) return append(state, [notice('info', oneLine(payload.text, REASON_CHARS))])
  if (payload.kind === 'compacted' || payload.kind === 'scaled')
    return append(state, [notice('info', oneLine(payload.text, REASON_CHARS))])
  if (state.compacting !== undefined && payload.kind.startsWith('comp')) return {...state, compacting: payload.text}
  return {...state, activity: payload.text === 'ready' ? '' : payload.text}
}

const selfStarted: ReadonlySet<string> = new Set(['process', 'goal'])
const REASON_CHARS = 300

export function onDeath(state: ChatState, action: {exit: ExitReport; recovers: boolean; now: number}): ChatState {
  const {exit, recovers, now} = action
  const turn = state.turn
  const follow = recovers ? (state.session.key ? ' — recovering this session' : ' — starting it again') : ''
  // A prompt whose turn showed no sign of life may not have arrived: it is sent again, so nothing was broken off.
  const unsent = turn && !turn.started && state.prompts.some((p) => p.id === turn.promptId && p.state === 'submitted')
  // Of several open tools nobody knows which one asks.
  const asks = turn?.open.length === 1 && state.questions.length > 0
  // A turn that waits for the person is not broken off where the next gateway asks again.
  const waits = asks && recovers
  const ended = recovers ? [] : waitingItems(state.broken)
  const items = turn && !unsent ? (waits ? flush(turn).items : breakTurn(turn, asks ? 'asked' : 'unknown')) : ended
  const broken = turn && !unsent ? killedTurn(turn, state.broken, waits ? turn.open : []) : state.broken
  return {
    ...append(state, [...items, notice('error', `gateway ${exit.summary}${follow}`)]),
    turn: undefined,
    agents: [],
    cutOff: state.cutOff || (turn !== undefined && !unsent),
    questions: [],
    activity: '',
    wait: undefined,
    // Of several deaths in a row the first one began the outage.
    diedAt: state.diedAt ?? now,
    broken: broken && ended.length > 0 ? withoutWaiting(broken) : broken,
  }
}

/** What is printed of a turn that waited for the person, and waits no more. */
export function waitingItems(broken: BrokenTurn | undefined): ItemBody[] {
  if (!broken || broken.waiting.length === 0) return []
  return [...toolItems(broken.waiting, 'asked'), {kind: 'interrupted'}]
}

export function withoutWaiting(broken: BrokenTurn): BrokenTurn {
  const printed = [...broken.printedTools, ...broken.waiting.map(({id}) => id)]
  return {...broken, waiting: [], printedTools: new Set(printed)}
}

/** A turn that was interrupted or failed while its gateway lived; what it left before it was continued is added up. */
export function stoppedTurn(turn: Turn, earlier: BrokenTurn | undefined): BrokenTurn {
  const before = earlier && isContinued(earlier, turn) ? earlier : undefined
  return {
    promptId: turn.promptId,
    user: turn.user ?? earlier?.user,
    text: (before?.text ?? '') + turn.text,
    reasoning: (before?.reasoning ?? '') + turn.reasoning,
    finishedTools: new Set([...(before?.finishedTools ?? []), ...turn.finishedTools]),
    toolsRan: before?.toolsRan || turn.finishedTools.size > 0 || turn.open.length > 0,
    waiting: [],
    printedTools: new Set([...(before?.printedTools ?? []), ...turn.open.map(({id}) => id)]),
    deaths: 0,
  }
}

/** A turn whose gateway died. */
function killedTurn(turn: Turn, earlier: BrokenTurn | undefined, waiting: readonly OpenTool[]): BrokenTurn {
  // A retry has an id of its own; it is the same text that kills the gateway.
  const same = earlier && (isContinued(earlier, turn) || (turn.user !== undefined && turn.user === earlier.user))
  const stopped = stoppedTurn(turn, earlier)
  const printed = [...stopped.printedTools].filter((id) => !waiting.some((tool) => tool.id === id))
  return {...stopped, waiting, printedTools: new Set(printed), deaths: (same ? earlier.deaths : 0) + 1}
}

function isContinued(broken: BrokenTurn, turn: Turn): boolean {
  return turn.promptId !== undefined && turn.promptId === broken.promptId
}

export function sessionLine(state: ChatState, info: SessionInfo, key?: string): SessionLine {
  return {
    key: key ?? info.session_key ?? state.session.key,
    title: info.title ?? state.session.title,
    model: info.model || state.session.model,
    provider: info.provider ?? state.session.provider,
    cwd: info.cwd || state.session.cwd,
    branch: info.branch ?? state.session.branch,
    usage: info.usage ?? state.session.usage,
    permissionMode: permissionModes.find((mode) => mode === info.permission_mode) ?? state.session.permissionMode,
    // The short form says nothing of it.
    destination: info.lazy ? state.session.destination : destinationText(info),
  }
}
