import {keepCompiled} from '../compile-cache.js'
import {giveBackAtRest} from '../memory/rest.js'
import {wantsLines} from '../tui/linear/wanted.js'
import type {Opening, OpeningOptions} from '../tui/terminal/opening.js'
import type {ChatCommandOptions} from './command-options.js'
import {chatIntent} from './intent.js'
import {takeOpening} from './opened.js'
import {isPiped} from './print/piped-input.js'
import {mentionsLines} from './shell-hooks/lines-configured.js'
import {boundYoungGeneration} from './young-generation.js'

/** `hermes chat`. Resolves to the exit code when the terminal is free again; rejects with a HermesError. */
export async function chat(options: ChatCommandOptions): Promise<number> {
  const {flags, oclif, cwd, env, stdin, stdout} = options
  // oclif's own listener throws what is no EPIPE: the EIO of a terminal that was closed ended us before the gateway.
  stdout.removeAllListeners('error')
  const intent = chatIntent(flags, env, {
    stdinIsTerminal: stdin.isTTY === true,
    stdoutIsTerminal: stdout.isTTY === true,
    stdinIsPiped: isPiped(),
  })
  if (intent.kind === 'print') return (await import('./run-intent.js')).runIntent(intent, options, undefined)

  const isNew = intent.target.kind === 'new' && !intent.choose
  // The screen is there before the configuration is read and the most of the program is loaded.
  const opening = (await wanted(options))
    ? undefined
    : (takeOpening() ?? (await open({version: oclif.version, cwd: isNew ? cwd : undefined, env, stdin, stdout})))
  keepCompiled()
  giveBackAtRest()
  boundYoungGeneration()
  try {
    await opening?.listen()
    const {runIntent} = await import('./run-intent.js')
    await opening?.listen()
    return await runIntent(intent, options, opening)
  } finally {
    // An error takes it off again, and is told on the terminal as it was.
    await opening?.answered()
    opening?.close({header: true})
  }
}

/** Plain lines in place of a screen; the configuration is read for it only where it says something of them. */
async function wanted({flags, env, cwd}: ChatCommandOptions): Promise<boolean> {
  if (wantsLines(env, {flag: flags.screenReader})) return true
  if (flags.screenReader !== undefined || !mentionsLines(env)) return false
  const {loadConfig} = await import('../config/index.js')
  // What is wrong with it is told when it is read for good.
  const config = await loadConfig({cwd, env}).catch(() => undefined)
  return config?.values['ui.screenReader'] ?? false
}

async function open(options: OpeningOptions): Promise<Opening> {
  const {Opening} = await import('../tui/terminal/opening.js')
  return new Opening(options)
}
