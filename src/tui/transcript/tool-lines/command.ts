import {field, numberField, textField} from './fields.js'
import type {ToolCall, ToolSaid} from './line.js'

/** `Ran npm test · exit 1`: of one that failed the end of its output is shown, where the reason stands. */
export function commandSaid({args, result, context}: ToolCall): ToolSaid {
  const command = textField(args, 'command')
  const output = textField(result, 'output', 'stdout')
  const code = numberField(result, 'exit_code')
  const signal = textField(result, 'signal')
  const error = textField(result, 'error') || undefined
  const told = {
    ...(command === undefined ? {} : {subject: command, ...(isMore(command, context) ? {input: command} : {})}),
  }
  if (output === undefined && code === undefined) return told
  const facts = [
    ...(field(result, 'timed_out') === true
      ? ['timed out']
      : field(result, 'interrupted') === true
        ? ['interrupted']
        : []),
    ...(signal === undefined ? [] : [`ended by ${signal}`]),
    ...(code === undefined || code === 0 ? [] : [`exit ${code}`]),
  ]
  const failed = facts.length > 0 || error !== undefined
  const text = output?.trim() || (failed ? (error?.replace(/^terminal: /, '') ?? '') : '')
  return {
    ...told,
    verb: 'Ran',
    facts,
    failed,
    ...(text === '' ? {} : {body: {kind: 'text', text, shows: failed ? 'tail' : 'head'}}),
  }
}

/** Than a line can show of it. */
function isMore(command: string, context: string): boolean {
  return command.trim().includes('\n') || command.trim().length > Math.max(context.length, 60)
}
