import {readFileSync, rmSync} from 'node:fs'
import path from 'node:path'

/** What a session's commands hand on to each other. */
export interface ShellState {
  /** Absolute; undefined: the session's own. */
  cwd?: string | undefined
  /** What differs from the environment that all commands have; null: it was unset. */
  env: Readonly<Record<string, string | null>>
}

/** More is not kept at all: it goes to each command, and into the database. */
const MAX_BYTES = 64 * 1024

/** A shell's own (zsh sets LOGNAME, fish USER), and ours. */
const passing = /^(?:_|SHLVL|PWD|OLDPWD|LOGNAME|USER|HERMES_.*)$/s

/** By these a shell or a loader runs something else than the next command says. */
const directing =
  /^(?:CDPATH|ENV|BASH_ENV|ZDOTDIR|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|IFS|GLOBIGNORE|BASH_FUNC_.*|LD_.*|DYLD_.*)$/s

/**
 * The words for `shell` that run the very command and, when it is over, write folder and exported variables to `file`.
 * In one line with the command, so that lines of errors are right. A command that replaces the shell or its trap for EXIT
 * hands nothing on.
 */
export function keepingArgs(shell: string, command: string, file: string): string[] {
  const quoted = `'${file.replaceAll("'", "'\\''")}'`
  if (path.basename(shell) === 'fish') {
    const fileInFish = `'${file.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    return [
      '-c',
      `function __hermes_keep --on-event fish_exit; begin; printf '%s\\0' (pwd -P); command env -0; end >${fileInFish} 2>/dev/null; end; ${command}`,
    ]
  }
  const keep = `{ printf "%s\\0" "$(pwd -P)"; command env -0; } >${quoted} 2>/dev/null`
  return ['-c', `trap '${keep.replaceAll("'", "'\\''")}' EXIT; ${command}`]
}

/**
 * What a command left in `file`, which is removed. `base`: the environment that each command has. Undefined where it
 * handed nothing on.
 */
export function handedOn(file: string, base: NodeJS.ProcessEnv): ShellState | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  } finally {
    rmSync(file, {force: true})
  }
  const [cwd = '', ...entries] = text.split('\0')
  // Cut short: the shell was killed while it wrote.
  if (!path.isAbsolute(cwd) || entries.pop() !== '' || Buffer.byteLength(text) > 4 * MAX_BYTES) return undefined
  const now = new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
  const names = new Set([...now.keys(), ...Object.keys(base)])
  const changed = [...names].filter(
    (name) => !passing.test(name) && !directing.test(name) && now.get(name) !== base[name],
  )
  const env = Object.fromEntries(changed.map((name) => [name, now.get(name) ?? null]))
  return JSON.stringify(env).length > MAX_BYTES ? {cwd, env: {}} : {cwd, env}
}

/** The environment of a command that goes on where the last one was. */
export function withState(base: NodeJS.ProcessEnv, {env}: ShellState): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries({...base, ...env}).filter(([, value]) => typeof value === 'string'),
  ) as NodeJS.ProcessEnv
}

/** Of what was stored; an empty state for what no version of this program has written. */
export function readState(json: string | null | undefined): ShellState {
  try {
    const {cwd, env} = JSON.parse(json ?? '{}')
    const entries = Object.entries(env ?? {}).filter(([, value]) => value === null || typeof value === 'string')
    return {
      ...(typeof cwd === 'string' && path.isAbsolute(cwd) ? {cwd} : {}),
      env: Object.fromEntries(entries) as ShellState['env'],
    }
  } catch {
    return {env: {}}
  }
}
