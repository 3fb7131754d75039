import type {Access, Decision} from '../types.js'
import {offersFor} from './offers.js'
import {type VerdictContext, verdictOn} from './verdict.js'

export interface DecisionContext extends VerdictContext {
  /** False where nobody can be asked, as in print mode. */
  interactive: boolean
}

/** What the model is told where nobody could be asked; of a person's no it is told as such. */
export const notAllowedInThisRun = 'not allowed in this run'

/**
 * Decides an access by rules, workspace and mode.
 *
 * 1. A deny rule denies. In `plan` mode so is everything that is not proved to only read.
 * 2. An ask rule asks, in `bypass` too: whoever wrote it meant this very case. So does a line in which a deny or ask
 *    rule may be hidden, but for the exact text that a rule allows.
 * 3. An allow rule allows.
 * 4. What only reads inside the workspace, secrets excepted, is allowed; a command of that kind with `run`.
 * 5. `accept-edits` allows writing inside the workspace, `bypass` everything that is left.
 * 6. The rest asks; where nobody can be asked it is denied, with the rule that would have allowed it.
 */
export async function decide(access: Access, context: DecisionContext): Promise<Decision> {
  const verdict = await verdictOn(access, context)
  if (verdict.verdict !== 'ask' || context.interactive) return verdict
  const hint = (await offersFor(access, context))[0]?.rule
  const {rule} = verdict
  return {verdict: 'deny', by: 'run', why: notAllowedInThisRun, ...(rule ? {rule} : {}), ...(hint ? {hint} : {})}
}
