import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {compiled} from '../../helpers/compiled.js'

/** A real second process that runs a fixture; it inherits nothing of the tests' environment. */
export class Child {
  readonly process: ChildProcess
  stdout = ''
  stderr = ''
  readonly #exit: Promise<unknown>
  #onOutput: () => void = () => {}

  constructor(fixture: string, args: readonly string[]) {
    const script = compiled(new URL(`fixtures/${fixture}`, import.meta.url))
    this.process = spawn(process.execPath, [script, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {PATH: process.env.PATH},
    })
    this.#exit = once(this.process, 'close')
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#onOutput()
    })
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
  }

  /** Resolves when stdout fulfils the condition; rejects when the process ends before. */
  async until(condition: (stdout: string) => boolean): Promise<void> {
    const {promise, resolve} = Promise.withResolvers<void>()
    this.#onOutput = () => {
      if (condition(this.stdout)) resolve()
    }
    this.#onOutput()
    const ended = this.#exit.then(() => {
      if (!condition(this.stdout)) throw new Error(`The child ended early: ${this.stdout}${this.stderr}`)
    })
    await Promise.race([promise, ended])
  }

  /** Resolves to how it ended. */
  async exited(): Promise<{code: number | null; signal: NodeJS.Signals | null}> {
    await this.#exit
    return {code: this.process.exitCode, signal: this.process.signalCode}
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.#exit
  }
}
