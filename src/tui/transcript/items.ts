import {RESUMED_MESSAGES} from '../../protocol/frames.js'
import type {ToolState, WireMessage} from '../../protocol/methods.js'
import {type Before, blocksOf, type Piece, shownPart} from '../text/blocks/split.js'
import {boundedText} from './tool-lines/bounded-text.js'
import {denialOf, type ToolCall, type ToolLine, toolLine} from './tool-lines/index.js'

/** A finished tool call as it is shown. Of any result it holds a bounded part. */
export interface ShownTool extends Pick<ToolCall, 'id' | 'name' | 'context' | 'status' | 'seconds'> {
  line: ToolLine
  /** Why there is no result. */
  note?: string
}

export type Tone = 'info' | 'good' | 'warn' | 'error'

/** Something finished: it is printed once and stays in the terminal's scrollback. */
export type ItemBody =
  /** `folded`: with labels in place of long texts; absent where there are none. */
  /** `steers`: it was said to a turn while that ran. */
  | {kind: 'user'; text: string; folded?: string; steers?: true}
  /** A slash command as it was typed. */
  | {kind: 'command'; text: string}
  /** `first` is false for the later pieces of one reply. `before`: what is known of those; default nothing. */
  | {kind: 'assistant'; text: string; first: boolean; before?: Before}
  /** `seconds` that the model thought, where that was seen. */
  | {kind: 'reasoning'; text: string; seconds?: number}
  | {kind: 'tool'; tool: ShownTool}
  | {kind: 'interrupted'}
  /** The last prompt that stood above and all below it is no part of the session any more. */
  | {kind: 'undone'; text: string; removed: number}
  | {kind: 'notice'; tone: Tone; text: string}
  /** Output of a command, in its own line breaks. */
  | {kind: 'output'; text: string}

export type Item = ItemBody & {id: number}

const stateNotes: Readonly<Record<Exclude<ToolState, 'complete'>, string>> = {
  unknown: 'outcome unknown: the gateway died while it ran',
  asked: 'not run: its question was still open',
  'not-started': 'not run',
  denied: 'not allowed',
}

/** What was delegated is stored by itself, and goes on with its call. */
function noteOf(name: string, status: Exclude<ToolState, 'complete'>): string {
  if (name !== 'delegate_task' || status !== 'unknown') return stateNotes[status]
  return 'the gateway died while they worked: they go on with the reply, and what is done stays done'
}

export function userItem(text: string, folded?: string): ItemBody {
  return {kind: 'user', text, ...(folded === undefined ? {} : {folded})}
}

/** What was said to a turn while it ran. */
export function steerItem(text: string, folded?: string): ItemBody {
  return {kind: 'user', text, steers: true, ...(folded === undefined ? {} : {folded})}
}

/** A call that ended, or never will. */
export function toolItem(call: ToolCall): ItemBody {
  const {id, name, context, status, seconds} = call
  const note = status === 'complete' ? undefined : (denialOf(call) ?? noteOf(name, status))
  return {
    kind: 'tool',
    tool: {
      id,
      name,
      context,
      status,
      ...(seconds === undefined ? {} : {seconds}),
      line: toolLine(call),
      ...(note === undefined ? {} : {note}),
    },
  }
}

/** So much of one thought is held, characters. */
const HELD_THOUGHT = 48_000

export function reasoningItem(text: string, seconds?: number): ItemBody {
  return {kind: 'reasoning', text: boundedText(text, HELD_THOUGHT).text, ...(seconds === undefined ? {} : {seconds})}
}

/** A piece of a reply; `first` is false for those that follow another piece of the same reply. */
export function pieceItem({text, before}: Piece, first: boolean): ItemBody {
  return {kind: 'assistant', text, first, before}
}

/** A whole reply, in the pieces in which it is streamed: it looks the same. */
export function replyItems(text: string): ItemBody[] {
  const {shown, hidden} = shownPart(text)
  return [...blocksOf(shown).map((piece, index) => pieceItem(piece, index === 0)), ...notShown(hidden)]
}

/** Says how much of a reply is not on the screen. */
export function notShown(characters: number): ItemBody[] {
  if (characters === 0) return []
  return [{kind: 'notice', tone: 'info', text: `${characters} more characters of this reply are not shown`}]
}

/**
 * A stored transcript as items; with more than `limit` messages the last ones, and a line that says so:
 * the rest is one `/history` away. `total`: of the session, where `messages` are its newest ones.
 */
export function itemsOfMessages(
  messages: readonly WireMessage[],
  {limit = RESUMED_MESSAGES, total = messages.length}: {limit?: number; total?: number} = {},
): ItemBody[] {
  const shown = messages.slice(Math.max(0, messages.length - limit))
  const hidden = total - shown.length
  const bodies: ItemBody[] =
    hidden > 0
      ? [{kind: 'notice', tone: 'info', text: `${hidden} earlier messages are not shown here · /history shows them`}]
      : []
  for (const message of shown) bodies.push(...itemsOfMessage(message))
  return bodies
}

function itemsOfMessage(message: WireMessage): ItemBody[] {
  const bodies: ItemBody[] = []
  switch (message.role) {
    case 'user':
      bodies.push(message.steered ? steerItem(message.text ?? '') : userItem(message.text ?? ''))
      break
    case 'assistant':
      if (message.reasoning?.trim()) bodies.push(reasoningItem(message.reasoning))
      if (message.text?.trim()) bodies.push(...replyItems(message.text))
      break
    case 'system':
      if (message.text?.trim()) bodies.push({kind: 'notice', tone: 'info', text: message.text})
      break
    case 'tool':
      bodies.push(
        toolItem({
          id: message.tool_id ?? '',
          name: message.name ?? 'tool',
          context: message.context ?? '',
          status: toolState(message.status),
          result: message.result,
        }),
      )
  }
  if (message.status === 'interrupted' || message.status === 'error') bodies.push({kind: 'interrupted'})
  return bodies
}

export function toolState(status: WireMessage['status']): ToolState {
  return status === undefined || status === 'interrupted' || status === 'error' ? 'complete' : status
}
