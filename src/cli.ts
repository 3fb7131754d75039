import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {run} from '@oclif/core/run'
import {settings} from '@oclif/core/settings'
import {colorize} from '@oclif/core/ux'
import {exitCodes, HermesError} from './errors.js'

/**
 * Runs the command that `process.argv` names and prints what it throws. `root` is the folder of our
 * package.json; `development` takes the commands from source and leaves the manifest unread, which
 * would hide what has changed since it was written.
 */
export async function runCli(root: string, options: {development?: boolean} = {}): Promise<void> {
  const development = options.development ?? false
  if (development) settings.debug = true
  try {
    await run(process.argv.slice(2), {root, ignoreManifest: development})
    await flush()
  } catch (error) {
    if (!(error instanceof HermesError)) {
      const failure = error instanceof Error ? error : new Error(String(error))
      if (isParseError(failure)) failure.oclif.exit = exitCodes.usage
      return handle(failure)
    }
    process.stderr.write(`${errorText(error)}\n`)
    process.exit(error.exit)
  }
}

/** `oclif.exitCodes` has no entry for a value that is not among a flag's options: it would end with 1. */
function isParseError(error: Error): error is Error & {oclif: {exit?: number}} {
  return 'parse' in error && 'oclif' in error && typeof error.oclif === 'object'
}

/** Not wrapped, unlike oclif's: a path with line and column stays in one piece, for eyes and for editors. */
export function errorText(error: HermesError): string {
  const remedies = error.suggestions.map((suggestion) => `\n  ${colorize('dim', 'try:')} ${suggestion}`)
  return `${colorize('red', 'error:')} ${error.message}${remedies.join('')}`
}
