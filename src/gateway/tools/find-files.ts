import path from 'node:path'
import {defineTool} from './define.js'
import {createLineMatcher} from './line-matcher.js'
import {resolvePath, shownPath} from './paths.js'
import {readTextFile} from './text-file.js'
import type {Tool} from './types.js'
import {walk} from './walk.js'

const DEFAULT_ENTRIES = 200
const MAX_ENTRIES = 2000
/** Entries looked at in one call; a home directory has millions. */
const MAX_VISITED = 50_000
const MAX_SEARCHED_BYTES = 2 * 1024 * 1024
const MAX_MATCHES = 500
const DEFAULT_MATCHES = 100

export function createListFiles(): Tool {
  return defineTool({
    name: 'list_files',
    toolset: 'file',
    description: 'Lists files and directories below a directory, without node_modules and .git. Directories end in /.',
    idempotent: true,
    arguments: {
      path: {type: 'string', description: 'Directory (default: the working directory)'},
      pattern: {type: 'string', description: 'Glob for the path, as *.ts or src/**/*.md', minLength: 1, maxLength: 500},
      depth: {type: 'integer', description: 'How deep to go (default 3; 20 with a pattern)', minimum: 1, maximum: 20},
      limit: {
        type: 'integer',
        description: `At most so many (default ${DEFAULT_ENTRIES})`,
        minimum: 1,
        maximum: MAX_ENTRIES,
      },
    },
    context: ({path: folder, pattern}) => [folder ?? '.', pattern].filter(Boolean).join(' '),
    async run({path: given = '.', pattern, depth, limit = DEFAULT_ENTRIES}, {cwd, signal}) {
      const root = resolvePath(cwd, given || '.')
      const matches = matcher(pattern)
      const found: string[] = []
      let visited = 0
      let truncated = false
      for await (const entry of walk(root, signal, (depth ?? (pattern ? 20 : 3)) - 1)) {
        if (++visited > MAX_VISITED || found.length >= limit) {
          truncated = true
          break
        }
        if (pattern && !entry.file) continue
        if (matches(entry.relative)) found.push(entry.file ? entry.relative : `${entry.relative}/`)
      }
      return {
        path: shownPath(cwd, root),
        entries: found,
        ...(truncated ? {truncated: true, hint: 'there is more: name a directory or a pattern'} : {}),
        ...(signal.aborted ? {interrupted: true} : {}),
      }
    },
  })
}

export function createSearchFiles(): Tool {
  return defineTool({
    name: 'search_files',
    toolset: 'file',
    description: 'Searches text files below a directory for a text or regular expression, line by line.',
    idempotent: true,
    arguments: {
      query: {type: 'string', description: 'What to look for', required: true, minLength: 1, maxLength: 1000},
      regex: {type: 'boolean', description: 'The query is a regular expression (default false)'},
      ignore_case: {type: 'boolean', description: 'Upper and lower case are the same (default false)'},
      path: {type: 'string', description: 'Directory (default: the working directory)'},
      pattern: {type: 'string', description: 'Glob for the files, as *.ts', minLength: 1, maxLength: 500},
      limit: {
        type: 'integer',
        description: `At most so many lines (default ${DEFAULT_MATCHES})`,
        minimum: 1,
        maximum: MAX_MATCHES,
      },
    },
    context: ({query, path: folder}) => `${JSON.stringify(query ?? '')}${folder ? ` in ${folder}` : ''}`,
    async run(
      {query, regex = false, ignore_case = false, path: given = '.', pattern, limit = DEFAULT_MATCHES},
      {cwd, signal},
    ) {
      const matchLines = createLineMatcher(query, {regex, ignoreCase: ignore_case})
      if (typeof matchLines === 'string') return {error: `search_files: ${matchLines}`}
      const root = resolvePath(cwd, given || '.')
      const wanted = matcher(pattern)
      const matches: {file: string; line: number; text: string}[] = []
      let files = 0
      let visited = 0
      let truncated = false
      for await (const entry of walk(root, signal)) {
        if (++visited > MAX_VISITED) {
          truncated = true
          break
        }
        if (!entry.file || !wanted(entry.relative)) continue
        // Unreadable, binary and huge files are no place to find text in.
        const file = await readTextFile(entry.absolute, MAX_SEARCHED_BYTES).catch(() => undefined)
        if (!file || !('text' in file)) continue
        files++
        // One more than wanted tells that there is more.
        const found = matchLines(file.text, limit - matches.length + 1)
        matches.push(...found.map((match) => ({file: entry.relative, ...match})))
        if (matches.length > limit) {
          matches.length = limit
          truncated = true
          break
        }
      }
      return {
        path: shownPath(cwd, root),
        matches,
        files_searched: files,
        ...(truncated ? {truncated: true, hint: 'there is more: narrow the query, path or pattern'} : {}),
        ...(signal.aborted ? {interrupted: true} : {}),
      }
    },
  })
}

/** Tests a path against a glob; a glob without `/` counts for the name alone. */
function matcher(pattern: string | undefined): (relative: string) => boolean {
  if (!pattern) return () => true
  if (!pattern.includes('/')) return (relative) => path.posix.matchesGlob(path.posix.basename(relative), pattern)
  return (relative) => path.posix.matchesGlob(relative, pattern.replace(/^\.\//, ''))
}
