import {hintOf, keyPair} from '../../keys/text.js'
import {queued, shownText} from '../state/prompts.js'
import {type ChatState, isQueueOpen} from '../state/state.js'
import {oneLine} from '../text/sanitize.js'
import {truncate} from '../text/wrap.js'
import {keysOf, type Part, type ScreenOptions} from './part.js'

const QUEUE_ROWS = 4

/** What is for the reply that runs. */
const STEERS = 'at its next step'

/** What waits, above the input; nothing while the queue is open in its place. */
export function queueRows(state: ChatState, {columns, style}: ScreenOptions): string[] {
  const waiting = queued(state.prompts)
  if (waiting.length === 0 || isQueueOpen(state)) return []
  const head = state.held && !state.elsewhere ? 'queued, held' : 'queued'
  const heads = waiting.slice(0, QUEUE_ROWS).map(({steers}) => (steers ? STEERS : head))
  const width = Math.max(...heads.map(({length}) => length))
  const rows = waiting.slice(0, QUEUE_ROWS).map((prompt, index) => {
    const label = heads[index] === heads[index - 1] ? '' : (heads[index] ?? '')
    const mark = prompt.steers ? '↳' : '›'
    return truncate(`${label.padEnd(width)} ${mark} ${oneLine(shownText(prompt), 400)}`, columns)
  })
  if (waiting.length > QUEUE_ROWS) rows.push(`${' '.repeat(width)} … ${waiting.length - QUEUE_ROWS} more`)
  return rows.map(style.dim)
}

/** The queue, to be changed. */
export function queuePart(state: ChatState, options: ScreenOptions, height: number): Part {
  const {columns, style} = options
  const waiting = queued(state.prompts)
  const selected = Math.max(
    0,
    waiting.findIndex(({id}) => id === state.queueAt),
  )
  const room = Math.max(1, height - 2)
  const first = Math.max(0, Math.min(waiting.length - room, selected - Math.floor(room / 2)))
  const rows = waiting.slice(first, first + room).map((prompt, index) => {
    const at = first + index
    const text = truncate(`${at + 1}. ${prompt.steers ? '↳ ' : ''}${oneLine(shownText(prompt), 400)}`, columns - 2)
    return at === selected ? `${style.accent('❯ ')}${style.bold(text)}` : `  ${text}`
  })
  const held = state.held ? ', held' : ''
  const head = truncate(`Queue (${waiting.length}${held})`, columns)
  const key = keysOf(options)
  const how = hintOf([
    [key('queue-edit'), 'edits'],
    [key('queue-remove'), 'removes'],
    [keyPair(key, 'queue-earlier', 'queue-later'), 'moves'],
    ...(state.turn ? [[key('queue-steer'), 'tells it now'] as const] : []),
    [key('queue-hold'), state.held ? 'lets it go' : 'holds it'],
    [key('queue-close'), 'closes'],
  ])
  return {rows: [head, ...rows, style.dim(truncate(how, columns))], cursor: {x: 0, y: 1 + selected - first}}
}
