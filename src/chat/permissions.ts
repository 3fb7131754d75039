import {statSync} from 'node:fs'
import path from 'node:path'
import {exitCodes, HermesError} from '../errors.js'
import {parseRule} from '../permissions/rules/rule.js'
import type {RunPermissions} from '../permissions/run-permissions.js'
import type {ChatFlags} from './intent.js'

/** What the flags say about permissions. Throws a HermesError `usage/…` that names the flag and the value. */
export function runPermissions(
  flags: Pick<ChatFlags, 'permissionMode' | 'allow' | 'addDirs'>,
  {cwd, interactive}: {cwd: string; interactive: boolean},
): RunPermissions {
  const allow = (flags.allow ?? []).map((text) => {
    const parsed = parseRule(text, 'allow')
    if ('rule' in parsed) return parsed.rule.text
    throw new HermesError(`--allow ${text}: ${parsed.problem.problem}`, {
      code: 'usage/bad-rule',
      exit: exitCodes.usage,
      suggestions: [parsed.problem.remedy],
    })
  })
  const addDirs = (flags.addDirs ?? []).map((given) => {
    const folder = path.resolve(cwd, given)
    if (statSync(folder, {throwIfNoEntry: false})?.isDirectory()) return folder
    throw new HermesError(`--add-dir ${given}: there is no such folder: ${folder}`, {
      code: 'usage/no-folder',
      exit: exitCodes.usage,
    })
  })
  return {mode: flags.permissionMode, allow, addDirs, interactive}
}

type ForBuiltIn =
  | 'permissionMode'
  | 'allow'
  | 'addDirs'
  | 'maxSteps'
  | 'maxTurns'
  | 'systemPrompt'
  | 'appendSystemPrompt'

/**
 * Another gateway decides by rules and a prompt of its own: to drop a flag that narrows what it may do, or says what it
 * is to do, would be worse than to refuse it.
 */
export function refuseForOtherGateway(flags: Pick<ChatFlags, ForBuiltIn>) {
  const given = Object.entries({
    '--permission-mode': flags.permissionMode,
    '--allow': flags.allow,
    '--add-dir': flags.addDirs,
    '--max-steps': flags.maxSteps,
    '--max-turns': flags.maxTurns,
    '--system-prompt': flags.systemPrompt,
    '--append-system-prompt': flags.appendSystemPrompt,
  }).find(([, value]) => value !== undefined)
  if (!given) return
  const own = given[0].endsWith('system-prompt') ? 'has instructions of its own' : 'decides by rules of its own'
  throw new HermesError(`${given[0]} is for the built-in gateway; this one ${own}`, {
    code: 'usage/other-gateway',
    exit: exitCodes.usage,
    suggestions: [`leave ${given[0]} out, or gateway.command and --gateway-command`],
  })
}

/** An agent of the Agent Client Protocol decides by our rules, but has steps and instructions of its own. */
export function refuseForAgent(
  flags: Pick<ChatFlags, 'maxSteps' | 'maxTurns' | 'systemPrompt' | 'appendSystemPrompt'>,
) {
  const given = Object.entries({
    '--max-steps': flags.maxSteps,
    '--max-turns': flags.maxTurns,
    '--system-prompt': flags.systemPrompt,
    '--append-system-prompt': flags.appendSystemPrompt,
  }).find(([, value]) => value !== undefined)
  if (!given) return
  throw new HermesError(`${given[0]} is for the built-in gateway; an agent has steps and instructions of its own`, {
    code: 'usage/agent',
    exit: exitCodes.usage,
    suggestions: [`leave ${given[0]} out, or --agent`],
  })
}
