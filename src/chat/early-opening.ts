import {wantsLines} from '../tui/linear/wanted.js'
import {Opening} from '../tui/terminal/opening.js'
import {mentionsLines} from './shell-hooks/lines-configured.js'

/** Help and --print, alone or in a cluster of short flags, need no screen; what else looks like them can wait for one. */
const withoutScreen = /^(?:--(?:help|print|screen-reader)(?:=|$)|-[^-]*[hp])/

/** They open a session that has a folder already. */
const opensStored = /^(?:--(?:continue|resume)(?:=|$)|-[^-]*[cr])/

/**
 * Draws the screen before oclif is loaded, where the arguments of the process can only mean one. It is a bundle of its own,
 * which the launcher runs: the first frame is there in 1.3 times what a bare Node process takes to its first output,
 * where through oclif it takes 2.6 times. Undefined where the chat decides by itself.
 */
export function openEarly(version: string): Opening | undefined {
  const {argv, env, stdin, stdout} = process
  const [command, ...args] = argv.slice(2)
  if (command !== 'chat' || args.some((arg) => withoutScreen.test(arg)) || !stdin.isTTY || !stdout.isTTY) return
  if (wantsLines(env) || mentionsLines(env)) return
  const isNew = !args.some((arg) => opensStored.test(arg)) && !env.HERMES_TUI_RESUME
  return new Opening({version, cwd: isNew ? process.cwd() : undefined, env, stdin, stdout})
}
