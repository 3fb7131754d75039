import {hintOf, keyPair} from '../../keys/text.js'
import {sessionListPart} from '../session-list/draw.js'
import {todoLine} from '../state/news.js'
import {matching, type Picker} from '../state/picker.js'
import {type ChatState, isQueueOpen, openQuestion} from '../state/state.js'
import {causeText} from '../state/status/status.js'
import {ranMs} from '../state/turn.js'
import {elapsed} from '../text/amounts.js'
import {oneLine, sanitize} from '../text/sanitize.js'
import type {Style} from '../text/style.js'
import {visibleLine} from '../text/visible.js'
import {textWidth, truncate, wrapText} from '../text/wrap.js'
import {progressRows} from '../transcript/draw-tool.js'
import {wordsOf} from '../transcript/tool-lines/words.js'
import {agentRows} from './agents.js'
import {ASK_ANYTHING, composerPart, edgeRow} from './composer-part.js'
import {MENU_ROWS, menuRows} from './menu.js'
import {type Asked, keysOf, type LiveScreen, type Part, type ScreenOptions} from './part.js'
import {poorScreen} from './poor-screen.js'
import {announcementRow, type QuestionScene, questionPart} from './question.js'
import {queuePart, queueRows} from './queue-part.js'
import {searchPart} from './search-part.js'
import {shellRows} from './shell.js'
import {shellHintRows} from './shell-hint.js'
import {drawnColumns, drawnRows, roomBelow} from './size.js'
import {statusLine} from './status-line.js'

/**
 * Rows from top to bottom: what streams, banners, the queue, the composer or what is asked, the status
 * line. It always stays two rows shorter than the terminal. What is erased from its first row on, tmux keeps in its
 * history (3.3a): each reply longer than the screen stood there twice.
 */
export function liveScreen(state: ChatState, options: ScreenOptions): LiveScreen {
  try {
    return wholeScreen(state, options)
  } catch (error) {
    return poorScreen(state.editor.text, options.columns, error)
  }
}

function wholeScreen(state: ChatState, options: ScreenOptions): LiveScreen {
  if (state.closing) return {rows: [], cursor: undefined}
  const columns = drawnColumns(options.columns)
  const height = drawnRows(options.rows)
  const sized = {...options, columns}
  const status = statusLine(state, sized)
  const input = inputPart(state, sized, height - 1 - (state.hint ? 1 : 0))
  const below = belowPart(state, sized, Math.min(MENU_ROWS, roomBelow(height, input.rows.length)))
  let room = height - 1 - input.rows.length - below.length
  const take = (rows: string[], end: 'head' | 'tail') => {
    const taken = room <= 0 ? [] : end === 'head' ? rows.slice(0, room) : rows.slice(-room)
    room -= taken.length
    return taken
  }
  const banner = take(bannerRows(state, sized), 'head')
  const queue = take(queueRows(state, sized), 'head')
  // A question has a frame of its own.
  const gap = take([openQuestion(state) ? '' : edgeRow(sized)], 'head')
  const aside = take(options.aside?.(state.later, columns, Math.floor(room / 2)) ?? [], 'head')
  const own = take(shellRows(state, sized), 'head')
  const tail = take(tailRows(state, sized, room), 'tail')
  const above = [...tail, ...own, ...aside, ...banner, ...gap, ...queue]
  const rows = [...above, ...input.rows, ...below, status]
  const cursor = input.cursor && {x: input.cursor.x, y: above.length + input.cursor.y}
  return {rows, cursor, asked: input.asked}
}

/** Of reasoning that is folded when it is finished. */
const FOLDED_ROWS = 3

