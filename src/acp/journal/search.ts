import {messagesOf, type StoredAgentSession} from './records.js'

/** Characters before and behind what was found. */
const AROUND = 40
const PREVIEW = 60

/** A message in which all words were said. */
export interface FoundMessage {
  role: string
  /** What is around the first word, with U+0002 and U+0003 around it, on one line. */
  snippet: string
}

/** The first message in which all words of `query` were said, in any case; undefined where there is none. */
export function foundIn(stored: StoredAgentSession, query: string): FoundMessage | undefined {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return undefined
  for (const {role, text = ''} of messagesOf(stored)) {
    const snippet = snippetOf(text, words)
    if (snippet !== undefined) return {role, snippet}
  }
  return undefined
}

/** The first prompt on one line, in at most 60 characters. */
export function previewOf({turns}: StoredAgentSession): string {
  const text = (turns[0]?.text ?? '').replace(/\s+/g, ' ').trim()
  return text.length > PREVIEW ? `${text.slice(0, PREVIEW - 1).toWellFormed()}…` : text
}

function snippetOf(text: string, words: readonly string[]): string | undefined {
  const low = text.toLowerCase()
  if (!words.every((word) => low.includes(word))) return undefined
  const [word = ''] = words
  const at = low.indexOf(word)
  const [from, to] = [Math.max(0, at - AROUND), at + word.length + AROUND]
  const found = text.slice(at, at + word.length)
  const marked = `${text.slice(from, at)}\u0002${found}\u0003${text.slice(at + word.length, to)}`
  return `${from > 0 ? '…' : ''}${marked.toWellFormed().replace(/\s+/g, ' ').trim()}${to < text.length ? '…' : ''}`
}
