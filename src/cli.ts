import {userInfo} from 'node:os'
import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {run} from '@oclif/core/run'
import {settings} from '@oclif/core/settings'
import {colorize} from '@oclif/core/ux'
import {HermesError} from './errors.js'
import {loadProgram} from './plugin-family.js'

/**
 * Runs the command that `process.argv` names and prints what it throws. `root` is the folder of our
 * package.json; `development` takes the commands from source and leaves the manifest unread, which
 * would hide what has changed since it was written.
 */
export async function runCli(root: string, options: {development?: boolean} = {}): Promise<void> {
  const development = options.development ?? false
  if (development) settings.debug = true
  // Else oclif looks for TypeScript beside every linked plugin, and warns at each start that it may not run it.
  else settings.enableAutoTranspile = false
  nameShell()
  const argv = process.argv.slice(2)
  try {
    await run(argv, await loadProgram(argv, {root, ignoreManifest: development, warn}))
    await flush()
  } catch (error) {
    if (!(error instanceof HermesError)) return handle(error instanceof Error ? error : new Error(String(error)))
    process.stderr.write(`${errorText(error)}\n`)
    process.exit(error.exit)
  }
}

/** Without SHELL oclif asks the list of users, and ends where ours is not in it: `docker run --user 1234`. */
function nameShell(): void {
  if (process.env.SHELL !== undefined) return
  try {
    userInfo()
  } catch {
    process.env.SHELL = '/bin/sh'
  }
}

function warn(text: string): void {
  process.stderr.write(`hermes: ${text}\n`)
}

/** Not wrapped, unlike oclif's: a path with line and column stays in one piece, for eyes and for editors. */
export function errorText(error: HermesError): string {
  const remedies = error.suggestions.map((suggestion) => `\n  ${colorize('dim', 'try:')} ${suggestion}`)
  return `${colorize('red', 'error:')} ${error.message}${remedies.join('')}`
}