/** What streams now: running tools, reasoning, the unfinished paragraph. Only the last rows are wrapped. */
function tailRows(state: ChatState, {columns, style, now, reply}: ScreenOptions, room: number): string[] {
  const {turn} = state
  if (!turn || room <= 0) return []
  const rows: string[] = []
  // Wrapping all of a long paragraph for every frame would cost more with every token.
  const end = (text: string) => text.slice(-room * columns).toWellFormed()
  if (turn.reasoningTail.trim()) {
    const thought = wrapText(sanitize(end(turn.reasoningTail)).trim(), columns, {first: '✻ ', rest: '  '})
    // What will be folded to a line is looked at in passing.
    const most = state.showReasoning ? Math.max(2, Math.floor(room / 2)) : FOLDED_ROWS
    rows.push('', ...thought.slice(-most).map(style.dim))
  }
  if (reply) rows.push(...reply({text: turn.pendingText, before: turn.scan.before}, columns, room))
  else if (turn.pendingText.trim()) rows.push('', ...wrapText(sanitize(end(turn.pendingText)).trim(), columns))
  // A question tells of the tool that waits for it, and all of it.
  const running = openQuestion(state) ? [] : turn.open
  if (running.length > 0) rows.push('')
  for (const tool of running.slice(-room)) {
    const time = `… ${elapsed(ranMs(tool, turn.askedAt, now))}`
    const {doing} = wordsOf(oneLine(tool.name, 60))
    const context = truncate(visibleLine(tool.context), columns - textWidth(doing + time) - 3)
    const verb = doing === '' ? '' : `${style.bold(doing)} `
    rows.push(`${style.busy('●')} ${`${verb}${context}`.trimEnd()}${style.dim(time)}`)
    rows.push(...progressRows(tool.progress, columns, style))
  }
  if (!openQuestion(state)) rows.push(...agentRows(state.agents, {columns, style, now}))
  return rows
}

/** Nothing is promised of what nobody typed: the disk is tried when there is something to keep. */
function keptWords({inputSaved, editor, prompts}: ChatState): string {
  if (!inputSaved) return ' · draft and queue cannot be saved'
  return editor.text === '' && prompts.length === 0 ? '' : ' · draft and queue are kept'
}

function bannerRows(state: ChatState, options: ScreenOptions): string[] {
  const {columns, style, crashLog} = options
  const {view} = state
  const recover = [keysOf(options)('recover'), '/recover'].filter(Boolean).join(' or ')
  const kept = keptWords(state)
  const line = (label: string, text: string) =>
    wrapText(sanitize(text), columns, {first: `  ${label.padEnd(8)}`, rest: ' '.repeat(10)})
  if (view.phase === 'exhausted') {
    const exit = view.lastExit
    const final = exit && !exit.retriable
    const head = final
      ? 'The gateway cannot run as it is.'
      : 'The gateway kept dying and is not started again by itself.'
    return [
      '',
      style.error(style.bold(truncate(`✖ ${head}`, columns))),
      ...(exit ? line('cause', `${exit.summary} (${causeText(exit)})`) : []),
      ...(exit?.remedy ? line('remedy', exit.remedy) : []),
      ...line('log', crashLog),
      ...line('now', `${recover} tries once more · /logs shows what it said · /doctor examines all${kept}`),
    ]
  }
  // A list of those that may have been meant is the way on.
  if (view.problem && !view.session && !view.recovering && !state.elsewhere && state.picker?.kind !== 'session') {
    return [
      '',
      style.error(style.bold('✖ No session is open.')),
      ...line('cause', view.problem.message),
      ...line('now', `${recover} tries again · /new starts a session · /sessions shows the stored ones${kept}`),
    ]
  }
  return tellingRows(state, columns, style)
}

/** What stays on the screen of what the gateway tells: notices that it has not taken back, what the agent means to do. */
function tellingRows({sticky, todos, turn}: ChatState, columns: number, style: Style): string[] {
  const todo = turn ? todoLine(todos) : undefined
  const paint = {info: style.dim, good: style.good, warn: style.warning, error: style.error}
  return [
    ...sticky.slice(-STICKY_ROWS).map(({tone, text}) => paint[tone](truncate(`! ${oneLine(text, 400)}`, columns))),
    ...(todo === undefined ? [] : [style.dim(truncate(`☐ ${todo}`, columns))]),
  ]
}

const STICKY_ROWS = 3

const PICKER_ROWS = 14
const SESSION_ROWS = 34

/** `room`: rows that are there at most. */
function inputPart(state: ChatState, options: ScreenOptions, room: number): Part & {asked?: Asked} {
  const scene = sceneOf(state)
  if (scene && openQuestion(state)) return questionPart(scene, options, room)
  const input = typedPart(state, options, scene ? Math.max(1, room - 1) : room)
  if (!scene || room < 2) return input
  const rows = [announcementRow(scene, options), ...input.rows]
  return {rows, ...(input.cursor ? {cursor: {x: input.cursor.x, y: input.cursor.y + 1}} : {})}
}

