import {capabilities} from '../../protocol/capabilities.js'
import type {SessionOpened, WireMessage} from '../../protocol/methods.js'

/**
 * True for a gateway that stores what of a reply has come. The Python one stores a reply when it is whole: of one that
 * was cut off the prompt alone is left, and the model is asked it again together with the next one.
 */
export function keepsReplies(offered: ReadonlySet<string>): boolean {
  return offered.has(capabilities.journal)
}

/** The prompts after the last reply, oldest first. */
export function unansweredOf(messages: readonly WireMessage[]): string[] {
  const last = messages.findLastIndex(({role}) => role === 'assistant')
  return messages.slice(last + 1).flatMap(({role, text}) => (role === 'user' && text?.trim() ? [text] : []))
}

/**
 * The prompt whose reply was lost before this session was opened; undefined where nothing was, or the gateway tells or
 * asks it again by itself.
 */
export function lostPrompt(opened: SessionOpened, offered: ReadonlySet<string>): string | undefined {
  const told = opened.running || opened.inflight || opened.interrupted || opened.auto_continue
  return told || keepsReplies(offered) ? undefined : unansweredOf(opened.messages).at(-1)
}
