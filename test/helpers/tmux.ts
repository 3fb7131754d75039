import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'

export const hasTmux = spawnSync('tmux', ['-V']).status === 0

/** One window of a tmux server of its own, with a shell in it. */
export class Tmux {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'hermes-tmux-'))
  readonly #env: Record<string, string>

  constructor(options: {env: Record<string, string>; cwd: string; columns: number; rows: number}) {
    this.#env = {...options.env, TMUX_TMPDIR: this.#folder}
    const size = ['-x', String(options.columns), '-y', String(options.rows)]
    this.run('-f', '/dev/null', 'new-session', '-d', '-s', 't', ...size, '-c', options.cwd, "PS1='$ ' sh")
  }

  run(...args: string[]): string {
    return execFileSync('tmux', args, {env: this.#env, encoding: 'utf8'})
  }

  /** Keys by tmux's names. */
  press(...keys: string[]): void {
    this.run('send-keys', '-t', 't', ...keys)
  }

  type(text: string): void {
    this.run('send-keys', '-t', 't', '-l', text)
  }

  resize(columns: number, rows: number): void {
    this.run('resize-window', '-t', 't', '-x', String(columns), '-y', String(rows))
  }

  screen(): string {
    return this.run('capture-pane', '-p', '-t', 't')
  }

  /** With what has scrolled away; rows that the terminal wrapped are joined. */
  all(): string {
    return this.run('capture-pane', '-p', '-J', '-S', '-', '-t', 't')
  }

  /** Polls: nothing tells of a change. */
  async waitFor(found: RegExp | (() => boolean), what = String(found)): Promise<void> {
    const deadline = Date.now() + 20_000
    while (typeof found === 'function' ? !found() : !found.test(this.screen())) {
      if (Date.now() > deadline) throw new Error(`${what} did not come:\n${this.screen()}`)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }

  close(): void {
    spawnSync('tmux', ['kill-server'], {env: this.#env})
    rmSync(this.#folder, {recursive: true, force: true})
  }
}
