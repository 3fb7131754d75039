import {execFile, spawn} from 'node:child_process'
import {chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'

export const shells = ['sh', 'bash', 'dash', 'zsh'] as const
export type ShellName = (typeof shells)[number]

/** One start of a canary: the folder it was started in, its name, its arguments. */
export type Start = readonly [cwd: string, name: string, ...args: string[]]

/** Programs that note how they were started, and shells that find no others. */
export class Canaries {
  readonly bin: string
  readonly #logs: string
  #batches = 0

  constructor(folder: string, names: readonly string[]) {
    this.bin = path.join(folder, 'bin')
    this.#logs = path.join(folder, 'logs')
    mkdirSync(this.bin, {recursive: true})
    mkdirSync(this.#logs)
    for (const name of names) this.#write(name)
  }

  /** `test` has to say what it says, or what follows it would differ from the builtin. */
  #write(name: string): void {
    const goesOn =
      name === 'test' || name === '[' ? `exec /usr/bin/${name} "$@"` : name === 'false' ? 'exit 1' : 'exit 0'
    const note = `printf '%s\\0' "$(pwd -P)" '${name}' "$@" > "$LOG.$$"`
    writeFileSync(path.join(this.bin, name), `#!/bin/sh\n${note}\n${goesOn}\n`)
    chmodSync(path.join(this.bin, name), 0o755)
  }

  /** Runs each script in a shell, one after the other in one driver, and tells what each started. */
  async starts(shell: string, scripts: readonly string[], cwd: string): Promise<Start[][]> {
    const logs = path.join(this.#logs, String(this.#batches++))
    mkdirSync(logs)
    const noProfile = shell === 'zsh' ? ' -f' : ''
    const lines = scripts.map(
      (script, index) =>
        `cd ${quoted(cwd)}; LOG=${quoted(path.join(logs, String(index)))} "$SHELL_PROGRAM"${noProfile} -c ${quoted(script)}`,
    )
    await this.#drive(`${logs}.sh`, lines.join('\n'), await findShell(shell))
    const starts: Start[][] = scripts.map(() => [])
    for (const file of readdirSync(logs).sort()) {
      const words = readFileSync(path.join(logs, file), 'utf8').split('\0').slice(0, -1)
      starts[Number(file.split('.')[0])]?.push(words as unknown as Start)
    }
    return starts
  }

  #drive(file: string, driver: string, program: string): Promise<void> {
    writeFileSync(file, driver)
    const env = {PATH: this.bin, SHELL_PROGRAM: program, LC_ALL: 'C.UTF-8', HOME: '/nonexistent', TMPDIR: this.#logs}
    return new Promise((resolve, reject) => {
      // What is still running in the background holds the pipe.
      const child = spawn('/bin/sh', [file], {env, stdio: ['ignore', 'ignore', 'ignore', 'pipe']})
      child.stdio[3]?.on('data', () => {})
      child.once('error', reject)
      child.once('close', () => resolve())
    })
  }
}

export async function findShell(name: string): Promise<string> {
  return (await shellsHere()).get(name) ?? name
}

/** Those of this machine, with their paths. */
export async function shellsHere(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const shell of shells) {
    const program = await new Promise<string>((resolve) => {
      execFile('/bin/sh', ['-c', `command -v ${shell}`], (_, stdout) => resolve(stdout.trim()))
    })
    if (program !== '') found.set(shell, program)
  }
  return found
}

export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
