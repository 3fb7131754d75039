import {parse} from 'shell-quote'

/**
 * Splits a line into words as a shell does, with quotes, escapes and variables of `env`. Pipes,
 * redirections and comments are refused: no shell runs the command.
 */
export function splitCommand(line: string, env: NodeJS.ProcessEnv): {words: string[]} | {problem: string} {
  const words: string[] = []
  for (const entry of parse(line, (name) => env[name] ?? '')) {
    if (typeof entry === 'string') words.push(entry)
    else if ('pattern' in entry) words.push(entry.pattern)
    else if ('comment' in entry) return {problem: 'a comment'}
    else return {problem: `the shell operator ${entry.op}`}
  }
  return {words}
}
