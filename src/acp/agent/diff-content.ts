import type {ToolCallContent} from '@agentclientprotocol/sdk'

/**
 * Hunks of a unified diff as editors take them: the old and the new text of each, with its context. Lines that begin with
 * `\ ` are remarks. `path` is absolute.
 */
export function diffContent(diff: string, path: string): ToolCallContent[] {
  return hunksOf(diff).map(({before, after, isNew}) => ({
    type: 'diff',
    path,
    oldText: isNew ? null : before.join('\n'),
    newText: after.join('\n'),
  }))
}

interface Hunk {
  before: string[]
  after: string[]
  /** Of a file that was not there. */
  isNew: boolean
}

function hunksOf(diff: string): Hunk[] {
  const hunks: Hunk[] = []
  for (const line of diff.split('\n')) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@/.exec(line)
    if (head) {
      hunks.push({before: [], after: [], isNew: head[1] === '0' && head[2] === '0'})
      continue
    }
    const hunk = hunks.at(-1)
    if (!hunk || line.startsWith('\\')) continue
    const text = line.slice(1)
    if (!line.startsWith('+')) hunk.before.push(text)
    if (!line.startsWith('-')) hunk.after.push(text)
  }
  return hunks
}
