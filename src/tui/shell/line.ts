/** A line for the person's own shell begins with one `!`; with two it is text that begins with one. */
export function shellLine(text: string): string | undefined {
  const line = /^!(?!!)([\s\S]*)$/.exec(text.trimStart())?.[1]
  return line?.trim()
}

/** A line that runs, or the end of one. */
export interface RunningLine {
  id: string
  /** Live id of the session in which it was begun: another one may be open by now. */
  session: string
  command: string
  /** The newest of what it puts out. */
  preview: string
  /** UTC milliseconds. */
  startedAt: number
  stopping: boolean
}

/** As the model is told of it, where the person wants that. */
export function toldToModel(command: string, result: Record<string, unknown>): string {
  const output = typeof result.output === 'string' ? result.output.trimEnd() : ''
  const code = typeof result.exit_code === 'number' && result.exit_code !== 0 ? [`[exit ${result.exit_code}]`] : []
  const ended = result.interrupted === true ? ['[ended before it was done]'] : []
  return [`$ ${command}`, ...(output === '' ? [] : [output]), ...code, ...ended].join('\n')
}

/** The answer to `shell.exec` in the terms of the tool, also that of a gateway that knows output and errors apart. */
export function resultOf(answer: Record<string, unknown>): Record<string, unknown> {
  if (typeof answer.output === 'string' || answer.error !== undefined) {
    const {stdout, stderr, code, ...result} = answer
    return result
  }
  const parts = [answer.stdout, answer.stderr].filter((part) => typeof part === 'string' && part !== '')
  return {output: parts.join('\n'), ...(typeof answer.code === 'number' ? {exit_code: answer.code} : {})}
}
