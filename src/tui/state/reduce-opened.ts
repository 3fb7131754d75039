import type {InterruptedTurn, SessionOpened} from '../../protocol/methods.js'
import {isPrompt} from '../../protocol/prompt-message.js'
import {edit} from '../composer/editor.js'
import {type ItemBody, itemsOfMessages, reasoningItem, replyItems, steerItem, toolItem} from '../transcript/items.js'
import {leftJobLine} from '../transcript/job-words.js'
import {
  type Missing,
  missingFrom,
  type ShownTurn,
  shownInTranscript,
  toolsOfTurn,
  unseenItems,
} from '../transcript/reconcile.js'
import {type Prompt, queued, settle} from './prompts.js'
import {sessionLine, stoppedTurn, waitingItems, withoutWaiting} from './reduce-events.js'
import {append, type BrokenTurn, type ChatAction, type ChatState, notice, stepped, withoutTurn} from './state.js'
import {addReasoning, addText, beginTurn, breakTurn, type Turn} from './turn.js'
import {lostPrompt} from './unanswered.js'

export function onOpened(before: ChatState, action: Extract<ChatAction, {type: 'opened'}>): ChatState {
  const state = tellLeftJobs(before, openedState(before, action))
  // What came back in the queue may turn out to be what runs; nothing waits for the person then.
  return state.held && queued(state.prompts).length === 0 ? {...state, held: false} : state
}

/** They ended with the session that was left: whoever went back a prompt may count on what runs. */
function tellLeftJobs(before: ChatState, state: ChatState): ChatState {
  if (state.session.key === before.session.key) return state
  const left = before.jobs.filter((job) => job.state === 'running' && !job.kept)
  return append(
    state,
    left.map((job) => notice('warn', leftJobLine(job))),
  )
}

