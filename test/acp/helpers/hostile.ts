import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {AgentLink} from '../../../src/acp/adapter/link.js'
import {AdapterMethods} from '../../../src/acp/adapter/methods.js'
import type {AgentFault} from '../../../src/acp/agents/known.js'
import {AgentJournals} from '../../../src/acp/journal/journal.js'
import {readRunPermissions} from '../../../src/permissions/run-permissions.js'
import {logged} from '../../helpers/program/logged.js'
import type {Sandbox} from '../../helpers/sandbox.js'

export const hostileAgent = fileURLToPath(new URL('../../fixtures/agents/hostile-agent.mjs', import.meta.url))

type Result = Record<string, unknown>

export interface HostileOptions {
  /** False: events are only counted. */
  keep?: boolean
  /** Asked whether the agent may say more. */
  room?: () => Promise<void>
  /** Default: none is known. */
  faults?: readonly AgentFault[]
}

/** A child of the real agent's kind below the real adapter, of which only the process around it is left out. */
export class Hostile {
  readonly events: {type: string; payload: Result}[] = []
  readonly link: AgentLink
  readonly journals: AgentJournals
  readonly #methods: AdapterMethods
  readonly #log: string
  #waiting: (() => void)[] = []
  /** Characters of all events, and how many these were. */
  told = 0
  count = 0

  constructor(sandbox: Sandbox, words: readonly string[] = [], {keep = true, room, faults = []}: HostileOptions = {}) {
    this.#log = path.join(sandbox.directory, `log-${Math.random()}.jsonl`)
    const agent = {
      name: 'hostile',
      command: [process.execPath, hostileAgent, `--log=${this.#log}`, ...words],
      faults,
    }
    const home = String(sandbox.env.HERMES_HOME)
    this.journals = new AgentJournals(home, 'hostile')
    this.link = new AgentLink({
      agent,
      cwd: sandbox.project,
      env: {...sandbox.env},
      version: '1',
      // Only one that hangs is to run into it: a loaded machine takes its time.
      loadTimeoutMs: words.some((word) => word.endsWith('=hang')) ? 200 : 20_000,
      ...(room && {room}),
    })
    this.#methods = new AdapterMethods({
      agent,
      words: agent.command,
      cwd: sandbox.project,
      env: {...sandbox.env},
      version: '1',
      link: this.link,
      journals: this.journals,
      permissions: {
        home,
        outputs: path.join(home, 'outputs'),
        run: readRunPermissions({}),
        configured: async () => ({
          mode: 'ask',
          addDirs: [],
          sandbox: false,
          rules: {allow: [], ask: [], deny: []},
        }),
      },
      emit: (type, _session, payload = {}) => {
        if (keep) this.events.push({type, payload})
        else if (type === 'message.complete') this.events.push({type, payload: {}})
        this.count += 1
        this.told += JSON.stringify(payload).length
        for (const wake of this.#waiting.splice(0)) wake()
      },
      end: () => {},
      cancelTimeoutMs: 50,
    })
    void this.link.ended.then(() => {
      this.#methods.agentDied()
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  async request(method: string, params: Result = {}): Promise<Result> {
    const {result, after} = await this.#methods.call(method, params)
    after?.()
    return result
  }

  of(type: string): Result[] {
    return this.events.filter((event) => event.type === type).map(({payload}) => payload)
  }

  get text(): string {
    return this.of('message.delta')
      .map(({text}) => text)
      .join('')
  }

  get warnings(): string {
    return this.of('status.update')
      .map(({text}) => text)
      .join('\n')
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Sends a prompt, and waits for the end of its turn. */
  async ask(session_id: unknown, text: string): Promise<Result> {
    const before = this.of('message.complete').length
    await this.request('prompt.submit', {session_id, text})
    await this.until(() => this.of('message.complete').length > before)
    return this.of('message.complete').at(-1) ?? {}
  }

  /** What the agent was asked, oldest first. */
  asked(method: string): Result[] {
    return logged<{method: string; params: Result}>(this.#log)
      .filter((entry) => entry.method === method)
      .map(({params}) => params)
  }

  /** Ends it as its gateway does that was asked to end. */
  async stop(): Promise<void> {
    await this.end()
    this.#methods.stopped()
  }

  /** Ends it as its gateway does. */
  async end(): Promise<void> {
    await this.#methods.close()
    this.link.kill()
    await this.link.ended
  }
}
