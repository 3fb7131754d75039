import {setTimeout as sleep, setImmediate as turn} from 'node:timers/promises'
import {errorCodes} from '../../src/protocol/frames.js'
import {createSupervisor} from '../../src/supervisor/supervisor.js'
import type {Supervisor, SupervisorView} from '../../src/supervisor/types.js'
import {RequestError} from '../../src/supervisor/wire/request-error.js'
import {policy} from '../supervisor/helpers/policies.js'

/** A prompt, and what its sender was told of it. */
export interface SentPrompt {
  readonly id: string
  readonly text: string
  acknowledged: boolean
  /** All reply text that was received. */
  seen: string
  /** The end of its turn was received. */
  complete: boolean
}

const stages = [
  'idle',
  'before ready',
  'during the resume',
  'after submit',
  'mid-stream',
  'waiting for an approval',
  'in a tool',
  'at turn end',
] as const
type Stage = (typeof stages)[number]

/** One session in the built-in gateway, under the real supervisor, that is killed again and again. */
export class KillRun {
  readonly prompts: SentPrompt[] = []
  readonly pids: number[] = []
  /** What was told of each death. */
  readonly deaths: {cause: string; summary: string}[] = []
  readonly stages = new Map<Stage, number>()
  /** What came of a request of 70 kB to each gateway, written when it had been killed. */
  readonly written = new Set<string>()
  kills = 0
  key = ''
  readonly #supervisor: Supervisor
  readonly #random: () => number
  readonly #name: string
  #current: SentPrompt | undefined
  #streaming: SentPrompt | undefined
  #asked = 0
  #toolsStarted = 0
  #changed = Promise.withResolvers<void>()

