import {visibleText} from '../../control-sequences.js'
import type {RollbackFile} from '../../protocol/methods.js'
import {decode} from '../tools/files/encoding.js'
import {viewOf} from '../tools/files/line-ends.js'
import {boundedDiff, MAX_DIFF_CHARS, unifiedDiff} from '../tools/files/unified-diff.js'
import type {Contents} from './contents.js'
import {type Reading, stateNow} from './current.js'
import type {Change} from './plan.js'
import type {FileState} from './state.js'

/** Of all files together; the rest is told by its counts. */
const MAX_CHARS = 4 * MAX_DIFF_CHARS

/** What would become of files, as one unified diff with heads; a line that begins with `\ ` is a remark. */
export async function shownChanges(
  changes: readonly Change[],
  {contents, reading, name}: {contents: Contents; reading: Reading; name: (file: string) => string},
): Promise<{diff: string; files: RollbackFile[]}> {
  const parts: string[] = []
  const files: RollbackFile[] = []
  let room = MAX_CHARS
  for (const change of changes) {
    const {now, wanted, foreign, uncovered} = change
    const path = name(change.path)
    const kind = kindOf(now, wanted)
    const lines: string[] = [`${words[kind]} ${visibleText(path)}${modeOf(now, wanted)}`]
    if (foreign) lines.push('\\ Somebody else changed it since: it stays unless you say so')
    let counts = {added: 0, removed: 0}
    if (uncovered !== undefined) lines.push(`\\ It stays as it is: ${uncovered}`)
    else {
      const [is, was] = [await textNow(change, reading), await textThen(wanted, contents)]
      if (is === undefined || was === undefined) lines.push(`\\ ${sizesOf(now, wanted)}`)
      else {
        const diff = await unifiedDiff(viewOf(is).text, viewOf(was).text)
        counts = diff
        if (diff.lines.length > 0)
          lines.push(boundedDiff(diff, {lines: Number.POSITIVE_INFINITY, chars: Math.max(0, room)}))
      }
    }
    const part = lines.join('\n')
    room -= part.length
    if (room > 0) parts.push(part)
    files.push({
      path,
      change: kind,
      added: counts.added,
      removed: counts.removed,
      foreign,
      ...(uncovered === undefined ? {} : {uncovered}),
    })
    // A diff may take 200 ms.
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  if (parts.length < files.length) parts.push(`\\ ${files.length - parts.length} more are not shown here`)
  return {diff: parts.join('\n'), files}
}

const words = {create: 'Create', remove: 'Remove', change: 'Change', mode: 'Change the mode of'} as const

function kindOf(now: FileState, wanted: FileState): RollbackFile['change'] {
  if (now.kind === 'none') return 'create'
  if (wanted.kind === 'none') return 'remove'
  return now.kind === 'file' && wanted.kind === 'file' && now.hash === wanted.hash ? 'mode' : 'change'
}

function modeOf(now: FileState, wanted: FileState): string {
  if (now.kind !== 'file' || wanted.kind !== 'file' || now.mode === wanted.mode) return ''
  return ` (mode ${now.mode.toString(8)} to ${wanted.mode.toString(8)})`
}

/** Undefined: it is no text. */
async function textNow({path, now}: Change, reading: Reading): Promise<string | undefined> {
  if (now.kind !== 'file') return plainText(now)
  const {bytes} = await stateNow(path, reading)
  return bytes && decode(bytes)?.text
}

async function textThen(wanted: FileState, contents: Contents): Promise<string | undefined> {
  if (wanted.kind !== 'file') return plainText(wanted)
  const bytes = await contents.read(wanted.hash)
  return bytes && decode(bytes)?.text
}

/** What stands for something that is no file. */
function plainText(state: FileState): string {
  return state.kind === 'link' ? `link to ${state.target}\n` : ''
}

function sizesOf(now: FileState, wanted: FileState): string {
  const size = (state: FileState) => (state.kind === 'file' ? `${state.size} bytes` : 'nothing')
  return `Binary, not shown: ${size(now)} to ${size(wanted)}`
}
