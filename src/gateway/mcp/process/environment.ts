import {isWindows} from '../../../platform.js'
import {expand} from '../expand.js'

/** What a program needs to be found, to find its files and to know its person. */
const inherited = isWindows
  ? [
      'APPDATA',
      'COMSPEC',
      'HOMEDRIVE',
      'HOMEPATH',
      'LOCALAPPDATA',
      'PATH',
      'PATHEXT',
      'PROGRAMDATA',
      'PROGRAMFILES',
      'SYSTEMDRIVE',
      'SYSTEMROOT',
      'TEMP',
      'TMP',
      'USERNAME',
      'USERPROFILE',
      'WINDIR',
    ]
  : ['HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'PATH', 'SHELL', 'TMPDIR', 'TZ', 'USER']

/** Environment of a server: what is named for it, and the least of ours. Throws in words where it names what is not there. */
export function serverEnv(
  named: Readonly<Record<string, string>> | undefined,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of inherited) {
    const value = env[name]
    if (value !== undefined) given[name] = value
  }
  for (const [name, value] of Object.entries(named ?? {})) given[name] = expand(value, env, `env.${name}`)
  return given
}
