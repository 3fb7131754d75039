import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {HermesError} from '../../errors.js'
import {isSessionKey} from '../../gateway/ids.js'
import {RpcError} from '../../gateway/rpc-error.js'
import {runningGateway} from '../../hand-over/running.js'
import {homeFiles} from '../../platform.js'
import {errorCodes} from '../../protocol/frames.js'
import type {SessionElsewhere} from '../../protocol/methods.js'
import {entriesOf, headOf} from '../journal/entries.js'
import type {AgentJournals, SessionOwner} from '../journal/journal.js'
import {interruptedOf, messagesOf, type StoredAgentSession} from '../journal/records.js'
import {foundIn, previewOf} from '../journal/search.js'
import type {AgentSession} from './session.js'
import type {Answer, Method} from './table.js'

const LIST_LIMIT = 200
const SEARCH_LIMIT = 50
/** So many are told where a part of a title fits several sessions. */
const CANDIDATES = 50

export interface StoredOptions {
  journals: AgentJournals
  permissions: {home: string}
  /** What is open in this process, by its live id or its key. */
  open: (name: string) => AgentSession | undefined
}

/** The sessions that were held with the agent, as the list of them asks: none need be open, and the agent is not asked. */
export function storedMethods({journals, permissions: {home}, open}: StoredOptions): Record<string, Method> {
  const done = (result: Record<string, unknown>): Answer => ({result})
  const named = (id: unknown): StoredAgentSession => {
    const found = storedByName(journals, open(String(id))?.key ?? String(id))
    if (!found) throw notFound()
    return found
  }
  /** One that is open in no other process. */
  const free = (key: string): StoredAgentSession => {
    const found = journals.read(key)
    if (!found) throw notFound()
    const other = journals.holder(key)
    if (other) throw elsewhere(home, found, other)
    return found
  }
  return {
    'session.list': ({limit}) => {
      const listed = journals.list().slice(0, limitOf(limit, LIST_LIMIT))
      return done({sessions: listed.map((stored) => ({...entryOf(stored), ...held(journals, stored)}))})
    },
    'session.most_recent': ({cwd, unfinished}) => {
      const all = journals.list()
      const broken = unfinished ? all.find((one) => one.turns.at(-1)?.status === 'open') : undefined
      const found = broken ?? all.find((one) => cwd === undefined || one.cwd === cwd)
      return done(found ? {session_id: found.key, title: found.title} : {session_id: null})
    },
    'session.search': ({query, limit}) => {
      const hits = journals.list().flatMap((stored) => {
        const found = foundIn(stored, String(query))
        const {key, title, lastActive} = stored
        return found ? [{session_id: key, title, ...found, created_at: lastActive / 1000}] : []
      })
      return done({hits: hits.slice(0, limitOf(limit, SEARCH_LIMIT))})
    },
    'session.history': ({session_id: id}) => {
      // Nothing is stored of it before its first prompt.
      const messages = open(String(id)) && !journals.read(open(String(id))?.key ?? '') ? [] : messagesOf(named(id))
      return done({messages, count: messages.length})
    },
    'session.tail': ({session_id: id, limit}) => {
      const stored = named(id)
      return done(tailOf(stored, journals.holder(stored.key) !== undefined, typeof limit === 'number' ? limit : 0))
    },
    'session.title': ({session_id: id, title}) => {
      const live = open(String(id))
      if (title === undefined) return done({title: live?.title ?? named(id).title, session_key: live?.key ?? id})
      const wanted = String(title).replace(/\s+/g, ' ').trim()
      if (wanted === '') throw new RpcError(errorCodes.titleRequired, 'title required')
      if (live) live.setTitle(wanted)
      else journals.add(free(String(id)).key, {t: 'title', title: wanted})
      return done({title: wanted, session_key: live?.key ?? id})
    },
    'session.delete': ({session_id: id}) => {
      if (open(String(id))) throw new RpcError(errorCodes.deleteActive, 'cannot delete an active session')
      journals.remove(free(String(id)).key)
      return done({deleted: id})
    },
    'session.save': async ({session_id: id, file, format}) => {
      const stored = named(id)
      const {formatOf, textOf, writeNewFile} = await import('../../gateway/store/transfer/write.js')
      const target = typeof file === 'string' ? file : path.join(home, 'sessions', 'saved', `${stored.key}.json`)
      if (!path.isAbsolute(target)) throw new RpcError(errorCodes.badValue, `file must be an absolute path: ${target}`)
      if (file === undefined) mkdirSync(path.dirname(target), {recursive: true, mode: 0o700})
      const form = (format as 'json' | 'markdown' | undefined) ?? formatOf(target) ?? 'json'
      try {
        for (const _ of writeNewFile(target, textOf(headOf(stored), entriesOf(stored), form)));
      } catch (error) {
        if (!(error instanceof HermesError) || !error.code.startsWith('file/')) throw error
        throw new RpcError(errorCodes.saveFailed, error.message)
      }
      return done({file: target, format: form})
    },
  }
}

