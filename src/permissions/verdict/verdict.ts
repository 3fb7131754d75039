import {activeRules} from '../rules/active-rules.js'
import type {Access, ActiveRule, Decision} from '../types.js'
import {type CommandContext, commandVerdict} from './command-verdict.js'
import {fetchVerdict} from './fetch-verdict.js'
import {fileVerdict} from './file-verdict.js'
import {mcpVerdict} from './mcp-verdict.js'

export interface VerdictContext extends CommandContext {
  rules: readonly ActiveRule[]
}

/** What rules and mode say of an access where somebody can be asked. Deny goes before ask, ask before allow. */
export async function verdictOn(access: Access, context: VerdictContext): Promise<Decision> {
  const rules = await activeRules(context.rules, context.workspace)
  if (access.tool === 'bash') return commandVerdict(access, context, rules)
  if (access.tool === 'mcp') return mcpVerdict(access, context, rules)
  return access.tool === 'fetch' ? fetchVerdict(access, context, rules) : fileVerdict(access, context, rules)
}
