import {parse} from 'shell-quote'
import {isWindows} from '../platform.js'

/**
 * Splits a line into words as a shell does, with quotes, escapes and variables of `env`. Pipes,
 * redirections, patterns and comments are refused: no shell runs the command.
 */
export function splitCommand(line: string, env: NodeJS.ProcessEnv): {words: string[]} | {problem: string} {
  // On Windows a backslash parts folders; to a shell it quotes the next character.
  const source = isWindows ? line.replaceAll('\\', '\\\\') : line
  if (hasOpenQuote(source)) return {problem: 'an open quote'}
  const words: string[] = []
  for (const entry of parse(source, (name) => env[name] ?? '')) {
    if (typeof entry === 'string') words.push(entry)
    else if ('pattern' in entry) return {problem: `the pattern ${entry.pattern}`}
    else if ('comment' in entry) return {problem: `a comment (#${entry.comment})`}
    else return {problem: `the shell operator ${entry.op}`}
  }
  return {words}
}

/** shell-quote takes an unclosed quote for a closed one. */
function hasOpenQuote(line: string): boolean {
  let open: string | undefined
  for (let i = 0; i < line.length; i++) {
    const char = line[i]
    if (char === '\\' && open !== "'") i++
    else if (open) open = char === open ? undefined : open
    else if (char === "'" || char === '"') open = char
  }
  return open !== undefined
}
