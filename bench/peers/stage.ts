import {setTimeout as sleep} from 'node:timers/promises'
import {TestHome} from '../../test/helpers/pty/chat.js'
import {PtyScreen} from '../../test/helpers/pty/pty.js'
import {killAll, processesOf} from './processes.js'

/** Milliseconds that processes may take to be gone after `kill -9`. */
const GONE = 10_000

/** An empty home and the terminals in it: all that one measurement has running. */
export class Stage {
  readonly home = new TestHome()
  readonly #screens: PtyScreen[] = []
  #closing: Promise<void> | undefined

  open(command: readonly string[], env: Record<string, string>): PtyScreen {
    if (this.#closing) throw new Error('the measurement was ended')
    const [file = '', ...args] = command
    const screen = new PtyScreen({file, args, env: this.home.env(env), cwd: this.home.cwd, rows: 40})
    this.#screens.push(screen)
    return screen
  }

  /** Below its terminals, and what left them but has this home. */
  processes(): number[] {
    return processesOf(this.#screens, this.home)
  }

  /** Ends all of it, also what it starts meanwhile, and removes the home. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const deadline = performance.now() + GONE
    for (let left = this.processes(); left.length > 0; left = this.processes()) {
      if (performance.now() > deadline) throw new Error(`these do not end by kill -9: ${left.join(', ')}`)
      killAll(left)
      await sleep(20)
    }
    for (const screen of this.#screens) screen.dispose()
    this.home.remove()
  }
}

/** The stages of a run, so that all of them can be cleared at any moment. */
export class Stages {
  readonly #open = new Set<Stage>()
  #over = false

  async use<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
    if (this.#over) throw new Error('the measurement was ended')
    const stage = new Stage()
    this.#open.add(stage)
    try {
      return await act(stage)
    } finally {
      await stage.close()
      this.#open.delete(stage)
    }
  }

  /** Ends all that runs; nothing is started any more. */
  async close(): Promise<void> {
    this.#over = true
    await Promise.all([...this.#open].map((stage) => stage.close()))
  }
}
