import type {InterruptedTurn, WireMessage} from '../../protocol/methods.js'
import {isPrompt} from '../../protocol/prompt-message.js'
import {type Item, type ItemBody, itemsOfMessages, toolState} from './items.js'

/** What of an interrupted turn is on the screen already. */
export interface ShownTurn {
  text: string
  reasoning: string
  /** Ids of the tools whose end was shown. */
  finishedTools: ReadonlySet<string>
  /** Ids of those that were printed without an outcome; default none. */
  printedTools?: ReadonlySet<string>
}

/** What the store has of an interrupted turn and the screen has not. */
export interface Missing {
  text: string
  reasoning: string
  tools: InterruptedTurn['tools']
}

/**
 * The store's copy is the truth where it has more. What the screen shows is never taken back: a
 * gateway that stores nothing in mid-turn (the Python one) leaves the screen's copy as the only one.
 */
export function missingFrom(
  shown: ShownTurn,
  stored: Pick<InterruptedTurn, 'assistant' | 'reasoning' | 'tools'>,
): Missing {
  const {finishedTools, printedTools} = shown
  return {
    text: missingSuffix(shown.text, stored.assistant),
    reasoning: missingSuffix(shown.reasoning, stored.reasoning),
    tools: stored.tools.filter(({tool_id: id, status}) => {
      const settled = status === 'complete' || status === 'denied'
      return !finishedTools.has(id) && (settled || !printedTools?.has(id))
    }),
  }
}

/** A shorter overlap than this may be chance, unless it is all that is shown. */
const SURE_OVERLAP = 8

/**
 * The part of `stored` that `shown` does not have. Blank space is not compared: the gateway puts empty
 * lines between the texts of one turn that the store does not have. Of texts that do not overlap, all
 * of `stored` is missing.
 */
export function missingSuffix(shown: string, stored: string): string {
  const have = compact(shown)
  const want = compact(stored)
  if (want.text === '' || have.text.includes(want.text)) return ''
  const overlap = longestOverlap(have.text, want.text)
  if (overlap < have.text.length && overlap < SURE_OVERLAP) return stored
  const lastShown = want.offsets[overlap - 1]
  return lastShown === undefined ? stored : stored.slice(lastShown + 1)
}

function compact(text: string): {text: string; offsets: number[]} {
  const offsets: number[] = []
  let kept = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === undefined || /\s/.test(character)) continue
    kept += character
    offsets.push(index)
  }
  return {text: kept, offsets}
}

/** Length of the longest end of `have` that is a start of `want` (Knuth–Morris–Pratt, linear). */
function longestOverlap(have: string, want: string): number {
  const failure = new Int32Array(want.length)
  for (let index = 1, matched = 0; index < want.length; index++) {
    while (matched > 0 && want[index] !== want[matched]) matched = failure[matched - 1] ?? 0
    if (want[index] === want[matched]) matched++
    failure[index] = matched
  }
  let matched = 0
  // Only the last `want.length` characters can be part of the overlap.
  for (let index = Math.max(0, have.length - want.length); index < have.length; index++) {
    while (matched > 0 && (matched === want.length || have[index] !== want[matched]))
      matched = failure[matched - 1] ?? 0
    if (have[index] === want[matched]) matched++
  }
  return matched
}

/** What a transcript shows of its last turn: everything after the last user message. */
export function shownInTranscript(messages: readonly WireMessage[]): ShownTurn {
  const turn = messages.slice(messages.findLastIndex(isPrompt) + 1)
  const of = (role: WireMessage['role']) => turn.filter((message) => message.role === role)
  return {
    text: of('assistant')
      .map((message) => message.text ?? '')
      .join('\n\n'),
    reasoning: of('assistant')
      .map((message) => message.reasoning ?? '')
      .join('\n\n'),
    finishedTools: new Set(of('tool').flatMap((message) => (message.tool_id ? [message.tool_id] : []))),
  }
}

/** The tools of a prompt's turn that a transcript holds. */
export function toolsOfTurn(messages: readonly WireMessage[], promptId: string | undefined): InterruptedTurn['tools'] {
  const at = messages.findLastIndex(({role, prompt_id: id}) => role === 'user' && id === promptId)
  if (promptId === undefined || at === -1) return []
  return messages.slice(at + 1).flatMap(({role, tool_id = '', name = 'tool', context = '', result, status}) => {
    return role === 'tool' ? [{tool_id, name, context, result, status: toolState(status)}] : []
  })
}

/**
 * What of a stored session is not on the screen, which may show some of it: from the last prompt on
 * that both have, unless its reply is there in full and nothing follows.
 */
export function unseenItems(items: readonly Item[], messages: readonly WireMessage[]): ItemBody[] {
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index]
    if (item?.kind !== 'user' || item.steers) continue
    const at = messages.findLastIndex((message) => isPrompt(message) && message.text?.trim() === item.text.trim())
    if (at === -1) continue
    const after = items.slice(index + 1)
    const shown = after.flatMap((each) => (each.kind === 'assistant' ? [each.text] : [])).join('\n\n')
    const rest = messages.slice(at + 1)
    const goesOn = rest.some(isPrompt)
    const whole = missingSuffix(shown, shownInTranscript(messages).text) === ''
    return goesOn || !whole ? itemsOfMessages(messages.slice(at)) : []
  }
  return itemsOfMessages(messages)
}
