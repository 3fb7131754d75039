import type {EventPayloads} from '../../protocol/events.js'
import type {ToolState} from '../../protocol/methods.js'
import {beginning, type Scan, shownPart, splitBlocks} from '../text/blocks/split.js'
import {type ItemBody, notShown, pieceItem, reasoningItem, toolItem} from '../transcript/items.js'
import {missingSuffix} from '../transcript/reconcile.js'
import {own} from '../transcript/tool-lines/bounded-text.js'
import {withoutVerb} from '../transcript/tool-lines/words.js'

/** A tool that runs now. */
export interface OpenTool {
  id: string
  name: string
  context: string
  /** UTC milliseconds. */
  startedAt: number
  /** How long the person was waited for while it ran, milliseconds. */
  waitedMs: number
  /** The newest of what it puts out; empty before it does. */
  progress: string
}

/** The running turn. What is finished of it has become items already. */
export interface Turn {
  promptId: string | undefined
  /** The prompt; undefined for a turn that the gateway started by itself. */
  user: string | undefined
  /** UTC milliseconds. */
  startedAt: number
  /** An event of this turn has come: the gateway has the prompt, also when its response is still to come. */
  started: boolean
  /** Everything streamed so far. */
  text: string
  reasoning: string
  /** What is streamed since the last tool. */
  segment: string
  /** Not yet items. */
  pendingText: string
  pendingReasoning: string
  /** Its end, for the live screen: to look at the whole for every frame would put it together anew each time. */
  reasoningTail: string
  /** When the first and the last of `pendingReasoning` came, UTC milliseconds. */
  thinking: {since: number; last: number} | undefined
  /** The person is waited for, since then. */
  askedAt: number | undefined
  /** How far `pendingText` was looked at, and what is known of the text before it. */
  scan: Scan
  /** A piece of the current segment has become an item. */
  printed: boolean
  open: readonly OpenTool[]
  /** Grows in place: a copy for each tool is quadratic. */
  finishedTools: Set<string>
  /** Name of the tool whose call is being written. */
  generating: string | undefined
  interrupting: boolean
  /** The gateway asks again by itself for a turn that broke off: how often it did. */
  attempt?: number
}

/** More than the largest screen shows of it, characters. */
const REASONING_TAIL = 16_000

export interface Step {
  turn: Turn
  items: ItemBody[]
}

export function beginTurn(prompt: {promptId: string | undefined; user: string | undefined}, now: number): Turn {
  return {
    ...prompt,
    startedAt: now,
    started: false,
    text: '',
    reasoning: '',
    segment: '',
    pendingText: '',
    pendingReasoning: '',
    reasoningTail: '',
    thinking: undefined,
    askedAt: undefined,
    scan: beginning,
    printed: false,
    open: [],
    finishedTools: new Set(),
    generating: undefined,
    interrupting: false,
  }
}

/** Nothing of this turn has been seen yet, so another `message.start` is the same one (protocol §3.1). */
export function isFresh(turn: Turn): boolean {
  return turn.text === '' && turn.reasoning === '' && turn.open.length === 0 && turn.finishedTools.size === 0
}

export function addReasoning(turn: Turn, text: string, now: number): Step {
  // Reasoning after text belongs to the next call of the model: what was said before it comes first.
  const {turn: flushed, items} = turn.pendingText.trim() === '' ? {turn, items: []} : flushText(turn)
  return {
    turn: {
      ...flushed,
      started: true,
      reasoning: flushed.reasoning + text,
      pendingReasoning: flushed.pendingReasoning + text,
      reasoningTail: (flushed.reasoningTail + text).slice(-REASONING_TAIL),
      thinking: {since: flushed.thinking?.since ?? now, last: now},
    },
    items,
  }
}