/** By its key, its title, or as the only one whose title has those words. */
export function storedByName(journals: AgentJournals, name: string): StoredAgentSession | undefined {
  const named = journals.read(name)
  // A key is no title: not all of them need be read.
  if (named || isWhole(name)) return named
  const exact = journals.list().find(({title}) => title === name)
  if (exact) return exact
  const [one, another] = titledLike(journals, name)
  return another ? undefined : one
}

/** With the sessions that may have been meant. */
export function unknownSession(journals: AgentJournals, name: string): RpcError {
  const like = isWhole(name) ? [] : titledLike(journals, name).slice(0, CANDIDATES)
  const candidates = like.map(({key, title, lastActive}) => ({id: key, title, last_active: lastActive / 1000}))
  return notFound(candidates.length > 0 ? {candidates} : undefined)
}

/** Two would write one journal, and an agent may not know of the other. `home`: `$HERMES_HOME`. */
export function elsewhere(home: string, {key, title}: StoredAgentSession, {pid, since}: SessionOwner): RpcError {
  const detached = runningGateway(homeFiles(home).runs, pid)?.detachedAt !== undefined
  const where = detached ? 'works without a terminal' : 'is open in another hermes'
  const remedy = detached ? `come back to it by hermes attach ${key}` : 'close it there'
  const data: SessionElsewhere = {session_key: key, title, pid, since: since / 1000, ...(detached && {detached})}
  return new RpcError(errorCodes.ownedElsewhere, `the session ${where} (pid ${pid}); ${remedy}`, undefined, {...data})
}

/** A live id and a key are whole, or nothing: they are asked for after a death, and must not open another session. */
const isWhole = (name: string) => isSessionKey(name) || /^[0-9a-f]{8}$/.test(name)

function titledLike(journals: AgentJournals, name: string): StoredAgentSession[] {
  const words = name.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  return journals.list().filter(({title}) => words.every((word) => title.toLowerCase().includes(word)))
}

function entryOf(stored: StoredAgentSession): Record<string, unknown> {
  const {key, title, cwd, startedAt, lastActive, agent} = stored
  return {
    id: key,
    title,
    preview: previewOf(stored),
    started_at: startedAt / 1000,
    last_active: lastActive / 1000,
    message_count: messagesOf(stored).length,
    source: agent,
    cwd,
  }
}

const held = (journals: AgentJournals, {key}: StoredAgentSession) => (journals.holder(key) ? {held: true} : {})

/** `limit`: messages at most, the newest; 0: all. `isHeld`: another process has it open. */
function tailOf(stored: StoredAgentSession, isHeld: boolean, limit: number): Record<string, unknown> {
  const {key, title, agent, cwd, turns} = stored
  const all = messagesOf(stored)
  const last = turns.at(-1)
  const turn = isHeld && last?.status === 'open' ? last : undefined
  // The reply that grows is told as in flight.
  const settled = turn && all.at(-1)?.role === 'assistant' ? all.slice(0, -1) : all
  const shown = turn && interruptedOf({turns: [{...turn, status: 'interrupted'}]})
  const inflight = shown && {
    prompt_id: turn.id,
    user: turn.text,
    assistant: shown.assistant,
    reasoning: shown.reasoning,
    streaming: true,
  }
  const place = {cwd, branch: '', session_key: key, title}
  return {
    session_id: key,
    session_key: key,
    message_count: all.length,
    messages: settled.slice(-limit),
    info: {model: agent, tools: {}, skills: {}, desktop_contract: 2, profile_name: 'default', lazy: true, ...place},
    running: turn !== undefined,
    status: turn ? 'working' : 'idle',
    inflight: inflight ?? null,
    interrupted: null,
    elsewhere: isHeld,
  }
}

function limitOf(limit: unknown, fallback: number): number {
  return typeof limit === 'number' && Number.isFinite(limit) ? Math.max(1, Math.trunc(limit)) : fallback
}

const notFound = (data?: Record<string, unknown>) =>
  new RpcError(errorCodes.storedSessionNotFound, 'session not found', undefined, data)
