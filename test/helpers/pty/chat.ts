import {mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {compiledCode} from '../build.js'
import {isRunning} from './processes.js'
import {type PtyExit, PtyScreen, type ScreenOptions} from './pty.js'

export const programPath = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

/** A person's home in a temporary folder, with a working directory and nothing configured. */
export class TestHome {
  /** `$HOME`. */
  readonly dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-home-')))
  /** `$HERMES_HOME`. */
  readonly hermes = path.join(this.dir, '.hermes')
  readonly cwd = path.join(this.dir, 'project')
  readonly database = path.join(this.hermes, 'hermes-chat.db')

  constructor() {
    mkdirSync(this.cwd, {recursive: true})
  }

  /** The environment of a program that runs for this person: no keys, no CI, nothing of the developer's. */
  env(more: Record<string, string> = {}): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.dir,
      HERMES_HOME: this.hermes,
      XDG_CONFIG_HOME: path.join(this.dir, '.config'),
      XDG_CACHE_HOME: compiledCode,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      ...more,
    }
  }

  /** Writes the person's own configuration file, which is trusted. */
  configure(yaml: string): string {
    const folder = path.join(this.dir, '.config', 'hermes')
    mkdirSync(folder, {recursive: true})
    const file = path.join(folder, 'config.yaml')
    writeFileSync(file, yaml)
    return file
  }

  remove(): void {
    // A gateway that is just ending may still write; Windows holds open files for a moment.
    rmSync(this.dir, {recursive: true, force: true, maxRetries: 5, retryDelay: 50})
  }
}

export interface ChatScreenOptions extends Partial<Omit<ScreenOptions, 'args' | 'env'>> {
  home: TestHome
  /** After `chat`. */
  args?: readonly string[]
  /** Default `chat`; empty: none. */
  command?: string
  /** Added to the home's environment. */
  env?: Record<string, string>
}

/** `hermes chat` in a pty. */
export class ChatScreen extends PtyScreen {
  /** Waits until a session is open and nothing runs. */
  async ready(): Promise<void> {
    await this.waitFor(/^● ready/m, {what: 'the status "ready"'})
    // Remembers the gateway for `left()`.
    this.descendants()
  }

  /** Leaves by Ctrl-D and waits for the end. */
  async quit(): Promise<PtyExit> {
    this.press('ctrl-d')
    return this.waitForExit()
  }

  /** Numbers of the offline model's words that are on screen or scrolled away, in order. */
  words(): number[] {
    return [...this.scrollback().matchAll(/\bword(\d+)\b/g)].map((match) => Number(match[1]))
  }

  /** Pid of the gateway that runs now: the program's child that is one. */
  gatewayPid(): number | undefined {
    return this.descendants().find((row) => /gateway/.test(row.command))?.pid
  }

  /** Waits for a gateway, other than `before` if it is given. */
  async gateway(before?: number): Promise<number> {
    let pid: number | undefined
    await this.waitFor(
      () => {
        pid = this.gatewayPid()
        return pid !== undefined && pid !== before
      },
      {what: before === undefined ? 'a gateway process' : `a gateway other than ${before}`},
    )
    if (pid === undefined) throw new Error('no gateway')
    return pid
  }

  /** `kill -9` of the gateway; resolves when it is gone. */
  async killGateway(signal: NodeJS.Signals = 'SIGKILL'): Promise<number> {
    const pid = await this.gateway()
    process.kill(pid, signal)
    await this.waitFor(() => !isRunning(pid), {what: `the end of gateway ${pid}`})
    return pid
  }
}

export function startChat({home, args = [], env = {}, command = 'chat', ...options}: ChatScreenOptions): ChatScreen {
  return new ChatScreen({
    file: process.execPath,
    args: [programPath, ...(command === '' ? [] : [command]), ...args],
    cwd: home.cwd,
    ...options,
    env: home.env(env),
  })
}
