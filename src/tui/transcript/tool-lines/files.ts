import {diffCounts, diffLines} from '../../text/diff.js'
import {stripSgr} from '../../text/wrap.js'
import {lineCount} from './bounded-text.js'
import {counted, field, listField, numberField, textField} from './fields.js'
import type {ToolCall, ToolSaid} from './line.js'

/** More of a diff is not counted. */
const COUNTED_CHARACTERS = 1_000_000

/** `Read demo.ts · 46 lines`, `Read demo.ts · lines 10–55 of 300`. */
export function readFileSaid({result}: ToolCall): ToolSaid {
  const text = textField(result, 'content')
  const image = field(result, 'image')
  if (image !== undefined) {
    const [width, height] = ['width', 'height'].map((name) => numberField(image, name))
    return {...subject(textField(result, 'path')), facts: [`image of ${width} × ${height}`]}
  }
  const [first, last, total] = ['first_line', 'last_line', 'total_lines'].map((name) => numberField(result, name))
  return {
    ...subject(textField(result, 'path')),
    facts: linesRead(first, last, total, text),
    ...(text === undefined ? {} : {body: {kind: 'text', text, shows: 'nothing'}}),
  }
}

function linesRead(first?: number, last?: number, total?: number, text?: string): string[] {
  if (first !== undefined && last !== undefined && (first > 1 || last !== total)) {
    return [`lines ${first}–${last}${total === undefined ? '' : ` of ${total}`}`]
  }
  if (total !== undefined) return [counted(total, 'line')]
  return text === undefined ? [] : [counted(lineCount(text), 'line')]
}

/** A change to a file: `Created a.ts +12`, `Edited a.ts +3 −2`. */
export function changeSaid({result, diff}: ToolCall): ToolSaid {
  const path = textField(result, 'path', 'file')
  const added = numberField(result, 'added')
  const removed = numberField(result, 'removed')
  const counts = added === undefined ? countsOf(diff) : `+${added} −${removed ?? 0}`
  const created = field(result, 'created') === true
  const note = textField(result, 'note')
  return {
    ...subject(path),
    verb: note !== undefined && added === 0 && removed === 0 ? 'Unchanged' : created ? 'Created' : 'Edited',
    ...(counts === undefined || counts === '+0 −0' ? {} : {counts}),
    facts: factsAfter(result),
    ...(diff ? {body: {kind: 'diff', text: diff}} : {}),
  }
}

/** What programs said of it that ran after the edit: `reformatted`, `biome: exit 1`. */
function factsAfter(result: unknown): string[] {
  const said = listField(result, 'after_edit') ?? []
  const failed = said.flatMap((one) => {
    const name = (textField(one, 'command') ?? '').replace(/^(?:npx|npm exec|pnpm exec|yarn|bunx) /, '').split(' ')[0]
    const code = numberField(one, 'exit_code')
    if (textField(one, 'error') !== undefined) return [`${name}: failed`]
    return code === undefined || code === 0 ? [] : [`${name}: exit ${code}`]
  })
  return [...(textField(result, 'reformatted') === undefined ? [] : ['reformatted']), ...failed]
}

function countsOf(diff: string | undefined): string | undefined {
  return diff && diff.length <= COUNTED_CHARACTERS ? diffCounts(diffLines(stripSgr(diff))) : undefined
}

/** `Listed src · 12 files, 3 folders`. */
export function listFilesSaid({result}: ToolCall): ToolSaid {
  const entries = listField(result, 'entries')?.filter((entry) => typeof entry === 'string')
  if (!entries) return {}
  const more = field(result, 'truncated') === true
  const folders = entries.filter((entry) => entry.endsWith('/')).length
  const files = entries.length - folders
  const counts = [
    ...(files > 0 || folders === 0 ? [counted(files, 'file', {more})] : []),
    ...(folders > 0 ? [counted(folders, 'folder', {more: more && files === 0})] : []),
  ]
  return {facts: [counts.join(', ')], body: {kind: 'text', text: entries.join('\n'), shows: 'nothing'}}
}

/** `Searched "x" · 5 matches in 3 files`. */
export function searchFilesSaid({result}: ToolCall): ToolSaid {
  const matches = listField(result, 'matches')
  if (!matches) return {}
  const more = field(result, 'truncated') === true
  const files = new Set(matches.map((match) => textField(match, 'file')).filter((file) => file !== undefined)).size
  const many = {more, many: 'matches'}
  const where = files > 0 ? ` in ${counted(files, 'file')}` : ''
  const text = matches.map(
    (match) =>
      `${textField(match, 'file') ?? ''}:${numberField(match, 'line') ?? ''}: ${textField(match, 'text') ?? ''}`,
  )
  return {
    facts: [matches.length === 0 ? 'no matches' : `${counted(matches.length, 'match', many)}${where}`],
    ...(matches.length === 0 ? {} : {body: {kind: 'text', text: text.join('\n'), shows: 'nothing'}}),
  }
}

function subject(path: string | undefined): ToolSaid {
  return path === undefined ? {} : {subject: path}
}
