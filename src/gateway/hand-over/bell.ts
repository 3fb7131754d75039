import {lineOf} from '../rpc-error.js'
import type {HandOverHost} from './host.js'

/**
 * Rings while nobody is there to see a question: a program is started once for each, that tells plugins of it. The
 * gateway knows no plugins, and waits for nothing.
 */
export class Bell {
  readonly #gateway: HandOverHost
  readonly #program: readonly string[] | undefined
  /** Sessions by their key that it was rung for, until they wait no more. */
  readonly #rung = new Set<string>()

  constructor(gateway: HandOverHost, program: readonly string[] | undefined) {
    this.#gateway = gateway
    this.#program = program
  }

  /** Nobody is there. */
  look(): void {
    for (const {key, status, questions} of this.#gateway.sessions.values()) {
      if (status !== 'waiting') this.#rung.delete(key)
      else if (!this.#rung.has(key)) {
        this.#rung.add(key)
        void this.#ring(key, questions.kind ?? 'approval')
      }
    }
  }

  /** Somebody is there, and sees what is asked. */
  still(): void {
    this.#rung.clear()
  }

  async #ring(key: string, kind: string): Promise<void> {
    const [program, ...args] = this.#program ?? []
    if (program === undefined) return
    const {spawn} = await import('node:child_process')
    const {env, home: cwd} = this.#gateway
    const failed = (error: unknown) => this.#gateway.diagnose(`[gateway-detach] no plugin was told: ${lineOf(error)}`)
    try {
      // It outlives a gateway that is ended meanwhile.
      const bell = spawn(program, [...args, key, kind], {cwd, env, stdio: 'ignore', detached: true})
      bell.on('error', failed)
      bell.unref()
    } catch (error) {
      failed(error)
    }
  }
}
