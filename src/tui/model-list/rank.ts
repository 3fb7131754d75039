import {fuzzyRank} from '../../fuzzy.js'

/** Models that fit what was typed, the best first. */
export function rankModels<T extends {label: string; detail: string}>(choices: readonly T[], filter: string): T[] {
  return fuzzyRank(filter, choices, ({label, detail}) => [label, `${label} ${detail}`])
}
