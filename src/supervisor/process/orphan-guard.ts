import {type ChildProcess, spawn} from 'node:child_process'
import {Socket} from 'node:net'
import {isWindows} from '../../platform.js'

/**
 * Reads lines of process groups, each replacing the one before. At the end of its input it gives them
 * a second to do their bookkeeping, as a healthy gateway does at the end of its own, and then ends
 * what is left: a gateway that is stopped or stuck never sees that its parent is gone. One that works on has created
 * its verdict by then; else it is created here, and a gateway that comes later ends by itself.
 */
const script = `
while read -r line; do groups=$line; done
[ -n "$groups" ] || exit 0
sleep 1
for group in $groups; do
  verdict=\${VERDICTS:+$VERDICTS$group.verdict}
  if [ -z "$verdict" ] || ( set -C; : > "$verdict" ) 2>/dev/null || [ ! -e "$verdict" ]; then
    kill -s KILL -- "-$group"
    [ -z "$verdict" ] || rm -f "$verdict"
  fi
done`

/**
 * A shell of 1 MB beside this program that outlives it, also its `kill -9`. The kernel's parent-death
 * signal would do it without a process, but at once: a healthy gateway could not even say why it ends.
 */
export class OrphanGuard {
  readonly #groups = new Set<number>()
  readonly #verdicts: string | undefined
  #process: ChildProcess | undefined
  #ended = false

  /** `verdicts`: beginning of the files by which a gateway says that it outlives us; default: none does. */
  constructor(verdicts?: string) {
    this.#verdicts = verdicts
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
    const guard = spawn('/bin/sh', ['-c', script], {
      detached: true,
      cwd: '/',
      env: {PATH: '/usr/local/bin:/usr/bin:/bin', VERDICTS: this.#verdicts ?? ''},
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // Without it a gateway that is not stuck still ends by itself.
    guard.on('error', () => {})
    guard.stdin.on('error', () => {})
    guard.unref()
    if (guard.stdin instanceof Socket) guard.stdin.unref()
    this.#process = guard
    this.#tell()
  }

  #tell(): void {
    const stdin = this.#process?.stdin
    if (stdin?.writable) stdin.write(`${[...this.#groups].join(' ')}\n`)
  }
}
