import {homedir} from 'node:os'
import path from 'node:path'
import {isWindows} from '../platform.js'

/** Folders of the person who runs the program, by what `env` says; nothing is created here. */

export function homeDirectory(env: NodeJS.ProcessEnv): string {
  return (isWindows ? env.USERPROFILE : env.HOME) || homedir()
}

/** `$XDG_CONFIG_HOME/hermes`, `%APPDATA%\hermes`, else `~/.config/hermes`. */
export function userConfigDirectory(env: NodeJS.ProcessEnv): string {
  const base =
    absolute(env.XDG_CONFIG_HOME) ?? (isWindows ? env.APPDATA : undefined) ?? path.join(homeDirectory(env), '.config')
  return path.join(base, 'hermes')
}

/** `$XDG_DATA_HOME/hermes`, `%LOCALAPPDATA%\hermes`, else `~/.local/share/hermes`. */
export function userDataDirectory(env: NodeJS.ProcessEnv): string {
  const base =
    absolute(env.XDG_DATA_HOME) ??
    (isWindows ? env.LOCALAPPDATA : undefined) ??
    path.join(homeDirectory(env), '.local', 'share')
  return path.join(base, 'hermes')
}

/** Which project files were trusted, with the hash of what they held. */
export function trustFile(env: NodeJS.ProcessEnv): string {
  return path.join(userDataDirectory(env), 'trusted-config.json')
}

/** Which hints were told. */
export function toldFile(env: NodeJS.ProcessEnv): string {
  return path.join(userDataDirectory(env), 'told.json')
}

/** The XDG specification has relative paths ignored. */
function absolute(value: string | undefined): string | undefined {
  return value && path.isAbsolute(value) ? value : undefined
}

/** Expands a leading `~` and resolves against `base`. */
export function resolvePath(value: string, base: string, env: NodeJS.ProcessEnv): string {
  const expanded = /^~(?=$|[\\/])/.test(value) ? homeDirectory(env) + value.slice(1) : value
  return path.resolve(base, expanded)
}
