import {accessSync, constants, readFileSync, statSync} from 'node:fs'
import path from 'node:path'

/**
 * Words before a command that make the kernel end it at once when this process is killed:
 * `setpriv --pdeathsig` (Linux, util-linux 2.33 and later), for 1 ms at the start. For processes of
 * plugins, which have nothing to finish; a gateway has, see the guard against orphans.
 */
export function parentDeathPrefix(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string[] {
  if (platform !== 'linux') return []
  const setpriv = findProgram('setpriv', env)
  return setpriv && knowsParentDeath(setpriv) ? [setpriv, '--pdeathsig', 'KILL', '--'] : []
}

/** BusyBox has a setpriv without the option. Looking for its name in the program is 50 times faster than a run of it. */
function knowsParentDeath(file: string): boolean {
  try {
    return statSync(file).size < 4_000_000 && readFileSync(file).includes('pdeathsig')
  } catch {
    return false
  }
}

/**
 * The file that a program's name stands for, or undefined when it can't be started: then it is
 * spawned without a prefix, so that the system's own error is reported and not the prefix's.
 */
export function findProgram(name: string, env: NodeJS.ProcessEnv, cwd = process.cwd()): string | undefined {
  if (name.includes('/')) return executable(path.resolve(cwd, name))
  for (const dir of (env.PATH ?? '').split(path.delimiter)) {
    const found = executable(path.resolve(cwd, dir, name))
    if (found) return found
  }
  return undefined
}

function executable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile() ? file : undefined
  } catch {
    return undefined
  }
}
