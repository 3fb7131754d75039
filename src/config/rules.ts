import type {RuleEffect} from '../permissions/types.js'
import {type LoadOptions, loadConfig, type Origin} from './load.js'

/** The rules that the configuration sets, and where each stands. */
export async function configuredRules(
  options: LoadOptions,
): Promise<{rules: {effect: RuleEffect; rule: string; from: string}[]; warnings: string[]}> {
  const {ruleOrigins, warnings} = await loadConfig(options)
  const rules = (['deny', 'ask', 'allow'] as const).flatMap((effect) =>
    [...ruleOrigins[`permissions.${effect}`]].map(([rule, origin]) => ({effect, rule, from: placeOf(origin)})),
  )
  return {rules, warnings}
}

function placeOf(origin: Origin): string {
  if (origin.kind === 'environment') return origin.variable
  return 'file' in origin ? origin.file : 'the command line'
}
