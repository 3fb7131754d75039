import path from 'node:path'

interface Ended {
  command: readonly string[]
  code: number | null
  ready: boolean
  stderrTail: readonly string[]
}

/** What can't be loaded, and what a person can do about it. */
export interface LoadFailure {
  /** `python-import:NAME`: of a module, or of the error. */
  cause: string
  summary: string
  remedy: string
}

const missing = /ModuleNotFoundError: No module named '?([\w.]+)'?|^\S+: No module named ([\w.]+)$/
const unreadable = /^((?:Syntax|Indentation|Import)Error)\b.*/

/**
 * A Python program that ended before it was ready since its module, or one that it needs, is not to be found or not to
 * be read: the folder or the interpreter is the wrong one, and the next try finds no more. Undefined for any other end.
 */
export function pythonLoadFailure({command, code, ready, stderrTail}: Ended): LoadFailure | undefined {
  const [program = ''] = command
  if (ready || !code || !isPython(program)) return undefined
  for (const line of stderrTail.toReversed()) {
    const found = missing.exec(line)
    const name = found?.[1] ?? found?.[2]
    if (name !== undefined) return {cause: `python-import:${name}`, ...ofModule(name, command, program)}
    const error = unreadable.exec(line)
    if (error) {
      const summary = `could not be loaded by ${program}: ${error[0].slice(0, 160)}`
      return {
        cause: `python-import:${error[1]}`,
        summary,
        remedy: 'Set HERMES_PYTHON to the interpreter that it is made for.',
      }
    }
  }
  return undefined
}

export const isPython = (program: string) => /^python(\d+(\.\d+)*)?(\.exe)?$/i.test(path.basename(program))

function ofModule(name: string, command: readonly string[], program: string): Pick<LoadFailure, 'summary' | 'remedy'> {
  const asked = command[command.indexOf('-m') + 1]
  const itself = command.includes('-m') && asked !== undefined && (asked === name || asked.startsWith(`${name}.`))
  const summary = `could not be loaded: ${program} finds no module ${name}`
  if (itself) {
    return {
      summary,
      remedy: `Set HERMES_PYTHON_SRC_ROOT to the folder that holds ${name.split('.')[0]}, or HERMES_PYTHON to the interpreter that has it.`,
    }
  }
  return {
    summary,
    remedy:
      'Set HERMES_PYTHON to the interpreter that has it (venv/bin/python; HERMES_PYTHON_SRC_ROOT finds it by itself).',
  }
}