export function addText(turn: Turn, text: string): Step {
  if (text === '') return {turn, items: []}
  const step = flushReasoning(turn)
  const {shown, hidden} = shownPart(text)
  const pending = step.turn.pendingText + shown
  const split = splitBlocks(pending, step.turn.scan)
  // What is left out stands behind what is shown.
  const [done, rest, scan] =
    hidden > 0
      ? [[...split.done, {text: split.rest, before: split.scan.before}], '', beginning]
      : [split.done, split.rest, split.scan]
  const next: Turn = {
    ...step.turn,
    started: true,
    generating: undefined,
    text: step.turn.text + text,
    segment: step.turn.segment + text,
    pendingText: rest,
    scan,
  }
  if (done.length === 0) return {turn: next, items: step.items}
  const pieces = done.map((piece, index) => pieceItem(piece, !next.printed && index === 0))
  return {
    turn: {...next, printed: true},
    items: [...step.items, ...pieces, ...notShown(hidden)],
  }
}

function flushReasoning(turn: Turn): Step {
  const {pendingReasoning: text, thinking} = turn
  if (text === '' && thinking === undefined) return {turn, items: []}
  const seconds = thinking && (thinking.last - thinking.since) / 1000
  const items = text.trim() === '' ? [] : [reasoningItem(text, seconds)]
  return {turn: {...turn, pendingReasoning: '', reasoningTail: '', thinking: undefined}, items}
}

function flushText(turn: Turn): Step {
  const {pendingText: text, scan, printed} = turn
  const items: ItemBody[] = text.trim() === '' ? [] : [pieceItem({text, before: scan.before}, !printed)]
  return {turn: {...turn, pendingText: '', scan: beginning, printed: false, segment: ''}, items}
}

/** Everything pending becomes items. */
export function flush(turn: Turn): Step {
  const reasoning = flushReasoning(turn)
  const text = flushText(reasoning.turn)
  return {turn: text.turn, items: [...reasoning.items, ...text.items]}
}

/** Of more tools at once only the ends are shown: with 20 000 the screen took 916 MB. */
const MAX_OPEN = 500

export function startTool(turn: Turn, payload: EventPayloads['tool.start'], now: number): Step {
  if (turn.open.length >= MAX_OPEN) return {turn, items: []}
  if (turn.finishedTools.has(payload.tool_id) || turn.open.some((tool) => tool.id === payload.tool_id)) {
    return {turn, items: []}
  }
  const step = flush(turn)
  const tool = {
    id: payload.tool_id,
    name: payload.name,
    context: withoutVerb(payload.name, payload.context ?? ''),
    startedAt: now,
    waitedMs: 0,
    progress: '',
  }
  return {
    turn: {...step.turn, started: true, generating: undefined, open: [...step.turn.open, tool]},
    items: step.items,
  }
}

/** More of what a tool puts out is not held, characters. */
const PROGRESS_HELD = 8000

/** A gateway that gives the tool no id means the last that was started by that name, or the only one. */
export function toolProgress(turn: Turn, {tool_id: id, name, preview}: EventPayloads['tool.progress']): Turn {
  const {open} = turn
  const named = open.findLast((tool) => (id === undefined ? tool.name === name : tool.id === id))
  const meant = named ?? (id === undefined && open.length === 1 ? open[0] : undefined)
  if (!meant) return turn
  const progress = own(preview.slice(-PROGRESS_HELD))
  return {...turn, open: open.map((tool) => (tool === meant ? {...tool, progress} : tool))}
}

/** A completion whose start was never seen (hidden by the gateway, or out of order) is shown all the same. */
export function completeTool(turn: Turn, payload: EventPayloads['tool.complete'], now: number): Step {
  if (turn.finishedTools.has(payload.tool_id)) return {turn, items: []}
  const step = flush(turn)
  const open = step.turn.open.find((tool) => tool.id === payload.tool_id)
  const ran = open && ranMs(open, turn.askedAt, now) / 1000
  // Some gateways count the time in which the person was asked.
  const asked = open !== undefined && ran !== undefined && now - open.startedAt > ran * 1000
  const seconds =
    asked && payload.duration_s !== undefined ? Math.min(payload.duration_s, ran) : (payload.duration_s ?? ran)
  const tool = toolItem({
    id: payload.tool_id,
    name: payload.name,
    context: open?.context ?? withoutVerb(payload.name, payload.context ?? ''),
    status: payload.status ?? 'complete',
    args: payload.args,
    result: payload.result,
    ...(seconds === undefined ? {} : {seconds}),
    ...(payload.summary === undefined ? {} : {summary: payload.summary}),
    ...(payload.inline_diff === undefined ? {} : {diff: payload.inline_diff}),
  })
  return {
    turn: {
      ...step.turn,
      started: true,
      open: step.turn.open.filter((other) => other.id !== payload.tool_id),
      finishedTools: step.turn.finishedTools.add(payload.tool_id),
    },
    items: [...step.items, tool],
  }
}

