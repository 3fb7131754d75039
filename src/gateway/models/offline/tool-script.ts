import type {ModelMessage, ToolCall} from '../types.js'
import type {Asked} from './request.js'

/** One step of an offline model that uses tools: something said, then a call, or an end. */
export interface ToolStep {
  say: string
  call: ToolCall | undefined
}

const DEMO_FILE = 'hermes-offline-demo.txt'
const DEMO_TEXT = 'Written by the offline model of hermes.\nIt is removed again in a moment.\n'

/**
 * What `offline/tools` does next, by the results that are there: writes a small file, reads it,
 * removes it, and says how that went. The prompt "run COMMAND" runs that command instead.
 */
export function nextToolStep(asked: Asked, available: ReadonlySet<string>): ToolStep {
  const {results} = asked
  const command = /^(?:run|\$)\s+(.+)$/s.exec(asked.prompt)?.[1]?.trim()
  const plan = command ? commandPlan(command) : demoPlan()
  const missing = plan.find((step) => !available.has(step.name))
  if (missing)
    return {say: `The tool ${missing.name} is not available, so there is nothing that I could show.`, call: undefined}

  const done = results.length
  const failed = results.find((result) => problemOf(result) !== undefined)
  const step = plan[done]
  if (failed || !step) return {say: summary(results, failed), call: undefined}
  return {say: step.say, call: {id: `offline_${asked.turn}_${done + 1}`, name: step.name, args: step.args}}
}

/** What `offline/clarify` does next: asks, then repeats the answer. */
export function nextClarifyStep(asked: Asked, available: ReadonlySet<string>): ToolStep {
  if (!available.has('clarify')) return {say: 'The tool clarify is not available, so I cannot ask.', call: undefined}
  const result = asked.results.at(-1)
  if (!result) {
    const args = {question: 'Which colour shall it be?', choices: ['red', 'green', 'blue']}
    return {say: 'I need to know something first.', call: {id: `offline_${asked.turn}_1`, name: 'clarify', args}}
  }
  const answer = field(result.result, 'user_response')
  const said =
    typeof answer === 'string' && answer !== '' ? `You answered: ${answer}` : 'You did not answer, and that is fine.'
  return {say: said, call: undefined}
}

interface PlannedCall {
  say: string
  name: string
  args: Record<string, unknown>
}

function demoPlan(): PlannedCall[] {
  return [
    {
      say: `I write the file ${DEMO_FILE}; you are asked first.`,
      name: 'write_file',
      args: {path: DEMO_FILE, content: DEMO_TEXT},
    },
    {say: 'I read it back; reading needs no permission.', name: 'read_file', args: {path: DEMO_FILE}},
    {
      say: 'I remove it with a command; you are asked again.',
      name: 'terminal',
      args: {command: `rm -- ${DEMO_FILE} && echo removed`},
    },
  ]
}

function commandPlan(command: string): PlannedCall[] {
  return [{say: 'I run that command.', name: 'terminal', args: {command}}]
}

function summary(results: readonly ToolMessage[], failed: ToolMessage | undefined): string {
  if (failed) return `I stopped at ${failed.name}: ${problemOf(failed)}`
  const last = results.at(-1)
  const output = last ? field(last.result, 'output') : undefined
  const names = results.map((result) => result.name).join(', ')
  return `Done, with ${names}.${typeof output === 'string' && output.trim() ? `\n\n${output.trim()}` : ''}`
}

type ToolMessage = Extract<ModelMessage, {role: 'tool'}>

function problemOf(message: ToolMessage): string | undefined {
  const error = field(message.result, 'error')
  if (typeof error === 'string' && error !== '') return error
  return message.result === undefined ? 'its outcome is unknown' : undefined
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
