import {setTimeout as sleep, setImmediate as turn} from 'node:timers/promises'
import {errorCodes} from '../../src/protocol/frames.js'
import {createSupervisor} from '../../src/supervisor/supervisor.js'
import type {Supervisor, SupervisorView} from '../../src/supervisor/types.js'
import {RequestError} from '../../src/supervisor/wire/request-error.js'
import {policy} from '../supervisor/helpers/policies.js'
import {promptOf} from './day-provider.js'

/** Turns of one session, one after the other, whose gateway is killed at random; each is gone on with until it is complete. */
export class DayRun {
  readonly pids: number[] = []
  readonly prompts: {id: string; text: string}[] = []
  kills = 0
  /** What was told of calls that failed: of those that were tried again, and of turns that ended so. */
  retries = 0
  failures: string[] = []
  key = ''
  readonly #supervisor: Supervisor
  readonly #random: () => number
  /** Ends of turns that were told, by prompt id. */
  readonly #ended = new Map<string, string>()
  #changed = Promise.withResolvers<void>()

  constructor(options: {
    home: string
    config: string
    command: readonly string[]
    model: string
    random: () => number
  }) {
    const {home, config, command, model} = options
    this.#random = options.random
    const env = {PATH: process.env.PATH, HOME: home, HERMES_HOME: home, HERMES_CONFIG: config, HERMES_MODEL: model}
    const endless = {limit: 1_000_000, longLimit: 1_000_000, backoffMs: [0]}
    this.#supervisor = createSupervisor({
      ...policy({command, cwd: home, env}, endless),
      cols: () => 80,
      record: (details) => {
        if (details.type === 'spawn' && details.pid !== undefined) this.pids.push(details.pid)
      },
    })
    this.#supervisor.on('view', () => this.#wake())
    this.#supervisor.on('event', ({type, payload}) => {
      if (type === 'model.retry') this.retries++
      if (type === 'message.complete') {
        this.#ended.set(payload.prompt_id ?? '', payload.status)
        if (payload.status !== 'complete') this.failures.push(payload.warning ?? payload.status)
      }
      this.#wake()
    })
  }

  async run(turns: number): Promise<void> {
    this.#supervisor.start({kind: 'new'})
    try {
      await this.#live()
      for (let n = 1; n <= turns; n++) await this.#turn(n)
      // The last kill may still be recovered from.
      await this.#live()
      this.key = this.#supervisor.view.session?.key ?? ''
    } finally {
      await this.#supervisor.close('quit')
    }
  }

  async #turn(n: number): Promise<void> {
    const prompt = {id: `day-${n}`, text: promptOf(n, Math.floor(this.#random() * 3))}
    this.prompts.push(prompt)
    const killer = this.#random() < 0.4 ? this.#killShortly() : undefined
    let sent = false
    for (;;) {
      const {generation} = await this.#live()
      this.#ended.delete(prompt.id)
      const answer: 'runs' | 'known' | 'complete' | 'gone' = sent
        ? await this.#continue(prompt.id)
        : await this.#submit(prompt)
      if (answer === 'complete') break
      sent ||= answer !== 'gone'
      if (answer !== 'runs') {
        await turn()
        continue
      }
      await this.#until((view) => this.#ended.has(prompt.id) || view.generation > generation)
      if (this.#ended.get(prompt.id) === 'complete') break
    }
    await killer
  }

  async #submit({id, text}: {id: string; text: string}): Promise<'runs' | 'known' | 'gone'> {
    try {
      const {duplicate} = await this.#request('prompt.submit', {text, prompt_id: id})
      return duplicate ? 'known' : 'runs'
    } catch (error) {
      if (error instanceof RequestError && error.code === 'gateway-gone') return 'gone'
      throw error
    }
  }

  async #continue(id: string): Promise<'runs' | 'complete' | 'gone'> {
    try {
      await this.#request('prompt.continue', {prompt_id: id})
      return 'runs'
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (error.code === 'gateway-gone') return 'gone'
      // A prompt that was known already may be at work.
      if (error.code === errorCodes.busy) return 'runs'
      if (error.code === errorCodes.refused && error.message.includes('is complete')) return 'complete'
      throw error
    }
  }

  async #killShortly(): Promise<void> {
    await sleep(this.#random() * 80)
    const {pid, generation} = this.#supervisor.view
    if (pid === undefined) return
    process.kill(pid, 'SIGKILL')
    this.kills++
    await this.#until((view) => view.generation > generation)
  }

  async #request(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const liveId = this.#supervisor.view.session?.liveId
    if (liveId === undefined) throw new RequestError('gateway-gone', 'no session', method)
    return this.#supervisor.request(method, {session_id: liveId, ...params})
  }

  #live(): Promise<SupervisorView> {
    return this.#until(({phase, session, problem}) => {
      if (problem) throw new Error(`the session did not come back: ${problem.message}`)
      return phase === 'live' && session !== undefined
    })
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
