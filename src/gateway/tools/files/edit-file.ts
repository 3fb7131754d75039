import {defineTool} from '../define.js'
import type {Tool} from '../types.js'
import {applyEdits} from './edits.js'
import {changedSinceRead, readExisting} from './existing.js'
import {viewOf, withLineEnds} from './line-ends.js'
import {locate} from './locate.js'
import {propose} from './propose.js'
import {unreadable} from './read-file.js'

const MAX_EDITS = 100
const MAX_EDIT_CHARS = 1_000_000

export function createEditFile(): Tool {
  return defineTool({
    name: 'edit_file',
    toolset: 'file',
    description:
      'Changes parts of a text file by search and replace. Each old text has to occur exactly once, so give it with the lines around it; with all, every place is replaced. Edits are made in order, all or none. Line ends, encoding and mode stay. The person is asked first.',
    // A second run finds the old text no more, or finds it in the new one.
    idempotent: false,
    arguments: {
      path: {type: 'string', description: 'Path of the file', required: true, minLength: 1},
      edits: {
        type: 'array',
        description: 'What to replace, in order',
        required: true,
        minItems: 1,
        maxItems: MAX_EDITS,
        items: {
          old: {type: 'string', description: 'Text in the file, exactly as it is', maxLength: MAX_EDIT_CHARS},
          new: {type: 'string', description: 'Text in its place', maxLength: MAX_EDIT_CHARS},
          all: {type: 'boolean', description: 'Replace every place (default false)', optional: true},
        },
      },
    },
    context: ({path: file}) => String(file ?? ''),
    async run({path: given, edits}, context) {
      const target = await locate(context.cwd, given)
      if (target.kind === 'missing') return {error: `edit_file: ${given} does not exist; write_file creates it`}
      const problem = unreadable(target)
      if (problem) return {error: `edit_file: ${given}: ${problem}`}
      const known = context.reads.get(target.path)
      if (known === undefined) {
        // What is found or not found in a file tells what is in it.
        const permit = await context.permit({access: {tool: 'read', path: target.path}, title: `Read ${target.shown}`})
        if (!permit.allowed) return {error: `edit_file: ${permit.reason}`, denied: true}
      }
      const before = await readExisting(target)
      if (known !== undefined && known !== before.version) return {error: `edit_file: ${changedSinceRead(target)}`}
      if (!before.decoded) return {error: `edit_file: ${target.shown} is a binary file of ${before.bytes} bytes`}
      const view = viewOf(before.decoded.text)
      const edited = applyEdits(view, edits)
      if ('problem' in edited) return {error: `edit_file: ${target.shown}: ${edited.problem}`}
      const after = {...before.decoded, text: withLineEnds(edited)}
      const compared = {before: view.text, after: edited.text}
      return propose({tool: 'edit_file', target, before, after, compared}, context)
    },
  })
}
