import type {ToolContext} from '../types.js'
import {decode} from './encoding.js'
import type {Located} from './locate.js'
import {MAX_WHOLE_BYTES, openFile, readWhole} from './open-file.js'
import {boundedDiff, unifiedDiff} from './unified-diff.js'
import {versionOf} from './versions.js'

/** Of what a command says so much is told, characters: its beginning, and of its end twice as much. */
const HEAD_CHARS = 1000
const TAIL_CHARS = 2000

/** Of what it changed in the file. */
const TOLD_DIFF = {lines: 100, chars: 5000}

/** What a command said of a file. */
interface Said {
  command: string
  exit_code?: unknown
  output?: string
  error?: string
}

/**
 * Runs what the configuration names for a file that was just written: formatters, checkers. What one of them changes in the
 * file is told, and known from then on, so that the next edit is not refused as one of an old version. `written`: the
 * content. Never rejects for what a command does.
 */
export async function afterEdit(
  target: Located,
  written: {version: string; text: string},
  context: ToolContext,
): Promise<{version?: string; after_edit?: Said[]; reformatted?: string}> {
  const commands = Object.entries(context.afterEdit?.commands ?? {})
  if (commands.length === 0) return {}
  const said: Said[] = []
  for (const [glob, words] of commands) {
    if (context.signal.aborted || !(await isMeant(glob, target.path, context.cwd))) continue
    said.push(await run(wordsFor(words, target.path), context))
  }
  if (said.length === 0) return {}
  const now = await contentOf(target)
  if (now === undefined) return {after_edit: said}
  const version = await versionOf(now)
  if (version === written.version) return {after_edit: said}
  context.reads.set(target.path, version)
  const diff = await unifiedDiff(written.text, (decode(now)?.text ?? '').replaceAll('\r\n', '\n'))
  return {version, after_edit: said, reformatted: boundedDiff(diff, TOLD_DIFF)}
}

/** `{file}` is the file; where no word is, it is the last one. */
export function wordsFor(words: readonly string[], file: string): string[] {
  const placed = words.map((word) => word.replaceAll('{file}', () => file))
  return words.some((word) => word.includes('{file}')) ? placed : [...placed, file]
}

/** A glob is for paths below the working directory; one without `/` for the name alone, wherever the file is. */
async function isMeant(glob: string, file: string, cwd: string): Promise<boolean> {
  const [{createGlobMatcher}, {realpath}, path] = await Promise.all([
    import('./find/glob.js'),
    import('node:fs/promises'),
    import('node:path'),
  ])
  const relative = path.relative(await realpath(cwd), file)
  const outside = relative.startsWith('..') || path.isAbsolute(relative)
  const [matches] = (await createGlobMatcher(glob))([
    outside ? path.basename(file) : relative.replaceAll(path.sep, '/'),
  ])
  return matches === true && !(outside && glob.includes('/'))
}

async function run(words: readonly string[], context: ToolContext): Promise<Said> {
  const [program = '', ...args] = words
  const command = words.map(quoted).join(' ')
  const {cwd, env, signal, progress, afterEdit: {timeoutMs} = {timeoutMs: 0}} = context
  try {
    const refused = await refusalOf(command, context)
    if (refused !== undefined) return {command, error: `not run: ${refused}`}
    const {runCommand} = await import('../command/run.js')
    const result = await runCommand({command: {program, args}, cwd, env, timeoutMs, signal, progress})
    const {output, exit_code, error} = result
    return {
      command,
      ...(exit_code === undefined ? {} : {exit_code}),
      ...(typeof output === 'string' && output !== '' ? {output: bounded(output)} : {}),
      ...(typeof error === 'string' ? {error: error.replace(/^terminal: /, '')} : {}),
    }
  } catch (error) {
    return {command, error: error instanceof Error ? error.message : String(error)}
  }
}

/** Who wrote it into their configuration is asked only where a rule of theirs says so. */
async function refusalOf(command: string, context: ToolContext): Promise<string | undefined> {
  const verdict = (await context.unasked?.(command)) ?? 'allow'
  if (verdict === 'allow') return undefined
  if (verdict !== 'ask') return verdict.denied
  const access = {tool: 'bash' as const, command, cwd: context.cwd}
  const permit = await context.permit({access, title: 'Run a command after the edit'})
  await (permit.allowed ? permit.proved?.release() : undefined)
  return permit.allowed ? undefined : permit.reason
}

function bounded(output: string): string {
  const left = output.length - HEAD_CHARS - TAIL_CHARS
  if (left <= 0) return output
  const [head, tail] = [output.slice(0, HEAD_CHARS), output.slice(-TAIL_CHARS)]
  return `${head}\n… [${left} characters left out] …\n${tail}`.toWellFormed()
}

/** Undefined: it is gone, or grew too large. */
async function contentOf({path}: Located): Promise<Buffer | undefined> {
  try {
    const opened = await openFile(path)
    try {
      return await readWhole(opened, MAX_WHOLE_BYTES)
    } finally {
      await opened.file.close()
    }
  } catch {
    return undefined
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
