import {diffLines} from '../text/diff.js'
import {visibleLine} from '../text/visible.js'
import {stripSgr} from '../text/wrap.js'
import {thoughtLine, USER_ROWS} from '../transcript/draw-item.js'
import type {Item, ShownTool} from '../transcript/items.js'
import {shownLine} from '../transcript/shown-line.js'
import type {ToolBody, ToolLine} from '../transcript/tool-lines/index.js'

/** One line of what is paged, safe to print, of any length. */
export interface PagerLine {
  text: string
  kind: 'plain' | 'quiet' | 'note' | 'file' | 'hunk' | 'added' | 'removed' | 'same'
}

/** What was folded, whole. */
export interface PagerDocument {
  title: string
  lines: readonly PagerLine[]
  /** Rows end between words. */
  prose?: boolean
}

/** An item of the transcript that has more to show than its line. */
export type Fold = Extract<Item, {kind: 'tool' | 'reasoning' | 'user'}>

export function isFold(item: Item): item is Fold {
  if (item.kind === 'reasoning') return true
  if (item.kind === 'user') return item.folded !== undefined || item.text.split('\n', USER_ROWS + 1).length > USER_ROWS
  return (
    item.kind === 'tool' &&
    (item.tool.line.body !== undefined || item.tool.line.input !== undefined || item.tool.line.cut > 0)
  )
}

/** `line`: that of the tool with more of its result, where that was asked for. */
export function documentOf(fold: Fold, line?: ToolLine): PagerDocument {
  if (fold.kind === 'reasoning') {
    const title = thoughtLine(fold.seconds).replace('✻ t', 'T')
    return {title, lines: textLines(fold.text.trim(), 'plain'), prose: true}
  }
  if (fold.kind === 'user') return {title: 'What you sent', lines: textLines(fold.text, 'plain')}
  return toolDocument(fold.tool, line ?? fold.tool.line)
}

function toolDocument({note}: ShownTool, line: ToolLine): PagerDocument {
  const {verb, subject, facts, counts, input, body, cut} = line
  const told = `${verb}${subject === '' ? '' : ` ${subject}`}${counts === undefined ? '' : ` ${counts}`}`
  const parts = [
    ...(note === undefined ? [] : [textLines(note, 'note')]),
    ...(input === undefined ? [] : [textLines(input, 'quiet')]),
    ...(body ? [bodyLines(body)] : []),
    ...(cut > 0 ? [textLines(`${cut} characters are not here`, 'note')] : []),
  ]
  const lines = parts.flatMap((part, index) => (index === 0 ? part : [{text: '', kind: 'plain' as const}, ...part]))
  // What it tells of the arguments was made visible with the line.
  return {title: [told, ...facts.map((fact) => visibleLine(fact, 80))].join(' · '), lines}
}

const taskMarks = {done: '✔', doing: '▸', open: '☐', dropped: '–'} as const

function bodyLines(body: ToolBody): PagerLine[] {
  switch (body.kind) {
    case 'diff':
      return diffLines(stripSgr(body.text)).map(({kind, text}) => ({kind, text: shownLine(text)}))
    case 'tasks':
      return body.tasks.map(({state, text}) => ({text: `${taskMarks[state]} ${shownLine(text)}`, kind: 'plain'}))
    case 'error':
      return textLines(body.text, 'removed')
    case 'text':
      return textLines(body.text, 'plain')
  }
}

/** A carriage return alone begins a line too: programs draw their progress with it. */
function textLines(text: string, kind: PagerLine['kind']): PagerLine[] {
  return stripSgr(text)
    .split(/\r?\n|\r/)
    .map((line) => ({text: shownLine(line), kind}))
}
