import {execFileSync} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {pathToFileURL} from 'node:url'
import {agentGateway} from '../../src/chat/agent-gateway.js'
import {loadConfig} from '../../src/config/index.js'
import {policiesOf} from '../../src/policies.js'
import type {SessionOpened, WireMessage} from '../../src/protocol/methods.js'
import {createSupervisor} from '../../src/supervisor/supervisor.js'
import type {Supervisor} from '../../src/supervisor/types.js'
import type {TestHome} from '../../test/helpers/pty/chat.js'
import {descendantsOf} from '../../test/helpers/pty/processes.js'
import {bundledGateway, root} from '../helpers/measure.js'

/** An agent starts slowly, and the rest of a minute may have to be waited. */
const PATIENCE_MS = 180_000

/** A prompt that was sent, and what was shown of its reply. */
export interface Shown {
  prompt: string
  promptId: string
  text: string
}

export type Killed = 'agent' | 'group'

/** An agent below the supervisor of a screen, which is told what a screen would be. */
export class DrivenAgent {
  readonly supervisor: Supervisor
  /** In the order in which they were sent. */
  readonly shown: Shown[] = []
  /** Why the agent's context was lost, each time. */
  readonly contextLost: string[] = []
  /** How often the rest of a minute was waited. */
  waited = 0
  opened: SessionOpened | undefined
  /** Questions that are put: left open, or answered by a yes. */
  asks: 'open' | 'yes' = 'yes'
  questions = 0
  running = false
  tools = 0
  deaths = 0
  readonly #name: string
  #waiting: (() => void)[] = []

  private constructor(name: string, supervisor: Supervisor) {
    this.#name = name
    this.supervisor = supervisor
    supervisor.on('session', (session) => {
      this.opened = session
      this.#wake()
    })
    supervisor.on('death', () => {
      this.opened = undefined
      this.running = false
      this.deaths += 1
      this.questions = 0
      this.#wake()
    })
    supervisor.on('view', () => this.#wake())
    supervisor.on('event', ({type, payload}) => {
      const last = this.shown.at(-1)
      if (type === 'message.delta' && last) last.text += payload.text
      if (type === 'message.complete') this.running = false
      if (type === 'tool.start') this.tools += 1
      if (type === 'approval.request') this.#asked(payload.request_id)
      if (type === 'status.update') {
        const [, why] = /context is lost: .*?: (.*) · /.exec(payload.text ?? '') ?? []
        if (why !== undefined) this.contextLost.push(why)
        if (payload.text?.includes(': waiting ')) this.waited += 1
      }
      this.#wake()
    })
  }

  /** `words`: as after `--agent`. Resolves when its session is open. */
  static async start(name: string, words: readonly string[], home: TestHome, env: Record<string, string>) {
    const {values} = await loadConfig({cwd: home.cwd, env})
    const command = [process.execPath, ...agentGateway(root, words, pathToFileURL(bundledGateway).href)]
    const supervisor = createSupervisor({
      ...policiesOf(values, {command, cwd: home.cwd, env}, {recovery: {limit: 1000, longLimit: 1000, backoffMs: [0]}}),
      cols: () => 100,
      record: () => {},
    })
    const driven = new DrivenAgent(name, supervisor)
    supervisor.start({kind: 'new'})
    await driven.until(() => driven.opened !== undefined)
    return driven
  }

  /** Rejects when it takes too long, or the gateway is given up. */
  async until(condition: () => boolean): Promise<void> {
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.#wake()
    }, PATIENCE_MS)
    while (!condition()) {
      const {phase, problem} = this.supervisor.view
      if (late || phase === 'exhausted') throw new Error(`${this.#name}: ${phase} ${problem?.message ?? 'too late'}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    clearTimeout(timer)
  }

  /** Resolves when it is accepted. */
  async submit(text: string): Promise<void> {
    const promptId = randomUUID()
    const session_id = this.opened?.session_id
    this.running = true
    this.shown.push({prompt: text, promptId, text: ''})
    await this.supervisor.request('prompt.submit', {session_id, text, prompt_id: promptId})
  }

  /** All that is stored of the session. */
  async messages(): Promise<WireMessage[]> {
    const answer = await this.supervisor.request('session.history', {session_id: this.opened?.session_id})
    return answer.messages as WireMessage[]
  }

  get #gateway(): number {
    return this.supervisor.view.pid ?? 0
  }

  /** The gateway's, and those of the agent and what it started. */
  processes(): number[] {
    return this.#gateway === 0 ? [] : [this.#gateway, ...descendantsOf(this.#gateway).map(({pid}) => pid)]
  }

  /** SIGKILL for the agent alone, for which its gateway dies too, or for the process group that has both. */
  kill(what: Killed): void {
    const gateway = this.#gateway
    const own = descendantsOf(gateway).filter(({pid}) => groupOf(pid) === gateway)
    if (own.length === 0) throw new Error(`${this.#name} has no process`)
    for (const pid of what === 'group' ? [-gateway] : own.map((row) => row.pid)) process.kill(pid, 'SIGKILL')
  }

  #asked(request_id: string | undefined): void {
    if (this.asks === 'open') this.questions += 1
    else {
      const answer = {session_id: this.opened?.session_id, request_id, choice: 'once'}
      void this.supervisor.request('approval.respond', answer).catch(() => {})
    }
  }

  #wake(): void {
    const all = this.#waiting
    this.#waiting = []
    for (const one of all) one()
  }
}

/** The process group that a process is in; undefined where it has ended. */
function groupOf(pid: number): number | undefined {
  try {
    // A process more would take longer than what is to be hit.
    if (process.platform === 'linux')
      return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2])
    return Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], {encoding: 'utf8'}))
  } catch {
    return undefined
  }
}
