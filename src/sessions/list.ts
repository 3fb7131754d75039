import {existsSync} from 'node:fs'
import {HermesError} from '../errors.js'
import type {SearchHit, SessionSummary, Store} from '../gateway/store/types.js'
import {hermesHome, homeFiles} from '../platform.js'

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

/** A home on a read-only disk, or of somebody else, can be looked at all the same. */
async function openWhatCanBeRead(database: string): Promise<Store> {
  const {openStore, openStoreForReading} = await import('../gateway/store/index.js')
  try {
    return openStore(database)
  } catch (error) {
    if (!(error instanceof HermesError) || error.code !== 'store/read-only') throw error
    return openStoreForReading(database)
  }
}

function ofSummary(session: SessionSummary): SessionListItem {
  return {
    key: session.key,
    title: session.title ?? undefined,
    excerpt: session.preview,
    time: session.lastActiveAt,
    messages: session.messageCount,
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
