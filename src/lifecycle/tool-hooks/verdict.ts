// Also loaded by the process of a plugin, from source: it imports types alone.

/**
 * What a hook of `tool:before` answers where it has something to say: `deny` keeps the tool from running, `ask` has the
 * person asked, each with the reason. Nothing leaves the call to rules and mode, which it can't loosen.
 */
export type ToolVerdict = {readonly deny: string} | {readonly ask: string}

/** More of a reason is cut, characters. */
const MAX_REASON = 500

const expected = 'expected {deny: "why"}, {ask: "why"}, or nothing'

/** What a hook answered; `wrong` says what it is instead. */
export function readVerdict(answer: unknown): {verdict: ToolVerdict | undefined} | {wrong: string} {
  if (answer === undefined || answer === null) return {verdict: undefined}
  if (typeof answer !== 'object' || Array.isArray(answer)) {
    const shown = Array.isArray(answer) ? 'a list' : `${typeof answer} ${JSON.stringify(answer) ?? ''}`.trim()
    return {wrong: `answered ${shown.slice(0, 100)}; ${expected}`}
  }
  const names = Object.keys(answer)
  const [name] = names
  if (names.length !== 1 || (name !== 'deny' && name !== 'ask')) {
    const said = names.map((each) => JSON.stringify(each)).join(', ')
    return {wrong: `answered an object with ${said.slice(0, 100) || 'nothing in it'}; ${expected}`}
  }
  const reason: unknown = (answer as Record<string, unknown>)[name]
  if (typeof reason !== 'string') return {wrong: `answered "${name}" that is ${typeof reason}; ${expected}`}
  const text = reason.trim().slice(0, MAX_REASON).toWellFormed() || 'no reason given'
  return {verdict: name === 'deny' ? {deny: text} : {ask: text}}
}

interface Said {
  kind: 'deny' | 'ask'
  plugin: string
  reason: string
}

/** What all hooks together say of a call. */
export interface ToolDecision {
  /** The strictest of all: a deny goes before what asks, and of two the one whose plugin was there first. */
  verdict: Said | undefined
  /** Whose hook could not say: it threw, hung, answered something else, or is switched off. */
  failed: {plugin: string; message: string}[]
}

export interface AnsweredHook {
  plugin: string
  outcome: {verdict: ToolVerdict | undefined} | {failed: string}
}

export function decisionOf(answers: readonly AnsweredHook[]): ToolDecision {
  const said = answers.flatMap(({plugin, outcome}): Said[] => {
    if ('failed' in outcome || !outcome.verdict) return []
    const {verdict} = outcome
    return 'deny' in verdict
      ? [{kind: 'deny', plugin, reason: verdict.deny}]
      : [{kind: 'ask', plugin, reason: verdict.ask}]
  })
  return {
    verdict: said.find(({kind}) => kind === 'deny') ?? said[0],
    failed: answers.flatMap(({plugin, outcome}) => ('failed' in outcome ? [{plugin, message: outcome.failed}] : [])),
  }
}
