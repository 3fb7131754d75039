import {exitCodes, HermesError, messageOf} from '../errors.js'
import {capabilities} from '../protocol/capabilities.js'
import {classifyDeath} from '../supervisor/death/cause.js'
import {createSpawner} from '../supervisor/process/child.js'
import {GatewayProcess} from '../supervisor/process/gateway-process.js'
import type {ChildEnding} from '../supervisor/process/types.js'
import type {GatewayPolicy} from '../supervisor/types.js'
import type {SessionListItem} from './list.js'

/** From the end of its input to SIGKILL. */
const END_MS = 3000

/** Where messages cannot be searched, so many sessions are looked through. */
const LOOKED_THROUGH = 10_000

export interface AskedSessions {
  sessions: SessionListItem[]
  /** What a search could not look into. */
  note: string | undefined
}

/** A request of the gateway; rejects with a RequestError. */
export type GatewayRequest = (method: string, params: Record<string, unknown>) => Promise<Record<string, unknown>>

/** Starts a gateway, asks it for its sessions, and ends it. Rejects with the HermesError that says why it could not. */
export function askGateway(
  policy: GatewayPolicy,
  {limit, search}: {limit: number; search: string | undefined},
): Promise<AskedSessions> {
  return withGateway(policy, (request, offered) => ask(request, offered, limit, search))
}

/** All sessions that the gateway tells. */
export async function listedBy(request: GatewayRequest): Promise<SessionListItem[]> {
  const {sessions} = await request('session.list', {limit: LOOKED_THROUGH})
  return records(sessions).map(ofEntry)
}

/** Starts a gateway for `work`, and ends it. Rejects with the HermesError that says why it could not. */
export async function withGateway<T>(
  policy: GatewayPolicy,
  work: (request: GatewayRequest, offered: ReadonlySet<string>) => Promise<T>,
): Promise<T> {
  const ready = Promise.withResolvers<ReadonlySet<string>>()
  const ended = Promise.withResolvers<ChildEnding>()
  const spawner = createSpawner()
  await spawner.load()
  const gateway = new GatewayProcess(spawner, policy, {
    spawned: () => {},
    event: (event) => {
      if (event.type === 'gateway.ready') ready.resolve(new Set(event.payload.capabilities))
    },
    protocolError: () => {},
    stderr: () => {},
    hang: () => {},
    ended: ended.resolve,
  })
  let late = false
  const timer = setTimeout(() => {
    late = true
    gateway.signal('SIGKILL')
  }, policy.startupTimeoutMs)
  const first = await Promise.race([ready.promise, ended.promise]).finally(() => clearTimeout(timer))
  if (!(first instanceof Set)) {
    spawner.end()
    throw notStarted(first as ChildEnding, policy, late)
  }
  try {
    return await work((method, params) => gateway.request(method, params), first)
  } catch (error) {
    if (error instanceof HermesError) throw error
    const message = `the gateway does not tell its sessions: ${messageOf(error)}`
    throw new HermesError(message, {code: 'gateway/sessions', exit: exitCodes.gateway, cause: error})
  } finally {
    gateway.askToEnd(first.has(capabilities.shutdown), 'quit')
    const force = setTimeout(() => gateway.signal('SIGKILL'), END_MS)
    await ended.promise
    clearTimeout(force)
    spawner.end()
  }
}

async function ask(
  request: GatewayRequest,
  offered: ReadonlySet<string>,
  limit: number,
  search: string | undefined,
): Promise<AskedSessions> {
  if (search !== undefined && offered.has(capabilities.search)) {
    const {hits} = await request('session.search', {query: search, limit: limit * 10})
    return {sessions: firstOfEach(records(hits).map(ofHit)).slice(0, limit), note: undefined}
  }
  const {sessions} = await request('session.list', {limit: search === undefined ? limit : LOOKED_THROUGH})
  const listed = records(sessions)
    .map(ofEntry)
    .sort((a, b) => b.time - a.time)
  if (search === undefined) return {sessions: listed.slice(0, limit), note: undefined}
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = listed.filter(({title = '', excerpt}) => {
    const text = `${title} ${excerpt}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const note = 'this gateway does not search messages: titles and first prompts were looked through'
  return {sessions: found.slice(0, limit), note}
}

function notStarted(ending: ChildEnding, {command, cwd, startupTimeoutMs}: GatewayPolicy, late: boolean): HermesError {
  const verdict = classifyDeath({...ending, command, cwd, intent: undefined, ready: false, oomKills: undefined})
  const message = late ? `was not ready within ${startupTimeoutMs / 1000} s` : verdict.summary
  return new HermesError(`the gateway ${message}`, {
    code: `gateway/${late ? 'start-timeout' : verdict.cause}`,
    exit: exitCodes.gateway,
    suggestions: verdict.remedy && !late ? [verdict.remedy] : [],
  })
}

type Told = Record<string, unknown>

function records(value: unknown): Told[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : []
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
const amountOf = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

/** Seconds as a time; 0 for what is none. */
const timeOf = (seconds: unknown) => new Date(amountOf(seconds) * 1000).getTime() || 0

function ofEntry({id, title, preview, last_active, started_at, message_count, cwd}: Told): SessionListItem {
  return {
    key: textOf(id),
    title: textOf(title) || undefined,
    excerpt: textOf(preview),
    // The Python gateway tells no more than when it was begun.
    time: timeOf(last_active) || timeOf(started_at),
    messages: amountOf(message_count),
    ...(textOf(cwd) === '' ? {} : {cwd: textOf(cwd)}),
  }
}

function ofHit({session_id, title, snippet, created_at}: Told): SessionListItem {
  const excerpt = textOf(snippet).replaceAll('\u0002', '‹').replaceAll('\u0003', '›').replaceAll(/\s+/g, ' ').trim()
  return {
    key: textOf(session_id),
    title: textOf(title) || undefined,
    excerpt,
    time: timeOf(created_at),
    messages: undefined,
  }
}

/** Several messages of one session may be found: the first is the best. */
function firstOfEach(items: SessionListItem[]): SessionListItem[] {
  const seen = new Set<string>()
  return items.filter(({key}) => !seen.has(key) && seen.add(key))
}
