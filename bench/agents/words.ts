import type {WireMessage} from '../../src/protocol/methods.js'
import type {Shown} from './driven.js'

export interface Compared {
  /** Pieces that were shown. */
  shown: number
  /** Of them, those that are not stored. */
  lost: number
  /** Pieces that were shown, or are stored, more than once. */
  doubled: number
}

/** What is more in `after`. */
export const grown = (before: Compared, after: Compared): Compared => ({
  shown: after.shown - before.shown,
  lost: after.lost - before.lost,
  doubled: after.doubled - before.doubled,
})

/** What was shown against what is stored, prompt by prompt. No reply has the same piece twice, as its agent wrote it. */
export function compared(shown: readonly Shown[], messages: readonly WireMessage[], pieces: RegExp): Compared {
  const sum: Compared = {shown: 0, lost: 0, doubled: 0}
  const cut = (text: string): string[] => (text.match(pieces) ?? []).map((piece) => piece.trim())
  const prompts = messages.filter(({role}) => role === 'user')
  for (const {promptId, text} of shown) {
    const at = messages.findIndex((message) => message.role === 'user' && message.prompt_id === promptId)
    const rest = messages.slice(at + 1)
    const end = rest.findIndex(({role}) => role === 'user')
    const reply = at < 0 ? [] : rest.slice(0, end < 0 ? undefined : end)
    const stored = cut(reply.map((message) => (message.role === 'assistant' ? message.text : '')).join('\n\n'))
    const seen = cut(text)
    sum.shown += seen.length
    sum.lost += seen.filter((piece) => !stored.includes(piece)).length + (at < 0 ? 1 : 0)
    sum.doubled += repeated(seen) + repeated(stored)
  }
  sum.doubled += repeated(prompts.map(({prompt_id: id}) => id ?? ''))
  return sum
}

const repeated = (all: readonly string[]) => all.length - new Set(all).size
