import {errorCodes} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {sessionModelId, sessionUsage} from '../session/info.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {isElsewhere, isTheirs} from '../session/ownership/ownership.js'
import {toldLines, toStoredTool, toWireMessages} from '../session/wire-messages.js'
import type {MessageRow, SessionSummary} from '../store/types.js'
import {noUsage, toWireCost} from '../turn/usage.js'
import {type MethodTable, ordered, seconds} from './method.js'

/** Messages among which a tool call is looked for first. */
const NEWEST = 500
const LIST_LIMIT = 200
const SEARCH_LIMIT = 50
const MAX_LIMIT = 10_000

export const sessionListMethods: MethodTable<
  | 'session.most_recent'
  | 'session.active_list'
  | 'session.list'
  | 'session.usage'
  | 'session.cost'
  | 'session.status'
  | 'session.history'
  | 'session.search'
  | 'session.tool'
> = {
  'session.most_recent': ordered(async (gateway, {cwd, unfinished}) => {
    const store = await gateway.services.store()
    const open = unfinished ? store.unfinished().find((key) => !isElsewhere(gateway, store, key)) : undefined
    const recent = (open === undefined ? undefined : store.session(open)) ?? store.mostRecent(cwd)
    if (!recent) return {result: {session_id: null}}
    const {key, title, startedAt, source} = recent
    return {result: {session_id: key, title: title ?? '', started_at: seconds(startedAt), source}}
  }),

  'session.active_list': ordered(async (gateway, params) => {
    // The reference's screen lists both, and can't tell by the live id that they are the same.
    if (params.current_session_id) gateway.showsOpenApart.add(gateway.writer.client)
    const sessions = []
    for (const session of gateway.sessions.values()) {
      sessions.push({current: session.id === params.current_session_id, ...(await activeEntry(gateway, session))})
    }
    return {result: {sessions}}
  }),

  'session.list': ordered(async (gateway, params) => {
    const store = await gateway.services.store()
    const apart = gateway.showsOpenApart.has(gateway.writer.client)
    const open = new Set(apart ? [...gateway.sessions.values()].map(({key}) => key) : [])
    const listed = store.listSessions(limitOf(params.limit, LIST_LIMIT)).filter(({key}) => !open.has(key))
    const sessions = listed.map((summary) => ({
      ...listEntry(summary),
      // Ours: another program works on it.
      ...(isTheirs(gateway, store, summary.key) ? {held: true} : {}),
    }))
    return {result: {sessions}}
  }),

  'session.usage': ordered(async (gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    if (!session.stored) return {result: {calls: 0, input: 0, output: 0, total: 0}}
    return {result: {...(await sessionUsage(gateway, session))}}
  }),

  'session.cost': ordered(async (gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    const usages = session.stored ? (await gateway.services.store()).usage(session.key) : {calls: 0, usage: noUsage}
    return {result: {...toWireCost(usages)}}
  }),

  'session.status': ordered(async (gateway, params) => {
    return {result: {output: await statusText(gateway, liveSession(gateway, params.session_id))}}
  }),

  'session.history': ordered(async (gateway, params) => {
    const store = await gateway.services.store()
    const live = gateway.sessions.get(params.session_id)
    const key = live?.key ?? store.findSession(params.session_id)?.key
    if (key === undefined) throw new RpcError(errorCodes.unknownSession, 'session not found')
    const rows = store.shownMessages(key)
    return {result: {count: rows.length, messages: toWireMessages(rows, toldLines(store, key))}}
  }),

  'session.tool': ordered(async (gateway, params) => {
    const store = await gateway.services.store()
    const {key} = liveSession(gateway, params.session_id)
    const isMeant = ({tool}: MessageRow) => tool?.id === params.tool_id
    // What is opened was mostly said a moment ago, and 10 000 messages take 80 ms.
    const row = store.messages(key, NEWEST).findLast(isMeant) ?? store.messages(key).findLast(isMeant)
    if (!row?.tool) throw new RpcError(errorCodes.badValue, `no tool call ${params.tool_id} is stored`)
    return {result: {...toStoredTool(row.tool)}}
  }),

  'session.search': ordered(async (gateway, params) => {
    const hits = (await gateway.services.store()).search(params.query, limitOf(params.limit, SEARCH_LIMIT))
    return {
      result: {
        hits: hits.map(({key, title, messageId, role, snippet, createdAt}) => ({
          session_id: key,
          title: title ?? '',
          message_id: messageId,
          role,
          snippet,
          created_at: seconds(createdAt),
        })),
      },
    }
  }),
}

export async function statusText(gateway: Gateway, session: LiveSession): Promise<string> {
  const usage = await sessionUsage(gateway, session)
  return [
    'Hermes gateway status',
    '',
    `Session ID: ${session.key}`,
    `Title: ${session.title ?? '(none)'}`,
    `Home: ${gateway.home}`,
    `Working directory: ${session.cwd}`,
    `Model: ${usage.model}`,
    `Tokens: ${usage.total}`,
    `Turn running: ${session.turn ? 'yes' : 'no'}`,
    `Gateway: ${gateway.version}, pid ${process.pid}`,
  ].join('\n')
}

async function activeEntry(gateway: Gateway, session: LiveSession): Promise<Record<string, unknown>> {
  const store = await gateway.services.store()
  return {
    id: session.id,
    session_key: session.key,
    title: session.title ?? '',
    preview: preview(session, session.turn?.row.prompt ?? store.lastTurn(session.key)?.prompt),
    status: session.status,
    model: await sessionModelId(gateway, session),
    message_count: session.stored ? store.messageCount(session.key) : session.seed.length,
    started_at: seconds(session.startedAt),
    last_active: seconds(session.lastActiveAt),
  }
}

function preview(session: LiveSession, prompt: string | undefined): string {
  const text = prompt ?? session.seed.at(-1)?.text ?? ''
  return text.slice(0, 400).replaceAll(/\s+/g, ' ').trim().slice(0, 160).toWellFormed()
}

function listEntry(summary: SessionSummary): Record<string, unknown> {
  return {
    id: summary.key,
    title: summary.title ?? '',
    preview: summary.preview,
    started_at: seconds(summary.startedAt),
    last_active: seconds(summary.lastActiveAt),
    message_count: summary.messageCount,
    source: summary.source,
    ...(summary.cwd === null ? {} : {cwd: summary.cwd}),
  }
}

function limitOf(limit: number | undefined, fallback: number): number {
  return limit === undefined || !Number.isFinite(limit) ? fallback : Math.min(Math.max(1, Math.trunc(limit)), MAX_LIMIT)
}