/** The person is asked something: the time until the answer is no tool's. */
export function waitForPerson(turn: Turn, now: number): Turn {
  return turn.askedAt === undefined ? {...turn, askedAt: now} : turn
}

/** Nothing is asked any more. */
export function goOn(turn: Turn, now: number): Turn {
  if (turn.askedAt === undefined) return turn
  const open = turn.open.map((tool) => ({...tool, waitedMs: now - tool.startedAt - ranMs(tool, turn.askedAt, now)}))
  return {...turn, open, askedAt: undefined}
}

/** How long a tool has run, without the time in which the person was asked; milliseconds. */
export function ranMs({startedAt, waitedMs}: OpenTool, askedAt: number | undefined, now: number): number {
  const waits = askedAt === undefined ? 0 : now - Math.max(askedAt, startedAt)
  return Math.max(0, now - startedAt - waitedMs - waits)
}

/** The items that end a turn: what is pending, and what the final text has beyond what was streamed. */
export function completeTurn(turn: Turn, payload: EventPayloads['message.complete']): ItemBody[] {
  let current = turn
  const items: ItemBody[] = []
  const take = (step: Step) => {
    current = step.turn
    items.push(...step.items)
  }
  if (payload.reasoning && turn.reasoning === '' && turn.text === '') {
    items.push(reasoningItem(payload.reasoning))
    current = {...current, reasoning: payload.reasoning}
  }
  const final = payload.text ?? ''
  if (payload.status === 'complete') take(addText(current, unseen(current, final)))
  take(flush(current))
  items.push(...toolItems(current.open, 'unknown'))
  if (payload.status !== 'complete' && final.trim() && !containsText(turn.text, final)) {
    items.push({kind: 'notice', tone: payload.status === 'error' ? 'error' : 'warn', text: final})
  }
  if (payload.warning) items.push({kind: 'notice', tone: 'warn', text: payload.warning})
  if (payload.status === 'interrupted') items.push({kind: 'interrupted'})
  return items
}

/** The items that a turn leaves when its gateway dies. */
export function breakTurn(turn: Turn, open: 'asked' | 'unknown' = 'unknown'): ItemBody[] {
  return [...flush(turn).items, ...toolItems(turn.open, open), {kind: 'interrupted'}]
}

/** Tools whose end was not told. */
export function toolItems(
  tools: readonly Pick<OpenTool, 'id' | 'name' | 'context'>[],
  status: Exclude<ToolState, 'complete' | 'denied'>,
): ItemBody[] {
  return tools.map(({id, name, context}) => toolItem({id, name, context, status}))
}

/** The text was streamed already. */
export function containsText(shown: string, text: string): boolean {
  return shown.replace(/\s+/g, ' ').includes(text.replace(/\s+/g, ' ').trim())
}

/** As many last characters tell whether two texts end alike. */
const SAME_END = 24

/**
 * What the final text has that was not streamed. It is that of the last call of the model only, or
 * after `prompt.continue` the whole reply, of which the first part was shown before.
 */
function unseen(turn: Turn, final: string): string {
  if (final.trim() === '' || containsText(turn.text, final)) return ''
  const streamed = turn.segment.replace(/\s+/g, '')
  const whole = final.replace(/\s+/g, '')
  if (streamed === '') return final
  if (whole.startsWith(streamed)) return missingSuffix(turn.segment, final)
  if (whole.endsWith(streamed.slice(-SAME_END)) || streamed.endsWith(whole.slice(-SAME_END))) return ''
  return `\n\n${final}`
}
