import {oneLine} from '../../lifecycle/hook-runner.js'

/** Members in which tools say what they have to say, the most telling first. */
const telling = ['error', 'output', 'stdout', 'content', 'text', 'message', 'answer', 'user_response', 'result']

/** One line of at most 500 characters, for a hook: why it failed, else the last line of what it said, else its members. */
export function summaryOf(result: unknown): string {
  if (typeof result === 'string') return lastLine(result)
  if (typeof result !== 'object' || result === null) return ''
  const members = result as Record<string, unknown>
  for (const name of telling) {
    const value = members[name]
    if (typeof value === 'string' && value.trim() !== '') return lastLine(value)
  }
  const short = Object.entries(members).flatMap(([name, value]) =>
    typeof value === 'object' ? [] : [`${name}: ${String(value).slice(0, 100)}`],
  )
  return oneLine(short.join(', '))
}

/** No error is told, and no exit code but 0. */
export function wentWell(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return true
  const {error, exit_code: code} = result as {error?: unknown; exit_code?: unknown}
  return !error && (typeof code !== 'number' || code === 0)
}

function lastLine(text: string): string {
  return oneLine(text.slice(-2000).trimEnd().split('\n').at(-1) ?? '')
}
