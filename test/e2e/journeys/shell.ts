import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import type {Key, Session} from 'tuistory'
import {ensureBuilt} from '../../helpers/build.js'
import {processesOfHome} from '../../helpers/processes-of-home.js'
import {programPath, TestHome} from '../../helpers/pty/chat.js'

const ROWS = 30

/**
 * A person's shell in which `hermes` is a command, in a pty and a terminal of tuistory: neither is that of the other tests,
 * which are of this project.
 */
export class Shell {
  readonly #session: Session

  private constructor(session: Session) {
    this.#session = session
  }

  /** `env`: added to an environment that holds nothing of the developer's. */
  static async open(home: TestHome, env: Record<string, string> = {}): Promise<Shell> {
    const {launchTerminal} = await import('tuistory')
    const bin = path.join(home.dir, 'bin')
    mkdirSync(bin, {recursive: true})
    writeFileSync(path.join(bin, 'hermes'), `#!/bin/sh\nexec '${process.execPath}' '${programPath}' "$@"\n`)
    chmodSync(path.join(bin, 'hermes'), 0o755)
    const all = {...home.env(), PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, PS1: 'me> ', ...env}
    // It hands down its own environment: `env -i` takes that away.
    const args = ['-i', ...Object.entries(all).map(([name, value]) => `${name}=${value}`), 'sh', '-i']
    const shell = new Shell(await launchTerminal({command: 'env', args, cols: 100, rows: ROWS, cwd: home.cwd}))
    await shell.sees(/^me>$/m)
    return shell
  }

  /** Waits until the screen shows it, and returns that screen. */
  async sees(what: string | RegExp): Promise<string> {
    return this.#waitFor((screen) => (typeof what === 'string' ? screen.includes(what) : what.test(screen)), `${what}`)
  }

  /** Waits for what the screen does not show. */
  async until(holds: () => boolean, what: string): Promise<void> {
    await this.#waitFor(holds, what)
  }

  /** Waits until the screen does not show it any more. */
  async misses(what: string): Promise<string> {
    return this.#waitFor((screen) => !screen.includes(what), `no ${what}`)
  }

  async #waitFor(holds: (screen: string) => boolean, what: string): Promise<string> {
    let seen = ''
    const waitFor = (text: string) => {
      seen = visible(text)
      return holds(seen)
    }
    await this.#session.text({timeout: 20_000, waitFor}).catch((error: Error) => {
      throw new Error(`not seen: ${what}\n${error.message}`)
    })
    // It answers with a later screen, in the midst of the next frame perhaps.
    return seen
  }

  /** Key by key, as a person does: in one piece it would be a paste. Its own `type` waits 0.2 s for nothing to happen. */
  async type(text: string): Promise<void> {
    for (const key of text) {
      this.#session.writeRaw(key)
      await setTimeout(1)
    }
  }

  paste(text: string): void {
    this.#session.writeRaw(`\x1b[200~${text}\x1b[201~`)
  }

  /** Keys in turn; `['ctrl', 'c']` is one. */
  press(...keys: (Key | Key[])[]): void {
    for (const key of keys) this.#session.sendKey(key)
  }

  /** Ctrl+_ has no name there. */
  undo(): void {
    this.#session.writeRaw('\x1f')
  }

  /** A line, entered once it is to be seen. */
  async enters(line: string): Promise<void> {
    await this.type(line)
    // Its rows end without the blanks that they had.
    const written = (text: string) => text.replaceAll(/\s/g, '')
    await this.#waitFor((screen) => written(screen).includes(written(line.slice(-60))), line)
    this.press('enter')
  }

  /** A command of the shell, and what stood on the screen when the shell asked for the next one. */
  async runs(command: string): Promise<string> {
    // Seen before it is entered: the screen of a shell that was only just opened is as clear as it will be, and what is
    // typed while `clear` runs stands before the prompt.
    await this.enters('clear')
    await this.#waitFor((screen) => screen.trim() === 'me>', 'a clear screen')
    await this.enters(`${command}; echo "code $?"`)
    return this.sees(/^code \d+\n(?:.*\n)*me> *$/m)
  }

  /** Leaves the chat. */
  async quits(): Promise<string> {
    await this.enters('/quit')
    return this.sees(/^me> *$/m)
  }

  close(): void {
    this.#session.close()
  }
}

/** The rows that are in the window. Scrolled rows come first. */
const visible = (text: string) => text.split('\n').slice(-ROWS).join('\n')

/** For a `describe`: the built program, a home for each test, and an end of all that ran in it. */
export function useShells(): {readonly home: TestHome; open(env?: Record<string, string>): Promise<Shell>} {
  const shells: Shell[] = []
  let home: TestHome | undefined
  const suite = {
    get home() {
      if (!home) throw new Error('only inside a test')
      return home
    },
    async open(env: Record<string, string> = {}) {
      const shell = await Shell.open(suite.home, env)
      shells.push(shell)
      return shell
    },
  }
  before(function () {
    // What is left of a home can be found there.
    if (process.platform !== 'linux') return this.skip()
    this.timeout(120_000)
    ensureBuilt()
  })
  beforeEach(() => {
    home = new TestHome()
  })
  afterEach(() => {
    for (const shell of shells.splice(0)) shell.close()
    if (!home) return
    for (const pid of processesOfHome(home.hermes, [])) end(pid)
    home.remove()
    home = undefined
  })
  return suite
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** The `hermes chat` of this home that has a terminal. */
export function chatOf({hermes}: TestHome): number {
  const isChat = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${programPath}\0`)
    } catch {
      // A command of the agent that ended while it was looked at.
      return false
    }
  }
  const found = processesOfHome(hermes, []).find(isChat)
  if (found === undefined) throw new Error('no chat runs')
  return found
}
