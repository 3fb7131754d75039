import {type ChildProcess, spawn} from 'node:child_process'
import {Socket} from 'node:net'
import {isWindows} from '../../platform.js'
import type {GuardedTerminal} from '../types.js'
import {guardScript} from './guard-script.js'

/**
 * A shell of 1 MB beside this program that outlives it, also its `kill -9`. The kernel's parent-death
 * signal would do it without a process, but at once: a healthy gateway could not even say why it ends.
 * `terminal`: the one that it puts right after such an end.
 */
export interface GuardOptions {
  /** Beginning of the files by which a gateway says that it outlives us; default: none does. */
  verdicts?: string | undefined
  /** Put right when we are killed; default: none. */
  terminal?: GuardedTerminal | undefined
}

export class OrphanGuard {
  readonly #groups = new Set<number>()
  readonly #verdicts: string | undefined
  readonly #terminal: GuardedTerminal | undefined
  #process: ChildProcess | undefined
  #ended = false

  constructor({verdicts, terminal}: GuardOptions = {}) {
    this.#verdicts = verdicts
    this.#terminal = terminal
    terminal?.onChange(() => this.#tellTerminal())
  }

  /** The group of a gateway; its number is the process id of the first one in it. */
  add(group: number): void {
    this.#groups.add(group)
    if (this.#process || this.#ended || isWindows) this.#tell()
    else this.#start()
  }

  delete(group: number): void {
    this.#groups.delete(group)
    this.#tell()
  }

  /** All gateways have ended. */
  end(): void {
    this.#ended = true
    this.#groups.clear()
    this.#tell()
    this.#process?.stdin?.end()
  }

  #start(): void {
    // A session of its own: what ends the terminal's processes must not end it.
    const guard = spawn('/bin/sh', ['-c', guardScript], {
      detached: true,
      cwd: '/',
      env: {PATH: '/usr/local/bin:/usr/bin:/bin', VERDICTS: this.#verdicts ?? ''},
      // By its name it can't be opened from another session, and later the name may be that of another terminal.
      stdio: ['pipe', 'ignore', 'ignore', this.#terminal?.fd ?? 'ignore'],
    })
    // Without it a gateway that is not stuck still ends by itself.
    guard.on('error', () => {})
    guard.stdin?.on('error', () => {})
    guard.unref()
    if (guard.stdin instanceof Socket) guard.stdin.unref()
    this.#process = guard
    this.#tell()
    this.#tellTerminal()
  }

  #tell(): void {
    this.#write(`groups ${[...this.#groups].join(' ')}`)
  }

  #tellTerminal(): void {
    const undo = this.#terminal?.undo
    if (undo) this.#write(`terminal ${escaped(undo.atOnce)} ${escaped(undo.later)}`)
    else if (this.#terminal) this.#write('terminal')
  }

  #write(line: string): void {
    const stdin = this.#process?.stdin
    if (stdin?.writable) stdin.write(`${line}\n`)
  }
}

/** For `printf %b`, which writes nothing at all for `\c`: an empty text would say that there are no modes. */
function escaped(sequences: string): string {
  if (sequences === '') return '\\c'
  return sequences.replaceAll('\\', '\\0134').replaceAll('\x1b', '\\0033')
}
