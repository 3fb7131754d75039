import {defineTool} from '../define.js'
import type {Tool, ToolContext} from '../types.js'
import {withoutReturns} from './edits.js'
import type {Decoded} from './encoding.js'
import {changedSinceRead, type Existing, readExisting} from './existing.js'
import {replaceIn, viewOf, withLineEnds} from './line-ends.js'
import {type Located, locate} from './locate.js'
import {type Proposal, propose} from './propose.js'

const MAX_CONTENT_CHARS = 10_000_000

export function createWriteFile(): Tool {
  return defineTool({
    name: 'write_file',
    toolset: 'file',
    description:
      'Creates a file, or replaces the whole content of one that was read before; edit_file changes parts. Missing directories are made. Line ends, encoding and mode of a file stay. The person is asked first.',
    // Another process may have changed the file in between.
    idempotent: false,
    arguments: {
      path: {type: 'string', description: 'Path of the file', required: true, minLength: 1},
      content: {type: 'string', description: 'The whole new content', required: true, maxLength: MAX_CONTENT_CHARS},
    },
    context: ({path: file}) => String(file ?? ''),
    async run({path: given, content}, context) {
      const target = await locate(context.cwd, given)
      const before = target.kind === 'missing' ? undefined : await readExisting(target)
      const refusal = before && refusalOf(target, before, context)
      if (refusal) return {error: `write_file: ${refusal}`}
      const {after, compared} = before?.decoded ? rewritten(before.decoded, content) : fresh(content)
      if (before?.decoded && compared.before === compared.after) {
        const note = 'it has this content already; nothing was written'
        return {
          path: target.shown,
          file: target.path,
          created: false,
          added: 0,
          removed: 0,
          version: before.version,
          note,
        }
      }
      return propose({tool: 'write_file', target, before, after, compared}, context)
    },
  })
}

/** Why a file is not to be replaced by a model that does not know what is in it. */
function refusalOf(target: Located, before: Existing, {reads}: ToolContext): string | undefined {
  const known = reads.get(target.path)
  if (known === undefined) return `${target.shown} exists: read it first, so that nothing in it is lost`
  return known === before.version ? undefined : changedSinceRead(target)
}

/** A text in place of another one: what both have in common keeps its line ends, new lines take theirs. */
function rewritten(old: Decoded, content: string): Pick<Proposal, 'after' | 'compared'> {
  const view = viewOf(old.text)
  const given = withoutMark(content)
  const text = view.ends.length > 0 ? withoutReturns(given) : given
  const replaced = replaceIn(view, [{at: 0, length: view.text.length, text}])
  return {
    after: {...old, text: withLineEnds(replaced)},
    compared: {before: view.text, after: replaced.text},
  }
}

/** A text as it was given. */
function fresh(content: string): Pick<Proposal, 'after' | 'compared'> {
  const text = withoutMark(content)
  return {
    after: {text, encoding: 'utf-8', mark: text.length < content.length},
    compared: {before: '', after: text},
  }
}

function withoutMark(content: string): string {
  return content.startsWith('\ufeff') ? content.slice(1) : content
}
