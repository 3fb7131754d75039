import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import type {LifecycleDetails} from '../../../src/lifecycle/events.js'
import type {GatewayEvent} from '../../../src/protocol/events.js'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import {createSupervisor} from '../../../src/supervisor/supervisor.js'
import type {
  ExitReport,
  GatewayPolicy,
  RecoveryPolicy,
  SessionTarget,
  Supervisor,
  SupervisorPolicies,
  SupervisorView,
} from '../../../src/supervisor/types.js'
import {logged} from '../../helpers/program/logged.js'
import {policy} from './policies.js'

export const scriptedGateway = fileURLToPath(new URL('../../fixtures/scripted-gateway.mjs', import.meta.url))

export interface HarnessOptions {
  /** FG_… variables of the scripted gateway. */
  script?: Record<string, string>
  gateway?: Partial<GatewayPolicy>
  recovery?: Partial<RecoveryPolicy>
}

type Details<T extends LifecycleDetails['type']> = Extract<LifecycleDetails, {type: T}>

/** A supervisor over a real scripted gateway, and all that it told. */
export class Harness {
  readonly dir: string
  readonly command: readonly string[]
  readonly policies: SupervisorPolicies
  readonly supervisor: Supervisor
  readonly records: LifecycleDetails[] = []
  readonly events: GatewayEvent[] = []
  readonly sessions: {opened: SessionOpened; how: string}[] = []
  readonly deaths: ExitReport[] = []
  readonly views: SupervisorView[] = []
  readonly stderr: string[] = []
  /** What was told, in order: 'record kill', 'death', 'session recovered', 'event message.delta', … */
  readonly told: string[] = []
  #changed = Promise.withResolvers<void>()

  static async create(options: HarnessOptions = {}): Promise<Harness> {
    return new Harness(await mkdtemp(path.join(tmpdir(), 'hermes-supervisor-')), options)
  }

  private constructor(dir: string, {script = {}, gateway, recovery}: HarnessOptions) {
    this.dir = dir
    const env = {PATH: process.env.PATH, HERMES_HOME: dir, FG_STATE: path.join(dir, 'state.json'), ...script}
    const policies = policy({command: [process.execPath, scriptedGateway], cwd: dir, env, ...gateway}, recovery)
    this.policies = policies
    this.command = policies.gateway.command
    this.supervisor = createSupervisor({
      ...policies,
      cols: () => 80,
      inFlight: () => ({promptId: 'p', replyChars: this.replied.length, openTools: 0}),
      record: (details) => {
        this.records.push(details)
        this.#tell(`record ${details.type}`)
      },
    })
    this.supervisor.on('event', (event) => {
      this.events.push(event)
      this.#tell(`event ${event.type}`)
    })
    this.supervisor.on('session', (opened, how) => {
      this.sessions.push({opened, how})
      this.#tell(`session ${how}`)
    })
    this.supervisor.on('death', (exit) => {
      this.deaths.push(exit)
      this.#tell('death')
    })
    this.supervisor.on('view', (view) => {
      this.views.push(view)
      this.#tell(`view ${view.phase}`)
    })
    this.supervisor.on('stderr', (line) => {
      this.stderr.push(line)
      this.#tell('stderr')
    })
  }

  /** Waits until it holds; the test's own timeout is the limit. */
  async until<T>(condition: () => T | undefined | false): Promise<T> {
    for (;;) {
      const value = condition()
      if (value) return value
      await this.#changed.promise
    }
  }

  /** The same for what changes outside: files, processes. */
  async eventually(condition: () => boolean): Promise<void> {
    while (!condition()) await setTimeout(10)
  }

  phase(phase: SupervisorView['phase']): Promise<boolean> {
    return this.until(() => this.view.phase === phase)
  }

  /** Starts and waits for the session. Its live id. */
  async live(target: SessionTarget = {kind: 'new'}): Promise<string> {
    this.supervisor.start(target)
    await this.until(() => this.sessions.length > 0)
    return this.liveId
  }

  /** The session after the n-th death. */
  async recovered(times = 1): Promise<string> {
    await this.until(() => this.sessions.filter((each) => each.how === 'recovered').length >= times)
    return this.liveId
  }

  submit(text: string, promptId = 'p1'): Promise<Record<string, unknown>> {
    return this.supervisor.request('prompt.submit', {session_id: this.liveId, text, prompt_id: promptId})
  }

  get view(): SupervisorView {
    return this.supervisor.view
  }

  get liveId(): string {
    const {session} = this.view
    if (!session) throw new Error('there is no live session')
    return session.liveId
  }

  get pid(): number {
    const {pid} = this.view
    if (pid === undefined) throw new Error('there is no gateway')
    return pid
  }

  /** All text that was streamed. */
  get replied(): string {
    return this.events.map((event) => (event.type === 'message.delta' ? event.payload.text : '')).join('')
  }

  record<T extends LifecycleDetails['type']>(type: T): Details<T>[] {
    return this.records.filter((each): each is Details<T> => each.type === type)
  }

  recoveries(): string[] {
    return this.record('recover').map(({outcome, attempt, limit}) => `${outcome} ${attempt}/${limit}`)
  }

  /** Every gateway process that was spawned. */
  get pids(): number[] {
    return this.record('spawn').flatMap(({pid}) => (pid === undefined ? [] : [pid]))
  }

  /** What the scripted gateways stored, or undefined when they stored nothing. */
  stored():
    | {sessions: Record<string, {key: string; turns: {text: string; promptId?: string; status: string}[]}>}
    | undefined {
    const file = path.join(this.dir, 'state.json')
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  }

  /** Methods that the scripted gateways were called, in order; only with `FG_LOG: 'requests'`. */
  requests(): string[] {
    return logged<{method: string}>(path.join(this.dir, 'requests')).map(({method}) => method)
  }

  /** Closes, and asserts that nothing is left of any gateway and its descendants. */
  async finish(): Promise<void> {
    await this.supervisor.close('quit')
    expect(this.view.phase).to.equal('closed')
    for (const pid of this.pids) await groupGone(pid)
    await rm(this.dir, {recursive: true, force: true})
  }

  #tell(what: string): void {
    this.told.push(what)
    const changed = this.#changed
    this.#changed = Promise.withResolvers()
    changed.resolve()
  }
}

/** Waits until no process of the group runs. A zombie that waits for its parent, perhaps a sleepy init, runs no more. */
export async function groupGone(pid: number): Promise<void> {
  while (runningInGroup(pid)) await setTimeout(5)
}

function runningInGroup(pid: number): boolean {
  if (process.platform !== 'linux') return answers(-pid)
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return group === String(pid) && state !== 'Z' && state !== 'X'
    } catch {
      return false
    }
  })
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
