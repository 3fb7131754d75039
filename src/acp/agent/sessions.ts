import {statSync} from 'node:fs'
import path from 'node:path'
import {
  type AgentContext,
  type ClientCapabilities,
  type ListSessionsResponse,
  type LoadSessionResponse,
  type NewSessionResponse,
  RequestError,
} from '@agentclientprotocol/sdk'
import {HermesError, messageOf} from '../../errors.js'
import {errorCodes} from '../../protocol/frames.js'
import {listedBy, withGateway} from '../../sessions/ask-gateway.js'
import type {SessionTarget} from '../../supervisor/types.js'
import {editorOf} from './editor.js'
import {type AcpOptions, gatewayPolicyFor, type LaunchedSession, launchSession, type SessionPlace} from './launch.js'
import type {EditorSession} from './session.js'

/** Of `session/list`. */
const PAGE = 50

/** The sessions of one connection, by their durable key. */
export class EditorSessions {
  readonly #options: AcpOptions
  readonly #open = new Map<string, LaunchedSession>()
  /** One after the other for each key: an editor may ask for a session twice. */
  readonly #opening = new Map<string, Promise<unknown>>()
  #capabilities: ClientCapabilities = {}

  constructor(options: AcpOptions) {
    this.#options = options
  }

  initialized(capabilities: ClientCapabilities | undefined): void {
    this.#capabilities = capabilities ?? {}
  }

  /** Of a session that is open. Throws the protocol's refusal for any other. */
  session(id: string): EditorSession {
    const found = this.#open.get(id)
    if (!found) throw RequestError.sessionNotFound(id)
    return found.session
  }

  async create(place: SessionPlace, client: AgentContext): Promise<NewSessionResponse> {
    let id = ''
    const {launched, session} = await this.#launch(place, client, () => id, {kind: 'new'})
    id = session.key ?? ''
    this.#open.set(id, launched)
    // The editor knows of the session when it has the answer.
    setImmediate(() => void session.introduce())
    return {sessionId: id, ...stateOf(session)}
  }

  /** `replay`: the editor is told the whole transcript before the answer. */
  load(id: string, place: SessionPlace, client: AgentContext, replay: boolean): Promise<LoadSessionResponse> {
    const before = this.#opening.get(id) ?? Promise.resolve()
    const opened = before.catch(() => {}).then(() => this.#load(id, place, client, replay))
    this.#opening.set(id, opened)
    return opened
  }

  async #load(id: string, place: SessionPlace, client: AgentContext, replay: boolean): Promise<LoadSessionResponse> {
    await this.close(id)
    const {launched, session} = await this.#launch(place, client, () => id, {kind: 'stored', key: id})
    if (session.key !== id) {
      await launched.close()
      throw RequestError.resourceNotFound(id)
    }
    this.#open.set(id, launched)
    if (replay) await session.replay()
    setImmediate(() => void session.introduce())
    return stateOf(session)
  }

  /** Also of one that is not open. */
  async close(id: string): Promise<void> {
    const launched = this.#open.get(id)
    this.#open.delete(id)
    await launched?.close()
  }

  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#open.keys()].map((id) => this.close(id)))
  }

  async list(cwd: string | undefined, cursor: string | undefined): Promise<ListSessionsResponse> {
    const from = cursor === undefined ? 0 : Number(cursor)
    if (!Number.isInteger(from) || from < 0) throw RequestError.invalidParams({cursor}, 'cursor is none of ours')
    const [open] = this.#open.values()
    const policy = open ? undefined : await refused(gatewayPolicyFor(this.#options, cwd ?? process.cwd()))
    const listed = await refused(
      policy
        ? withGateway(policy, listedBy)
        : listedBy((method, params) => (open as LaunchedSession).session.request(method, params)),
    )
    const ofFolder = listed.filter((each) => each.cwd !== undefined && (cwd === undefined || each.cwd === cwd))
    const page = ofFolder.sort((a, b) => b.time - a.time).slice(from, from + PAGE)
    return {
      sessions: page.map(({key, title, excerpt, time, cwd: folder = ''}) => ({
        sessionId: key,
        cwd: folder,
        title: title || excerpt || null,
        updatedAt: time > 0 ? new Date(time).toISOString() : null,
      })),
      ...(from + PAGE < ofFolder.length ? {nextCursor: String(from + PAGE)} : {}),
    }
  }

  async delete(id: string): Promise<void> {
    await this.close(id)
    const policy = await refused(gatewayPolicyFor(this.#options, process.cwd()))
    await refused(
      withGateway(policy, async (request) => {
        try {
          await request('session.delete', {session_id: id})
        } catch (error) {
          if ((error as {code?: unknown}).code === errorCodes.storedSessionNotFound)
            throw RequestError.sessionNotFound(id)
          throw error
        }
      }),
    )
  }

  async #launch(place: SessionPlace, client: AgentContext, id: () => string, target: SessionTarget) {
    assertPlace(place)
    const editor = editorOf(client, this.#capabilities, id)
    const launched = await refused(launchSession(this.#options, place, editor))
    try {
      await launched.session.open(target)
    } catch (error) {
      await launched.close()
      if (error instanceof HermesError && error.code === 'session/not-found') throw RequestError.resourceNotFound(id())
      throw refusalFor(error)
    }
    return {launched, session: launched.session}
  }
}

const stateOf = (session: EditorSession) => ({
  modes: session.modes ?? null,
  configOptions: session.configOptions ?? null,
})

function assertPlace({cwd, addDirs}: SessionPlace): void {
  for (const folder of [cwd, ...addDirs]) {
    if (!path.isAbsolute(folder)) throw RequestError.invalidParams({folder}, 'not an absolute path')
    if (!statSync(folder, {throwIfNoEntry: false})?.isDirectory()) {
      throw RequestError.invalidParams({folder}, `there is no such folder: ${folder}`)
    }
  }
}

async function refused<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw refusalFor(error)
  }
}

/** What an editor shows of an error: its message, with what can be done. */
export function refusalFor(error: unknown): Error {
  if (error instanceof RequestError) return error
  if (!(error instanceof HermesError)) return new RequestError(INTERNAL, messageOf(error))
  const {message, suggestions = [], code} = error
  return new RequestError(INTERNAL, [message, ...suggestions].join('\n'), {code})
}

const INTERNAL = errorCodes.internal
