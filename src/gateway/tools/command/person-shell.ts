import {accessSync, constants} from 'node:fs'
import path from 'node:path'
import {isWindows} from '../../../platform.js'
import type {CommandToRun} from './process-group.js'

/** Shells whose `-c` takes a command as it is; others may read it as something else, or not at all. */
const known = new Set(['sh', 'bash', 'zsh', 'fish', 'dash'])

/** The person's shell where it is one that commands of a model may run in; undefined: they run in `/bin/sh`. */
export function commandShell({SHELL: shell = ''}: NodeJS.ProcessEnv): string | undefined {
  if (isWindows || !path.isAbsolute(shell) || !known.has(path.basename(shell)) || shell === '/bin/sh') return undefined
  try {
    accessSync(shell, constants.X_OK)
    return shell
  } catch {
    return undefined
  }
}

/** A line as the person would enter it: in the shell that is theirs, without its aliases. */
export function inPersonShell(line: string, env: NodeJS.ProcessEnv): CommandToRun {
  const shell = env.SHELL ?? ''
  if (isWindows || !path.isAbsolute(shell)) return {shell: line}
  return {program: shell, args: ['-c', line]}
}

/** The person's own environment, without our wiring: the line may start another chat. There is no terminal to draw on. */
export function personEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => !/^HERMES_(?!HOME$)/.test(name))
  return {...Object.fromEntries(own), TERM: 'dumb', PAGER: 'cat', GIT_PAGER: 'cat', GIT_TERMINAL_PROMPT: '0'}
}
