import type {ChildProcess} from 'node:child_process'
import {messageOf} from '../../errors.js'
import {isWindows} from '../../platform.js'

/** A key is some hundred bytes; of an error the first line is told. */
const MAX_BYTES = 64 * 1024

/** Why a command printed no key; the message follows the command: `ended with exit code 1: not unlocked`. */
export class KeyCommandFailed extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'KeyCommandFailed'
  }
}

export interface KeyCommandOptions {
  timeoutMs: number
  env: NodeJS.ProcessEnv
}

/**
 * A key that a command prints: run when the key is first needed, kept in this process alone. It runs in the home, so that
 * nothing in a project decides what it does, and has no terminal: the chat draws on that.
 */
export class CommandKey {
  readonly #command: readonly string[]
  readonly #options: KeyCommandOptions
  readonly #printed = new Set<string>()
  #key: Promise<string> | undefined

  constructor(command: readonly string[], options: KeyCommandOptions) {
    this.#command = command
    this.#options = options
  }

  /** All that it has printed until now. */
  get printed(): readonly string[] {
    return [...this.#printed]
  }

  /** Rejects with {@link KeyCommandFailed}; the next call runs it again then. */
  get(): Promise<string> {
    this.#key ??= this.#run()
    return this.#key
  }

  /** Another key than the one that was refused, from a second run, unless one was asked for since; the same where it prints no other. */
  async renew(refused: string): Promise<string> {
    const known = await this.get()
    if (known !== refused) return known
    this.#key = this.#run()
    return this.#key
  }

  #run(): Promise<string> {
    const run = printedKey(this.#command, this.#options)
    run.then(
      (key) => this.#printed.add(key),
      () => {
        if (this.#key === run) this.#key = undefined
      },
    )
    return run
  }
}

async function printedKey(command: readonly string[], {timeoutMs, env}: KeyCommandOptions): Promise<string> {
  const [{spawn}, {homedir}] = await Promise.all([import('node:child_process'), import('node:os')])
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: homedir(),
    env: commandEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, which a time-out ends as a whole, and a session without a terminal.
    detached: !isWindows,
    windowsHide: true,
  })
  const output = collected(child.stdout)
  const errors = collected(child.stderr)
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  const fail = (message: string) => reject(new KeyCommandFailed(message))
  const timer = setTimeout(() => {
    fail(`did not end within ${timeoutMs / 1000} s`)
    endGroup(child)
  }, timeoutMs)
  child.once('error', (error) => fail(`could not be started: ${messageOf(error)}`))
  child.once('exit', (code, signal) => {
    const settle = () => {
      const said = firstLine(errors())
      if (code !== 0)
        fail(`ended ${signal ? `by ${signal}` : `with exit code ${code}`}${said === '' ? '' : `: ${said}`}`)
      else if (isKey(output().trim())) resolve(output().trim())
      else fail(`printed ${output().trim() === '' ? 'nothing' : 'more than one word, which a key is'}`)
    }
    // What it has left running may hold the pipes.
    const late = setTimeout(settle, DRAIN_MS)
    child.once('close', () => {
      clearTimeout(late)
      settle()
    })
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** How long output is waited for after the end, milliseconds. */
const DRAIN_MS = 250

/** It goes into a header: visible ASCII. */
function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

function firstLine(text: string): string {
  return (
    text
      .split(/\r?\n/)
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  )
}

function collected(stream: NodeJS.ReadableStream): () => string {
  const pieces: Buffer[] = []
  let length = 0
  stream.on('data', (piece: Buffer) => {
    if (length < MAX_BYTES) pieces.push(piece)
    length += piece.length
  })
  return () => Buffer.concat(pieces).toString('utf8')
}

/** Without what wires hermes to its gateway, which holds keys of others, and without the terminal that GPG asks on. */
function commandEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => name === 'HERMES_HOME' || !/^HERMES_|^GPG_TTY$/.test(name))
  return Object.fromEntries(own)
}

function endGroup(child: ChildProcess): void {
  try {
    if (isWindows || child.pid === undefined) child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}
