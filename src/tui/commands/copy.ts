import type {ChatState} from '../state/state.js'
import {loadLexer} from '../text/lexer.js'
import {codeBlocksOf} from '../text/markdown/code-blocks.js'
import type {CommandContext} from './types.js'

/** Terminals cut or refuse longer clipboard sequences; bytes. */
const CLIPBOARD_LIMIT = 74_000

/** What was said since the last prompt, by as many replies as there were between the tools. */
export interface LastReply {
  replies: readonly string[]
  /** More is coming. */
  unfinished: boolean
  /** The beginning is not held any longer. */
  cut: boolean
}

export function lastReply({items, turn}: Pick<ChatState, 'items' | 'turn'>): LastReply {
  const asked = items.findLastIndex((item) => item.kind === 'user' || item.kind === 'undone')
  const after = items.slice(asked + 1)
  const replies: string[] = []
  const add = (text: string, first: boolean) => {
    if (first || replies.length === 0) replies.push(text)
    else replies[replies.length - 1] += text
  }
  for (const item of after) if (item.kind === 'assistant') add(item.text, item.first)
  if (turn?.pendingText) add(turn.pendingText, !turn.printed)
  return {
    replies: replies.filter((text) => text.trim() !== ''),
    unfinished: turn !== undefined,
    cut: asked !== -1 && after[0] !== undefined && after[0].id !== (items[asked]?.id ?? 0) + 1,
  }
}

/** `/copy`, `/copy 2`. */
export async function copyReply(context: CommandContext, args: string): Promise<void> {
  const {replies, unfinished, cut} = lastReply(context.store.state)
  if (replies.length === 0) return context.notice('info', 'there is no reply to copy')
  const soFar = unfinished ? ' so far' : ''
  if (args === '') {
    const text = replies.map((reply) => reply.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd()).join('\n\n')
    return copy(context, `the reply${cut ? ', without its beginning, which is not held any longer' : soFar}`, text)
  }
  const lexer = await loadLexer()
  const blocks = replies.flatMap((reply) => codeBlocksOf(reply, lexer))
  const block = /^\d{1,6}$/.test(args) ? blocks[Number(args) - 1] : undefined
  if (block === undefined) {
    const has =
      blocks.length === 0 ? 'no code block' : blocks.length === 1 ? '1 code block' : `${blocks.length} code blocks`
    return context.notice('warn', `/copy takes the number of a code block: this reply has ${has}${soFar}`)
  }
  const held = cut ? ' that are held of a long reply' : soFar
  copy(context, `code block ${Number(args)} of ${blocks.length}${held}`, block)
}

/** No terminal tells whether it took it. */
function copy(context: CommandContext, what: string, text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes > CLIPBOARD_LIMIT) {
    context.notice('warn', `${what} is too long for the clipboard of a terminal: ${bytes} bytes of ${CLIPBOARD_LIMIT}`)
    return
  }
  const unless = context.copy(text)
  const size = text.length === 1 ? '1 character' : `${text.length} characters`
  context.notice('info', `${what}, ${size}, sent to the terminal's clipboard (OSC 52): ${unless}`)
}