function openedState(state: ChatState, action: Extract<ChatAction, {type: 'opened'}>): ChatState {
  const {opened, how} = action
  const key = opened.session_key ?? opened.stored_session_id ?? opened.resumed ?? opened.info.session_key
  // A restart on request opens the same session again, and who watched it has seen it all: what is on screen stays.
  const same = key !== undefined && key === state.session.key
  if (how === 'recovered' || (same && (!state.elsewhere || state.elsewhere.watched || isSameTurn(state, opened)))) {
    return onRecovered(state, opened, key, action.now)
  }
  const fresh: ChatState = {
    ...withoutTurn(state),
    cutOff: false,
    sticky: [],
    jobs: [],
    agents: [],
    todos: [],
    elsewhere: undefined,
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
  // Of a session that was elsewhere the screen may show a part.
  const total = Math.max(opened.message_count, opened.messages.length)
  const items = state.elsewhere ? unseenItems(state.items, opened.messages) : itemsOfMessages(opened.messages, {total})
  if (state.elsewhere && items.length === 0) {
    const broken = opened.interrupted ? brokenOf(opened.interrupted) : undefined
    const prompts = settle(state.prompts, evidenceOf(state, opened))
    return joinRunning({...fresh, broken, prompts}, opened, action.now)
  }
  const shown = append(fresh, items)
  const cutOff = opened.interrupted ? showInterrupted(shown, opened, opened.interrupted) : showLost(shown, opened)
  const withInterrupted = tellEnd(cutOff, opened)
  const evidence = evidenceOf(state, opened)
  return joinRunning({...withInterrupted, prompts: settle(state.prompts, evidence)}, opened, action.now)
}

/** What is on screen of the turn that runs is the beginning of it. */
function isSameTurn({turn, broken}: ChatState, {inflight}: SessionOpened): boolean {
  const shown = turn?.promptId ?? broken?.promptId
  return shown !== undefined && shown === inflight?.prompt_id
}

/** What was in flight when the program or its gateway died, as the store has it. */
function showInterrupted(state: ChatState, opened: SessionOpened, interrupted: InterruptedTurn): ChatState {
  const inTranscript = shownInTranscript(opened.messages)
  const missing = missingFrom(inTranscript, interrupted)
  const lastUser = opened.messages.findLast(isPrompt)
  const items: ItemBody[] = []
  if (lastUser?.text?.trim() !== interrupted.user.trim()) items.push({kind: 'user', text: interrupted.user})
  items.push(...itemsOfMissing(missing))
  const marked = lastSaid(opened.messages)?.status === 'interrupted' && items.length === 0
  if (!marked) items.push({kind: 'interrupted'})
  return {...append(state, items), broken: brokenOf(interrupted)}
}

/** The last message of a conversation; a line about it, as on a compaction, is none. */
function lastSaid(messages: SessionOpened['messages']): SessionOpened['messages'][number] | undefined {
  return messages.findLast(({role}) => role !== 'system')
}

/** Of a gateway that stores whole replies alone, the prompt without one is all that tells of it. */
function showLost(state: ChatState, opened: SessionOpened): ChatState {
  const user = lostPrompt(opened, state.view.capabilities)
  if (user === undefined) return state
  const nothing = {prompt_id: null, user, assistant: '', reasoning: '', tools: [], deaths: 1}
  return {...append(state, [{kind: 'interrupted'}]), broken: brokenOf(nothing)}
}

function itemsOfMissing(missing: Missing): ItemBody[] {
  const items: ItemBody[] = []
  if (missing.reasoning.trim()) items.push(reasoningItem(missing.reasoning))
  for (const {tool_id: id, name, context, status, result} of missing.tools) {
    items.push(toolItem({id, name, context, status, result}))
  }
  if (missing.text.trim()) items.push(...replyItems(missing.text))
  return items
}

function brokenOf(interrupted: InterruptedTurn, local?: BrokenTurn): BrokenTurn {
  return {
    promptId: interrupted.prompt_id ?? local?.promptId,
    user: interrupted.user || local?.user,
    text: local && local.text.length > interrupted.assistant.length ? local.text : interrupted.assistant,
    reasoning: local?.reasoning || interrupted.reasoning,
    finishedTools: new Set(interrupted.tools.filter((t) => t.result !== undefined).map((t) => t.tool_id)),
    toolsRan: interrupted.tools.some(mayHaveRun) || (local?.toolsRan ?? false),
    waiting: [],
    printedTools: new Set(interrupted.tools.map((t) => t.tool_id)),
    deaths: Math.max(interrupted.deaths, local?.deaths ?? 0),
  }
}

function mayHaveRun({status}: InterruptedTurn['tools'][number]): boolean {
  return status === 'complete' || status === 'unknown'
}

function evidenceOf(state: ChatState, opened: SessionOpened) {
  const started = new Set<string>()
  if (state.broken?.promptId) started.add(state.broken.promptId)
  if (opened.inflight?.prompt_id) started.add(opened.inflight.prompt_id)
  return {
    messages: opened.messages,
    interruptedPromptId: opened.interrupted?.prompt_id,
    runningPromptId: opened.running ? opened.inflight?.prompt_id : undefined,
    knowsPromptIds: state.view.capabilities.has('prompt_id'),
    started,
    continues: isContinued(opened),
  }
}

/** Why the last reply is not whole. */
function tellEnd(state: ChatState, {ended}: SessionOpened): ChatState {
  return ended ? append(state, [notice('warn', ended.warning)]) : state
}

function isContinued({auto_continue: again}: SessionOpened): boolean {
  return again !== undefined && again !== null
}

function onRecovered(state: ChatState, opened: SessionOpened, key: string | undefined, now: number): ChatState {
  const recovered = recoveredState(state, opened, key, now)
  // Of the turn that this death broke off; of one that had ended it was told.
  const broken = state.turn?.promptId ?? (state.broken?.deaths ? state.broken.promptId : undefined)
  return broken !== undefined && broken === opened.ended?.prompt_id ? tellEnd(recovered, opened) : recovered
}

function recoveredState(state: ChatState, opened: SessionOpened, key: string | undefined, now: number): ChatState {
  const line = sessionLine(state, opened.info, key)
  if (opened.replayed && state.cutOff && state.broken) return goOnWith(state, state.broken, opened, line, now)
  if (opened.running && opened.inflight && !opened.replayed) return rejoin(state, opened, opened.inflight, line, now)
  // A gateway that was replaced on request leaves no death: its turn ends here.
  const stopped: ChatState = state.turn
    ? {...append(state, breakTurn(state.turn)), turn: undefined, broken: stoppedTurn(state.turn, state.broken)}
    : state
  const prompts = settle(stopped.prompts, evidenceOf(stopped, opened))
  const settled: ChatState = {
    ...stopped,
    session: line,
    prompts,
    cutOff: false,
    diedAt: undefined,
    activity: '',
    questions: [],
    elsewhere: undefined,
  }
  const told = [...steeredMeanwhile(stopped, opened), ...answeredMeanwhile(stopped, prompts, opened)]
  const base = append(settled, told)
  const {broken} = base
  if (isContinued(opened)) {
    const waited = broken ? {...append(base, waitingItems(broken)), broken: withoutWaiting(broken)} : base
    return joinRunning(waited, opened, now)
  }
  if (!opened.interrupted) {
    const ended = broken && state.cutOff ? endedMeanwhile(broken, opened.messages) : undefined
    if (ended) return {...append(base, ended), broken: undefined}
    if (!broken) return {...base, broken: unanswered(stopped, prompts, opened)}
    return {...append(base, waitingItems(broken)), broken: withoutWaiting(broken)}
  }
  const items = itemsOfMissing(missingFrom(broken ?? nothingShown, opened.interrupted))
  const waited = (broken?.waiting.length ?? 0) > 0
  if (waited || items.some((item) => item.kind === 'assistant')) items.push({kind: 'interrupted'})
  return {...append(base, items), broken: brokenOf(opened.interrupted, broken)}
}

/** The gateway lived on: what came of the turn meanwhile is told by events, from where the screen is. */
function goOnWith(
  state: ChatState,
  {promptId, user, text, reasoning, finishedTools}: BrokenTurn,
  opened: SessionOpened,
  session: ChatState['session'],
  now: number,
): ChatState {
  const finished = new Set(finishedTools)
  const turn = {...beginTurn({promptId, user}, now), started: true, text, reasoning, finishedTools: finished}
  const prompts = settle(state.prompts, evidenceOf(state, opened))
  const rest = {
    session,
    prompts,
    turn,
    broken: undefined,
    cutOff: false,
    questions: [],
    activity: '',
    diedAt: undefined,
  }
  return {...state, ...rest, elsewhere: undefined}
}

/** The turn that waited for the person when its gateway ended goes on in the next one. */
function rejoin(
  state: ChatState,
  opened: SessionOpened,
  inflight: NonNullable<SessionOpened['inflight']>,
  session: ChatState['session'],
  now: number,
): ChatState {
  const earlier = state.turn ? stoppedTurn(state.turn, state.broken) : state.broken
  const sameTurn = earlier && (earlier.promptId === undefined || earlier.promptId === inflight.prompt_id)
  const tools = toolsOfTurn(opened.messages, inflight.prompt_id)
  const {assistant, reasoning = ''} = inflight
  const missing = missingFrom(sameTurn ? earlier : nothingShown, {assistant, reasoning, tools})
  return {
    ...append(withoutTurn(state), [...steeredMeanwhile(state, opened), ...itemsOfMissing(missing)]),
    session,
    prompts: settle(state.prompts, evidenceOf(state, opened)),
    turn: joinedTurn(inflight, tools, now),
    broken: undefined,
    cutOff: false,
    questions: [],
    activity: '',
    diedAt: undefined,
    elsewhere: undefined,
  }
}

const nothingShown: ShownTurn = {text: '', reasoning: '', finishedTools: new Set()}

/** A running turn whose text and finished tools are on the screen. */
function joinedTurn(
  {user, assistant, reasoning = '', prompt_id: promptId}: NonNullable<SessionOpened['inflight']>,
  tools: InterruptedTurn['tools'],
  now: number,
): Turn {
  const finishedTools = new Set(tools.map(({tool_id}) => tool_id))
  return {...beginTurn({promptId, user}, now), started: true, text: assistant, reasoning, finishedTools}
}

/** A prompt that arrived just before its gateway died: it is stored, and nobody works on it. */
function unanswered(state: ChatState, left: readonly Prompt[], opened: SessionOpened): BrokenTurn | undefined {
  const last = lastSaid(opened.messages)
  const lost = state.prompts.find(({id, state: was}) => was !== 'queued' && !left.some((prompt) => prompt.id === id))
  if (!lost || opened.running || last?.role !== 'user' || last.text?.trim() !== lost.text.trim()) return undefined
  const {id: promptId, text: user} = lost
  const nothing = {toolsRan: false, waiting: [], printedTools: new Set<string>(), deaths: 1}
  return {...nothingShown, ...nothing, promptId, user}
}

/** What the screen lacks of the reply to a turn that came to its end after all; undefined where it did not. */
function endedMeanwhile(broken: BrokenTurn, messages: SessionOpened['messages']): ItemBody[] | undefined {
  const at = messages.findLastIndex(isPrompt)
  const asked = messages[at]
  const same =
    asked?.prompt_id === undefined ? asked?.text?.trim() === broken.user?.trim() : asked.prompt_id === broken.promptId
  const last = lastSaid(messages)
  if (!asked || !same || last?.role !== 'assistant' || last.status !== undefined) return undefined
  const {text: assistant, reasoning} = shownInTranscript(messages)
  const tools = toolsOfTurn(messages, asked.prompt_id)
  return itemsOfMissing(missingFrom(broken, {assistant, reasoning, tools}))
}

/** What became part of the turn while the screen did not hear of it. */
function steeredMeanwhile({prompts}: ChatState, {messages}: SessionOpened): ItemBody[] {
  const told = new Set(messages.flatMap(({steered, prompt_id: id}) => (steered ? [id] : [])))
  return prompts.filter(({id}) => told.has(id)).map(({text, folded}) => steerItem(text, folded))
}

/** The reply to a prompt whose acknowledgement was lost, though it had its turn to the end. */
function answeredMeanwhile(state: ChatState, left: readonly Prompt[], opened: SessionOpened): ItemBody[] {
  const arrived = state.prompts.find(
    (prompt) => prompt.state === 'submitted' && !left.includes(prompt) && !left.some((p) => p.id === prompt.id),
  )
  if (!arrived || arrived.id === state.broken?.promptId || opened.interrupted) return []
  const asked = opened.messages.findLastIndex(isPrompt)
  return asked === -1 ? [] : itemsOfMessages(opened.messages.slice(asked + 1))
}

/** A turn of this session runs in the gateway already (it survived its client), or is about to: it asks again. */
function joinRunning(state: ChatState, opened: SessionOpened, now: number): ChatState {
  if (opened.auto_continue && !opened.running) {
    const {broken} = state
    const user = broken?.user ?? opened.messages.findLast(isPrompt)?.text
    const turn = beginTurn({promptId: broken?.promptId, user}, now)
    return {...state, turn: {...turn, attempt: opened.auto_continue.attempt}}
  }
  if (!opened.running || !opened.inflight) return state
  const {prompt_id: promptId, user} = opened.inflight
  const lastUser = opened.messages.findLast(isPrompt)
  if (promptId !== undefined && lastUser?.prompt_id === promptId) {
    const {text, reasoning} = shownInTranscript(opened.messages)
    const shown = joinedTurn(
      {...opened.inflight, assistant: text, reasoning},
      toolsOfTurn(opened.messages, promptId),
      now,
    )
    const {assistant, reasoning: thought = ''} = opened.inflight
    // The reply that grows is not among the messages: it goes on where it is.
    const missing = missingFrom(shown, {assistant, reasoning: thought, tools: []})
    const reasoned = missing.reasoning ? addReasoning(shown, missing.reasoning, now) : {turn: shown, items: []}
    const grown = missing.text ? addText(reasoned.turn, missing.text) : {turn: reasoned.turn, items: []}
    return stepped(stepped({...state, turn: shown}, reasoned), grown)
  }
  const turn = {...beginTurn({promptId, user}, now), started: true}
  const joined =
    lastUser?.text === opened.inflight.user ? state : append(state, [{kind: 'user', text: opened.inflight.user}])
  const reasoned = opened.inflight.reasoning ? addReasoning(turn, opened.inflight.reasoning, now) : {turn, items: []}
  return stepped(stepped(joined, reasoned), addText(reasoned.turn, opened.inflight.assistant))
}

export function onRestored(state: ChatState, draft: string, prompts: readonly Prompt[]): ChatState {
  const known = new Set(state.prompts.map((prompt) => prompt.id))
  const back = prompts.filter((prompt) => !known.has(prompt.id))
  const waiting = back.some((prompt) => prompt.state === 'queued')
  const editor =
    state.editor.text === '' && draft !== '' ? edit(state.editor, {type: 'load', text: draft}) : state.editor
  return {...state, prompts: [...back, ...state.prompts], editor, held: state.held || waiting}
}
