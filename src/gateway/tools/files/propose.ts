import type {ToolContext} from '../types.js'
import {type Decoded, encode} from './encoding.js'
import type {Existing} from './existing.js'
import {type Located, placeOf} from './locate.js'
import {boundedDiff, MAX_DIFF_CHARS, unifiedDiff} from './unified-diff.js'
import {versionOf} from './versions.js'
import {writeApproved} from './write-approved.js'

/** Of a diff in a result, which the model reads as well; about 3000 tokens. */
const RESULT_DIFF = {lines: 200, chars: 10_000}
/** What a person is shown before they are asked. */
const ASKED_DIFF = {lines: Number.POSITIVE_INFINITY, chars: MAX_DIFF_CHARS}

export interface Proposal {
  tool: string
  target: Located
  /** Undefined: the file is new. */
  before: Existing | undefined
  after: Decoded
  /** The texts to be compared, with `\n` alone where both have the same line ends; `before` of a binary file is empty. */
  compared: {before: string; after: string}
}

/** Shows a change, asks leave for it, makes it, and says what was done: the only way in which a file is written. */
export async function propose(proposal: Proposal, context: ToolContext): Promise<Record<string, unknown>> {
  const {tool, target, before, compared} = proposal
  const content = encode(proposal.after)
  if (typeof content === 'string') return {error: `${tool}: ${target.shown}: ${content}; nothing was written`}
  const place = await placeOf(target.path)
  const diff = await unifiedDiff(compared.before, compared.after)
  const binary = before !== undefined && before.decoded === undefined
  if (binary) diff.lines.unshift(`\\ The old content is binary, ${before.bytes} bytes, and is not shown`)
  const permit = await context.permit({
    access: {tool: 'edit', path: target.path},
    title: titleOf(proposal),
    diff: boundedDiff(diff, ASKED_DIFF),
  })
  if (!permit.allowed) return {error: `${tool}: ${permit.reason}`, denied: true}
  if (context.signal.aborted) return {error: `${tool}: interrupted before anything was written`, interrupted: true}
  const written = await context.checkpoint?.beforeWrite(target.path, content)
  try {
    await writeApproved(place, before, content)
  } catch (error) {
    // A person who was asked for minutes is told which file; errors of the system name it already.
    if (error instanceof Error && !('path' in error)) error.message = `${target.shown}: ${error.message}`
    await written?.()
    throw error
  }
  const version = await versionOf(content)
  context.reads.set(target.path, version)
  const checked = context.afterEdit && (await checkedBy(target, {version, text: compared.after}, context))
  await written?.()
  return {
    path: target.shown,
    file: target.path,
    created: before === undefined,
    added: diff.added,
    // Lines of a binary file are not counted.
    ...(binary ? {} : {removed: diff.removed}),
    version,
    inline_diff: boundedDiff(diff, RESULT_DIFF),
    ...checked,
  }
}

async function checkedBy(...given: Parameters<typeof import('./after-edit.js').afterEdit>) {
  const {afterEdit} = await import('./after-edit.js')
  return afterEdit(...given)
}

function titleOf({tool, target, before}: Proposal): string {
  if (!before) return `Create ${target.shown}`
  return `${tool === 'edit_file' ? 'Edit' : 'Replace'} ${target.shown}`
}