  /** `random` gives numbers from 0 to below 1; with the same ones the same stages are chosen. */
  constructor(options: {name: string; home: string; command: readonly string[]; random: () => number}) {
    const {home, command} = options
    this.#name = options.name
    this.#random = options.random
    const env = {PATH: process.env.PATH, HOME: home, HERMES_HOME: home, HERMES_MODEL: 'offline'}
    const endless = {limit: 1_000_000, longLimit: 1_000_000, backoffMs: [0]}
    this.#supervisor = createSupervisor({
      ...policy({command, cwd: home, env}, endless),
      cols: () => 80,
      record: (details) => {
        if (details.type === 'spawn' && details.pid !== undefined) this.pids.push(details.pid)
      },
    })
    this.#supervisor.on('view', () => this.#wake())
    this.#supervisor.on('death', ({cause, summary}) => this.deaths.push({cause, summary}))
    this.#supervisor.on('event', ({type, payload}) => {
      // One turn at a time, and it starts before its prompt is acknowledged.
      if (type === 'message.start') this.#streaming = this.#current
      else if (type === 'message.delta' && this.#streaming) this.#streaming.seen += payload.text
      else if (type === 'message.complete' && this.#streaming) this.#streaming.complete = payload.status === 'complete'
      else if (type === 'approval.request') this.#asked++
      else if (type === 'tool.start') this.#toolsStarted++
      this.#wake()
    })
  }

  /** Kills the gateway at least that often, and ends in order. */
  async run(kills: number): Promise<void> {
    this.#supervisor.start({kind: 'new'})
    try {
      // From here on there is a session that must come back.
      await this.#send('stream 2 tokens at 1000')
      this.key = this.#supervisor.view.session?.key ?? ''
      while (this.kills < kills) await this.#round(stages[Math.floor(this.#random() * stages.length)] ?? 'idle')
      // The resume settles what the last kill broke off.
      await this.#live()
    } finally {
      await this.#supervisor.close('quit')
    }
  }

  async #round(stage: Stage): Promise<void> {
    await this.#live()
    switch (stage) {
      case 'idle':
        return this.#kill(stage)
      case 'before ready':
      case 'during the resume': {
        const killed = this.#kill('idle')
        const phase = stage === 'before ready' ? 'starting' : 'resuming'
        const {generation} = this.#supervisor.view
        const next = await this.#until(
          (view) => view.generation > generation && view.pid && (view.phase === phase || view.phase === 'live'),
        )
        await this.#shortly(stage === 'before ready' ? 30 : 8)
        await killed
        return this.#kill(next.phase === phase && this.#supervisor.view.phase === phase ? stage : 'idle')
      }
      case 'after submit': {
        const sent = this.#send('stream 5 tokens at 1000', 'offline')
        await this.#shortly(5)
        await this.#kill(stage)
        return sent
      }
      case 'mid-stream': {
        const sent = this.#send('stream 400 tokens at 2000', 'offline')
        const prompt = this.#current
        const enough = 1 + this.#random() * 800
        await this.#until(() => prompt && (prompt.seen.length >= enough || prompt.complete))
        await this.#kill(stage)
        return sent
      }
      case 'waiting for an approval':
      case 'in a tool': {
        const {asked, started} = {asked: this.#asked, started: this.#toolsStarted}
        await this.#send('run sleep 600', 'offline/tools')
        await this.#until(() => this.#asked > asked)
        if (stage === 'in a tool') {
          await this.#request('approval.respond', {choice: 'once'})
          await this.#until(() => this.#toolsStarted > started)
        }
        await this.#shortly(20)
        return this.#kill(stage)
      }
      case 'at turn end': {
        await this.#send('stream 3 tokens at 1000', 'offline')
        const prompt = this.#current
        await this.#until(() => prompt && (prompt.complete || /word2\b/.test(prompt.seen)))
        await this.#shortly(3)
        return this.#kill(stage)
      }
    }
  }

  /** Resolves when the supervisor has seen the death: a second kill must not hit the same process. */
  async #kill(stage: Stage): Promise<void> {
    const {pid, generation} = this.#supervisor.view
    if (pid === undefined) return
    process.kill(pid, 'SIGKILL')
    this.kills++
    this.stages.set(stage, (this.stages.get(stage) ?? 0) + 1)
    const write = this.#request('input.detect_drop', {text: 'y'.repeat(70_000)}).then(
      () => 'answered',
      (error) => error.code,
    )
    await this.#until((view) => view.generation > generation)
    this.written.add(await write)
  }

  /** Sends a new prompt until it is acknowledged, however many gateways that takes. */
  #send(text: string, model = 'offline'): Promise<void> {
    const id = `${this.#name}-${this.prompts.length + 1}`
    const prompt = {id, text, acknowledged: false, seen: '', complete: false}
    this.prompts.push(prompt)
    this.#current = prompt
    return this.#deliver(prompt, model)
  }

  async #deliver(prompt: SentPrompt, model?: string): Promise<void> {
    while (!prompt.acknowledged) {
      await this.#live()
      try {
        if (model) await this.#request('config.set', {key: 'model', value: model})
        await this.#request('prompt.submit', {text: prompt.text, prompt_id: prompt.id})
        prompt.acknowledged = true
      } catch (error) {
        if (!(error instanceof RequestError)) throw error
        if (error.code === errorCodes.busy) await this.#interrupt()
        else if (error.code !== 'gateway-gone') throw error
        await turn()
      }
    }
  }

  /** What runs is an earlier prompt, which was sent again and has done its part. */
  async #interrupt(): Promise<void> {
    await this.#request('session.interrupt').catch(() => {})
    await sleep(2)
  }

  async #request(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const liveId = this.#supervisor.view.session?.liveId
    if (liveId === undefined) throw new RequestError('gateway-gone', 'no session', method)
    return this.#supervisor.request(method, {session_id: liveId, ...params})
  }

  #live(): Promise<SupervisorView> {
    return this.#until(({phase, session, problem}) => {
      if (problem) throw new Error(`the session did not come back: ${problem.message}`)
      if (phase === 'exhausted' || phase === 'closed') throw new Error(`the supervisor is ${phase}`)
      return phase === 'live' && session !== undefined
    })
  }

  async #shortly(ms: number): Promise<void> {
    const wait = this.#random() * ms
    await (wait < 1 ? turn() : sleep(wait))
  }

  async #until(holds: (view: SupervisorView) => unknown): Promise<SupervisorView> {
    while (!holds(this.#supervisor.view)) await this.#changed.promise
    return this.#supervisor.view
  }

  #wake(): void {
    const changed = this.#changed
    this.#changed = Promise.withResolvers()
    changed.resolve()
  }
}
