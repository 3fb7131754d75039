import {visible, visibleLine} from '../../tui/text/visible.js'
import type {PermissionDenial} from './answer.js'

/** A longer rule is nothing to be copied from a line. */
const MAX_RULE_CHARS = 300

const MAX_REASON_CHARS = 300

/** What a hook says is nowhere else to be read; a rule stands in a file of the person's own. */
const byPlugin =
  /^(?:\w+: )?(?:denied by (?:plugin |your configuration: )|denied, as |(?:plugin \S+|your configuration) wants )/

/**
 * What the person is told of a call that was not allowed. The rule is one word of a shell, because it is there to be
 * copied: a model that writes a quote into its command must not have the rest of it run.
 */
export function denialNote({
  name,
  context,
  reason,
  would_allow: rule,
}: Omit<PermissionDenial, 'reason' | 'tool_id'> & {reason?: string}): string {
  const why = reason !== undefined && byPlugin.test(reason) ? `: ${visibleLine(reason, MAX_REASON_CHARS)}` : ''
  const what = `not allowed in this run: ${visibleLine(name)} ${visibleLine(context)}${why}`
  if (rule === undefined) return what
  return isCopyable(rule)
    ? `${what} (--allow '${rule.replaceAll("'", `'\\''`)}' would allow it)`
    : `${what} (--output-format json names the rule that would allow it, in permission_denials)`
}

/** A terminal shows it as it is, in one line. */
function isCopyable(rule: string): boolean {
  return (
    rule.length <= MAX_RULE_CHARS && !/[\n\t⟦⟧⇥·←]/.test(rule) && visible(rule).parts.every(({kind}) => kind === 'text')
  )
}
