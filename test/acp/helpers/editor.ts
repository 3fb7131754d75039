import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import path from 'node:path'
import {Readable, Writable} from 'node:stream'
import {
  type ClientCapabilities,
  type ClientConnection,
  type CreateElicitationRequest,
  type CreateElicitationResponse,
  client,
  type InitializeResponse,
  type NewSessionResponse,
  ndJsonStream,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
} from '@agentclientprotocol/sdk'
import {root} from '../../helpers/build.js'
import {processesOfHome} from '../../helpers/processes-of-home.js'
import type {Sandbox} from '../../helpers/sandbox.js'

export interface EditorOptions {
  args?: readonly string[]
  env?: Record<string, string>
  capabilities?: ClientCapabilities
  /** Default: the first option. */
  permit?: (request: RequestPermissionRequest) => Promise<RequestPermissionResponse> | RequestPermissionResponse
  elicit?: (request: CreateElicitationRequest) => CreateElicitationResponse
}

/** The official SDK's client at the end of `hermes acp`, as the compiled program is. */
export class TestEditor {
  readonly child: ChildProcess
  readonly updates: SessionUpdate[] = []
  /** Ids of sessions of which something was told. */
  readonly sessions = new Set<string>()
  readonly permissions: RequestPermissionRequest[] = []
  readonly #connection: ClientConnection
  readonly #exited: Promise<unknown>
  #waiting: (() => void)[] = []

  constructor(
    readonly sandbox: Sandbox,
    private readonly options: EditorOptions = {},
  ) {
    const {args = [], env = {}} = options
    this.child = spawn(process.execPath, [path.join(root, 'bin', 'run.js'), 'acp', ...args], {
      cwd: sandbox.project,
      env: {...sandbox.env, ...env},
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#exited = once(this.child, 'exit')
    const permit =
      options.permit ??
      (({options: [first]}: RequestPermissionRequest): RequestPermissionResponse => ({
        outcome: {outcome: 'selected', optionId: first?.optionId ?? ''},
      }))
    this.#connection = client({name: 'test'})
      .onNotification('session/update', ({params}) => {
        this.updates.push(params.update)
        this.sessions.add(params.sessionId)
        for (const wake of this.#waiting.splice(0)) wake()
      })
      .onRequest('session/request_permission', ({params}) => {
        this.permissions.push(params)
        for (const wake of this.#waiting.splice(0)) wake()
        return permit(params)
      })
      .onRequest('elicitation/create', ({params}) => options.elicit?.(params) ?? {action: 'decline'})
      .connect(
        ndJsonStream(
          Writable.toWeb(this.child.stdin as NonNullable<ChildProcess['stdin']>) as WritableStream<Uint8Array>,
          Readable.toWeb(this.child.stdout as Readable) as ReadableStream<Uint8Array>,
        ),
      )
  }

  get agent(): ClientConnection['agent'] {
    return this.#connection.agent
  }

  initialize(): Promise<InitializeResponse> {
    return this.agent.request('initialize', {
      protocolVersion: 1,
      clientCapabilities: this.options.capabilities ?? {session: {notices: {}}, elicitation: {form: {}}},
    })
  }

  /** A session in the project. Returns its id. */
  async begin(): Promise<string> {
    await this.initialize()
    const {sessionId} = await this.agent.request<NewSessionResponse>('session/new', this.place)
    return sessionId
  }

  get place(): {cwd: string; mcpServers: []} {
    return {cwd: this.sandbox.project, mcpServers: []}
  }

  prompt(sessionId: string, text: string) {
    return this.agent.request('session/prompt', {sessionId, prompt: [{type: 'text', text}]})
  }

  /** Text of the agent until now. */
  get text(): string {
    return this.chunks('agent_message_chunk')
  }

  chunks(kind: 'agent_message_chunk' | 'user_message_chunk' | 'agent_thought_chunk'): string {
    return this.updates
      .map((update) => (update.sessionUpdate === kind && update.content.type === 'text' ? update.content.text : ''))
      .join('')
  }

  ofKind<K extends SessionUpdate['sessionUpdate']>(kind: K): Extract<SessionUpdate, {sessionUpdate: K}>[] {
    return this.updates.filter(
      (update): update is Extract<SessionUpdate, {sessionUpdate: K}> => update.sessionUpdate === kind,
    )
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Of the gateways that run. */
  gateways(script = path.join('dist', 'gateway', 'main.js')): number[] {
    return processesOfHome(String(this.sandbox.env.HERMES_HOME), []).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(script)
      } catch {
        return false
      }
    })
  }

  /** As an editor that is closed. */
  async close(): Promise<void> {
    this.child.stdin?.end()
    await this.#exited
    this.#connection.close()
  }

  /** As the system ends an editor and its agent that it has no memory for. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#exited
    this.#connection.close()
  }
}
