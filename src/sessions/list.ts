import {existsSync} from 'node:fs'
import type {SearchHit, SessionSummary} from '../gateway/store/types.js'
import {hermesHome, homeFiles} from '../platform.js'
import {openWhatCanBeRead} from './open.js'

export interface SessionListItem {
  /** Durable key, for `hermes chat --resume`. */
  key: string
  /** Undefined where a search found a session without one. */
  title: string | undefined
  /** First prompt in at most 60 characters; of a search the place that was found, with the words in ‹›. */
  excerpt: string
  /** UTC epoch milliseconds: last active; of a search the message that was found. */
  time: number
  /** Undefined for a search. */
  messages: number | undefined
  /** Folder that its tools work in, where that is known. */
  cwd?: string
  /** The agent that it was held with; absent: the gateway. */
  agent?: string
}

/**
 * The stored sessions, most recent first, or those in whose messages `search` is found. A home
 * without a database has none; it is not created by looking.
 */
export async function listSessions(request: {
  env: NodeJS.ProcessEnv
  limit: number
  search: string | undefined
}): Promise<SessionListItem[]> {
  const {database} = homeFiles(hermesHome(request.env))
  if (!existsSync(database)) return []
  const store = await openWhatCanBeRead(database)
  try {
    if (request.search === undefined) return store.listSessions(request.limit).map(ofSummary)
    const hits = new Map<string, SearchHit>()
    // Several messages of one session may be found: the first is the best.
    for (const hit of store.search(request.search, request.limit * 10)) {
      if (!hits.has(hit.key)) hits.set(hit.key, hit)
    }
    return [...hits.values()].slice(0, request.limit).map(ofHit)
  } finally {
    store.close()
  }
}

function ofSummary(session: SessionSummary): SessionListItem {
  return {
    key: session.key,
    title: session.title ?? undefined,
    excerpt: session.preview,
    time: session.lastActiveAt,
    messages: session.messageCount,
    ...(session.cwd ? {cwd: session.cwd} : {}),
  }
}

function ofHit(hit: SearchHit): SessionListItem {
  const excerpt = hit.snippet.replaceAll('\u0002', '‹').replaceAll('\u0003', '›').replaceAll(/\s+/g, ' ').trim()
  return {key: hit.key, title: hit.title ?? undefined, excerpt, time: hit.createdAt, messages: undefined}
}

/** `just now`, `5 min ago`, `3 h ago`, `yesterday`, `12 days ago`, else the date. */
export function agoText(time: number, now: number): string {
  const minutes = Math.floor((now - time) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ago`
  const days = Math.floor(hours / 24)
  if (days === 1) return 'yesterday'
  return days < 30 ? `${days} days ago` : new Date(time).toISOString().slice(0, 10)
}

/** `1 message`, `7 messages`. */
export function messagesText(count: number): string {
  return `${count} ${count === 1 ? 'message' : 'messages'}`
}

/** Whether the excerpt says nothing that the title does not: it is made of the first prompt. */
export function saysTheSame(title: string, excerpt: string): boolean {
  const fold = (text: string) =>
    text
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  const [own, other] = [fold(title), fold(excerpt)]
  return own !== '' && (other.startsWith(own) || own.startsWith(other))
}