function typedPart(state: ChatState, options: ScreenOptions, room: number): Part {
  if (state.picker?.kind === 'session') return sessionListPart(state.picker, options, Math.min(SESSION_ROWS, room))
  if (state.picker) return pickerPart(state.picker, options, Math.min(PICKER_ROWS, room))
  if (state.search) return searchPart(state.search, options)
  if (isQueueOpen(state)) return queuePart(state, options, Math.min(PICKER_ROWS, room))
  return composerPart({...state.editor, placeholder: placeholder(state)}, options, room)
}

/** The first question, open or announced. */
function sceneOf(state: ChatState): QuestionScene | undefined {
  const [question] = state.questions
  if (!question) return undefined
  const fresh = {id: question.id, phase: 'announced', typed: true, armed: false} as const
  const asking = state.asking?.id === question.id ? state.asking : fresh
  return {question, asking, waiting: state.questions.length, draft: state.editor.text, cwd: state.session.cwd}
}

function placeholder(state: ChatState): string {
  if (state.elsewhere?.watched) return 'Watching another hermes, read only · Enter: take over, branch, …'
  if (state.elsewhere?.gone) return 'It was watched, and has ended · Enter: open it, branch, …'
  if (state.elsewhere) return 'Another hermes has this session · Enter: take over, read, branch, …'
  if (state.held && !state.turn) return 'Enter sends the queue · /queue edits · what you type goes first'
  if (state.turn) return 'Type what comes next: it waits in the queue · Esc interrupts'
  return ASK_ANYTHING
}

function pickerPart(picker: Picker, options: ScreenOptions, height: number): Part {
  const {columns, style} = options
  const choices = matching(picker)
  const shown = Math.max(1, height - 2)
  const first = Math.max(0, Math.min(choices.length - shown, picker.selected - Math.floor(shown / 2)))
  const visible = choices.slice(first, first + shown)
  // Names of models differ at their end.
  const labelRoom = picker.kind === 'model' && columns < 60 ? columns - 4 : Math.floor(columns / 2)
  const labels = visible.map((choice) => truncate(oneLine(choice.label, 200), Math.max(10, labelRoom)))
  const widest = Math.max(...labels.map(textWidth))
  const rows = visible.map((choice, index) => {
    const selected = first + index === picker.selected
    const own = labels[index] ?? ''
    const label = own + ' '.repeat(widest - textWidth(own))
    const detail = truncate(oneLine(choice.detail, 200), Math.max(0, columns - widest - 5))
    return `${selected ? style.accent(`❯ ${label}`) : `  ${label}`}  ${style.dim(detail)}`
  })
  if (rows.length === 0) rows.push(style.dim('  nothing matches'))
  const asks = picker.kind === 'elsewhere'
  const head = asks ? `${picker.title} ${picker.filter}` : `${picker.title} (${choices.length}): ${picker.filter}`
  const key = keysOf(options)
  const [take, close] = [key('list-take'), key('list-close')]
  const how = hintOf([
    [keyPair(key, 'list-up', 'list-down'), 'choose'],
    [take, asks ? 'does it' : 'opens'],
    ...(asks ? [] : ['type to filter']),
    [close, asks ? 'leaves it alone' : 'closes'],
  ])
  const keys = style.dim(truncate(how, columns))
  return {rows: [truncate(head, columns), ...rows, keys], cursor: {x: Math.min(columns - 1, textWidth(head)), y: 0}}
}

/** Below the composer: a hint, or what may stand in place of what is typed. */
function belowPart(state: ChatState, options: ScreenOptions, room: number): string[] {
  if (state.hint) return [options.style.warning(truncate(oneLine(state.hint, 400), options.columns))]
  const shell = room < 1 || state.menu ? [] : shellHintRows(state.editor.text, options)
  if (shell.length > 0) return shell
  if (!state.menu || room < 1 || openQuestion(state) || state.picker || state.search || isQueueOpen(state)) return []
  return menuRows(state.menu, options, room)
}
