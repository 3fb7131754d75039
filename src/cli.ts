import {existsSync} from 'node:fs'
import {userInfo} from 'node:os'
import type {Config} from '@oclif/core/config'
import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {normalizeArgv} from '@oclif/core/help'
import {run} from '@oclif/core/run'
import {settings} from '@oclif/core/settings'
import {colorize} from '@oclif/core/ux'
import {keepOpening, takeOpening} from './chat/opened.js'
import {stripControlSequences, visibleLines} from './control-sequences.js'
import {exitCodes, HermesError} from './errors.js'
import {PluginCode} from './plugin-code.js'
import {loadProgram} from './plugin-family.js'
import {withPluginArguments} from './plugin-set/plugin-arguments.js'
import {usageError} from './refusal/usage.js'
import type {Opening} from './tui/terminal/opening.js'

/**
 * Runs the command that `process.argv` names and prints what it throws. `root` is the folder of our
 * package.json; `development` takes the commands from source and leaves the manifest unread, which
 * would hide what has changed since it was written. `opening`: the screen of a chat that the launcher has drawn.
 */
export async function runCli(root: string, options: {development?: boolean; opening?: Opening} = {}): Promise<void> {
  const development = options.development ?? false
  if (development) settings.debug = true
  // Else oclif looks for TypeScript beside every linked plugin, and warns at each start that it may not run it.
  else settings.enableAutoTranspile = false
  nameShell()
  const argv = withPluginArguments(process.argv.slice(2), {cwd: process.cwd, isThere: existsSync})
  const {opening} = options
  keepOpening(opening)
  const warn = (text: string) => (opening ? opening.aside(() => tell(text)) : tell(text))
  const code = new PluginCode(root, warn)
  let config: Config | undefined
  try {
    await opening?.listen()
    const program = await loadProgram(argv, {root, ignoreManifest: development, code, warn})
    config = program
    await opening?.listen()
    await code.running(program, normalizeArgv(program, [...argv])[0] ?? '', () => run(argv, program))
    await flush()
  } catch (error) {
    const opened = takeOpening()
    await opened?.answered()
    opened?.close({header: true})
    if (isEnd(error) || isDefectToExamine(error)) return handle(error)
    const told = (config && usageError(error, config, normalizeArgv(config, [...argv])[0] ?? '')) ?? error
    process.stderr.write(`${errorText(told)}\n`)
    process.exit((told as Told | null | undefined)?.oclif?.exit ?? exitCodes.failure)
  }
}

/** A command asks for the end of the process. */
const isEnd = (error: unknown): error is Error => error instanceof Error && 'code' in error && error.code === 'EEXIT'

/** Shown with its stack. */
const isDefectToExamine = (error: unknown): error is Error =>
  settings.debug === true && error instanceof Error && !('oclif' in error)

/** Without SHELL oclif asks the list of users, and ends where ours is not in it: `docker run --user 1234`. */
function nameShell(): void {
  if (process.env.SHELL !== undefined) return
  try {
    userInfo()
  } catch {
    process.env.SHELL = '/bin/sh'
  }
}

function tell(text: string): void {
  process.stderr.write(`hermes: ${visibleLines(text)}\n`)
}

interface Told {
  message: string
  suggestions?: readonly string[]
  /** Missing in a defect. */
  oclif?: {exit?: number}
}

/** Not wrapped, unlike oclif's: a path with line and column stays in one piece, for eyes and for editors. */
export function errorText(error: unknown): string {
  const {message, suggestions = [], oclif} = (error ?? {}) as Told
  const remedies = suggestions.map((suggestion) => `\n  ${colorize('dim', 'try:')} ${visibleLines(suggestion)}`)
  // oclif and its plugins may paint theirs; ours may hold what a file holds.
  const text = oclif ? (error instanceof HermesError ? message : stripControlSequences(message)) : String(error)
  return `${colorize('red', 'hermes:')} ${visibleLines(text)}${remedies.join('')}`
}
