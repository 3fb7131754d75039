import {defineTool} from './define.js'
import {resolvePath, shownPath} from './paths.js'
import {readTextFile} from './text-file.js'
import type {Tool} from './types.js'

const MAX_FILE_BYTES = 20 * 1024 * 1024
const DEFAULT_LINES = 2000
/** What one call may return; about 25 000 tokens. */
const MAX_RESULT_CHARS = 100_000
const MAX_LINE_CHARS = 4000

export function createReadFile(): Tool {
  return defineTool({
    name: 'read_file',
    toolset: 'file',
    description: 'Reads a text file. Long files come in pieces: use offset and limit to read on.',
    idempotent: true,
    arguments: {
      path: {type: 'string', description: 'Path of the file', required: true, minLength: 1},
      offset: {
        type: 'integer',
        description: 'First line to read, from 1 (default 1)',
        minimum: 1,
        maximum: 100_000_000,
      },
      limit: {type: 'integer', description: `Number of lines (default ${DEFAULT_LINES})`, minimum: 1, maximum: 20_000},
    },
    context: ({path, offset}) => `${path ?? ''}${offset ? `:${offset}` : ''}`,
    async run({path, offset = 1, limit = DEFAULT_LINES}, {cwd}) {
      const absolute = resolvePath(cwd, path)
      const file = await readTextFile(absolute, MAX_FILE_BYTES)
      if ('error' in file) return {error: `read_file: ${path}: ${file.error}`}
      const lines = linesOf(file.text)
      if (offset > Math.max(1, lines.length)) {
        return {error: `read_file: ${path} has ${lines.length} lines, so there is no line ${offset}`}
      }
      const taken = take(lines, offset - 1, limit)
      const next = offset + taken.count
      const more = next <= lines.length
      return {
        path: shownPath(cwd, absolute),
        content: taken.text,
        first_line: offset,
        last_line: next - 1,
        total_lines: lines.length,
        bytes: file.bytes,
        ...(more ? {truncated: true, hint: `read on with offset ${next}`} : {}),
      }
    },
  })
}

/** Lines without their ends; a final newline does not make another line. */
function linesOf(text: string): string[] {
  if (text === '') return []
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function take(lines: readonly string[], from: number, limit: number): {text: string; count: number} {
  const taken: string[] = []
  let length = 0
  for (const line of lines.slice(from, from + limit)) {
    const shown =
      line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}… [line of ${line.length} characters cut]` : line
    if (taken.length > 0 && length + shown.length > MAX_RESULT_CHARS) break
    taken.push(shown)
    length += shown.length + 1
  }
  return {text: taken.join('\n'), count: taken.length}
}
