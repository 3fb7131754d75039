import {defineTool} from '../../define.js'
import type {Tool, ToolContext} from '../../types.js'
import {decode} from '../encoding.js'
import {type Located, locate} from '../locate.js'
import {openFile, readWhole} from '../open-file.js'
import {createGlobMatcher} from './glob.js'
import {createLineMatcher, type LineMatch} from './line-matcher.js'
import {type WalkReport, walk} from './walk.js'

const DEFAULT_ENTRIES = 200
const MAX_ENTRIES = 2000
/** Entries looked at in one call. */
const MAX_VISITED = 50_000
const MAX_SEARCHED_BYTES = 2 * 1024 * 1024
const MAX_MATCHES = 500
const DEFAULT_MATCHES = 100

const includeIgnored = {type: 'boolean', description: 'Also what a .gitignore names (default false)'} as const

export function createListFiles(): Tool {
  return defineTool({
    name: 'list_files',
    toolset: 'file',
    description:
      'Lists files and directories below a directory, without node_modules, .git and what a .gitignore names. Directories end in /.',
    idempotent: true,
    readsOnly: true,
    asksLeave: true,
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
      ignored: includeIgnored,
    },
    context: ({path: folder, pattern}) => [folder ?? '.', pattern].filter(Boolean).join(' '),
    async run({path: given, pattern, depth, limit = DEFAULT_ENTRIES, ignored = false}, context) {
      const matches = await createGlobMatcher(pattern)
      const root = await rootOf('list_files', given, context)
      if ('refusal' in root) return root.refusal
      const report: WalkReport = {truncated: false, hidden: 0, ignored: 0}
      const options = {...(await walkOptions(context, root, ignored)), depth: (depth ?? (pattern ? 20 : 3)) - 1}
      const found: string[] = []
      for await (const entries of walk(root.path, options, report)) {
        const wanted = pattern ? entries.filter(({kind}) => kind !== 'folder') : entries
        const matched = matches(wanted.map(({relative}) => relative))
        for (const [index, {relative, kind}] of wanted.entries()) {
          if (matched[index]) found.push(kind === 'folder' ? `${relative}/` : relative)
        }
        if (found.length > limit) break
      }
      const more = report.truncated || found.length > limit
      return {
        path: root.shown,
        entries: found.slice(0, limit),
        ...leftOut(report),
        ...(more ? {truncated: true, hint: 'there is more: name a directory or a pattern'} : {}),
        ...(context.signal.aborted ? {interrupted: true} : {}),
      }
    },
  })
}

export function createSearchFiles(): Tool {
  return defineTool({
    name: 'search_files',
    toolset: 'file',
    description:
      'Searches text files below a directory for a text or regular expression, line by line, without what a .gitignore names.',
    idempotent: true,
    readsOnly: true,
    asksLeave: true,
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
      ignored: includeIgnored,
    },
    context: ({query, path: folder}) => `${JSON.stringify(query ?? '')}${folder ? ` in ${folder}` : ''}`,
    async run(args, context) {
      const {query, regex = false, ignore_case = false, path: given, pattern, limit = DEFAULT_MATCHES} = args
      const matchLines = createLineMatcher(query, {regex, ignoreCase: ignore_case})
      if (typeof matchLines === 'string') return {error: `search_files: ${matchLines}`}
      const matchPaths = await createGlobMatcher(pattern)
      const root = await rootOf('search_files', given, context)
      if ('refusal' in root) return root.refusal
      const report: WalkReport = {truncated: false, hidden: 0, ignored: 0}
      const matches: ({file: string} & LineMatch)[] = []
      let files = 0
      for await (const entries of walk(root.path, await walkOptions(context, root, args.ignored ?? false), report)) {
        // A link may lead anywhere; what it leads to in here is found there.
        const named = entries.filter(({kind}) => kind === 'file')
        const wanted = matchPaths(named.map(({relative}) => relative))
        for (const {relative, absolute} of named.filter((_, index) => wanted[index])) {
          if (matches.length > limit || context.signal.aborted) break
          const text = await searchable(absolute)
          if (text === undefined) continue
          files++
          // One more than wanted tells that there is more.
          const found = matchLines(text, limit - matches.length + 1)
          matches.push(...found.map((match) => ({file: relative, ...match})))
        }
        if (matches.length > limit) break
      }
      const more = report.truncated || matches.length > limit
      return {
        path: root.shown,
        matches: matches.slice(0, limit),
        files_searched: files,
        ...leftOut(report),
        ...(more ? {truncated: true, hint: 'there is more: narrow the query, path or pattern'} : {}),
        ...(context.signal.aborted ? {interrupted: true} : {}),
      }
    },
  })
}

/** The folder that is meant, once it may be read. */
async function rootOf(
  tool: string,
  given: string | undefined,
  context: ToolContext,
): Promise<Located | {refusal: Record<string, unknown>}> {
  const root = await locate(context.cwd, given || '.')
  if (root.kind === 'missing') return {refusal: {error: `${tool}: ${given}: no such directory (ENOENT)`}}
  if (root.kind !== 'folder') return {refusal: {error: `${tool}: ${given} is not a directory`}}
  const verb = tool === 'list_files' ? 'List' : 'Search'
  const permit = await context.permit({access: {tool: 'read', path: root.path}, title: `${verb} ${root.shown}`})
  return permit.allowed ? root : {refusal: {error: `${tool}: ${permit.reason}`, denied: true}}
}

async function walkOptions({signal, hiddenBelow}: ToolContext, root: Located, ignored: boolean) {
  return {
    signal,
    limit: MAX_VISITED,
    isHidden: (await hiddenBelow?.(root.path)) ?? (() => false),
    isIgnored: ignored ? () => false : await (await import('./gitignore.js')).gitIgnore(root.path),
  }
}

function leftOut({hidden, ignored}: WalkReport): Record<string, unknown> {
  return {
    ...(hidden > 0 ? {secret_files_left_out: hidden} : {}),
    ...(ignored > 0 ? {ignored_left_out: ignored} : {}),
  }
}

/** The text of a file; undefined for one that is unreadable, binary or huge, or that was replaced meanwhile. */
async function searchable(absolute: string): Promise<string | undefined> {
  try {
    const opened = await openFile(absolute)
    try {
      if (opened.size > MAX_SEARCHED_BYTES) return undefined
      const bytes = await readWhole(opened, MAX_SEARCHED_BYTES)
      return bytes && decode(bytes)?.text
    } finally {
      await opened.file.close()
    }
  } catch {
    return undefined
  }
}
