import {visibleLine} from '../../text/visible.js'
import {field, numberField, textField} from './fields.js'
import {startedSaid} from './jobs.js'
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
  if (output === undefined && code === undefined) return {...told, ...startedSaid(result)}
  const facts = [
    ...(field(result, 'timed_out') === true
      ? ['timed out']
      : field(result, 'interrupted') === true
        ? ['interrupted']
        : []),
    ...(signal === undefined ? [] : [`ended by ${signal}`]),
    ...(code === undefined || code === 0 ? [] : [`exit ${code}`]),
    ...(field(result, 'wanted_input') === undefined ? [] : ['asked for input, and got none']),
  ]
  const failed = facts.length > 0 || error !== undefined
  const where = field(result, 'sandboxed') === true ? ['in the sandbox'] : []
  const text = output?.trim() || (failed ? (error?.replace(/^terminal: /, '') ?? '') : '')
  return {
    ...told,
    verb: 'Ran',
    facts: [...facts, ...where, ...leftFacts(result), ...outputFacts(result)],
    failed,
    ...(text === '' ? {} : {body: {kind: 'text', text, shows: failed ? 'tail' : 'head'}}),
  }
}

/** Which file has all that it put out, or all until nobody saw it any more. */
export function outputFacts(result: unknown): string[] {
  const file = textField(result, 'output_file')
  return file === undefined ? [] : [`output in ${visibleLine(file, 300)}`]
}

function leftFacts(result: unknown): string[] {
  const left = field(result, 'left_running')
  if (!Array.isArray(left) || left.length === 0) return []
  return [`${left.length} ${left.length === 1 ? 'process goes' : 'processes go'} on`]
}

/** Than a line can show of it. */
function isMore(command: string, context: string): boolean {
  return command.trim().includes('\n') || command.trim().length > Math.max(context.length, 60)
}
