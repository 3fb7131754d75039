import {confirm} from '../confirm.js'
import {exitCodes, HermesError} from '../errors.js'

/** Asks on the terminal, unless it was agreed to. Throws where there is none to ask on. */
export async function agree(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true
  if (process.stdin.isTTY && process.stderr.isTTY) return confirm(question)
  throw new HermesError('nothing is deleted unasked, and there is no terminal to ask on', {
    code: 'session/not-confirmed',
    exit: exitCodes.usage,
    suggestions: ['--yes deletes without asking'],
  })
}
