import stringWidth from 'string-width'
import {visibleText} from '../control-sequences.js'
import type {Death, FoundDeaths} from './deaths/types.js'
import type {Examination} from './examine.js'
import {hang, pad, wrap} from './layout.js'
import type {LogEntry} from './log/entry.js'
import {agoText, count, durationText} from './text.js'
import type {CheckResult, CheckStatus, Remedy} from './types.js'

export type Style = 'green' | 'yellow' | 'red' | 'cyan' | 'bold' | 'dim'

/** How a text is shown; without colours it comes back as it is. */
export interface Look {
  paint: (style: Style, text: string) => string
  /** False where the terminal has no Unicode. */
  unicode: boolean
  /** Width of the terminal; undefined where there is none: a row is then as long as it is. */
  columns: number | undefined
}

const MAX_LINE = 400
/** What is cut can't be run. */
const MAX_COMMAND = 8000
const MAX_CELL = 60
const SHOWN_DEATHS = 5
/** Of a stack; `--json` has all of it. */
const MAX_BODY = 12
const marks: Record<CheckStatus, {unicode: string; plain: string; style: Style}> = {
  ok: {unicode: '✓', plain: 'ok  ', style: 'green'},
  warn: {unicode: '!', plain: 'warn', style: 'yellow'},
  fail: {unicode: '✗', plain: 'FAIL', style: 'red'},
  skipped: {unicode: '–', plain: 'skip', style: 'dim'},
}

/** The report of `hermes doctor`, a line each. `verbose`: the evidence of healthy checks too. */
export function renderExamination(examination: Examination, look: Look, verbose: boolean): string[] {
  const {checks, found} = examination
  const width = Math.max(...checks.map(({title}) => title.length))
  const lines = checks.flatMap((check) => renderCheck(check, width, look, verbose))
  const failed = checks.filter(({status}) => status === 'fail').length
  const warned = checks.filter(({status}) => status === 'warn').length
  if (found.deaths.length > 0) {
    const shown = found.deaths.slice(-SHOWN_DEATHS)
    const title = shown.length < found.total ? `Last ${shown.length} of ${count(found.total, 'death')}` : 'Deaths'
    lines.push('', look.paint('bold', title), ...renderDeaths(shown, look, examination.time))
    lines.push(...note('hermes doctor crash ID tells one in full, hermes doctor crashes lists all', look))
  }
  const verdict =
    failed > 0
      ? look.paint('red', `${count(failed, 'problem')} to be solved`)
      : look.paint('green', warned > 0 ? 'Works' : 'All is well')
  lines.push('', warned > 0 ? `${verdict}, ${count(warned, 'remark')}.` : `${verdict}.`)
  return lines
}

function renderCheck(check: CheckResult, width: number, look: Look, verbose: boolean): string[] {
  const {columns} = look
  const {unicode, plain, style} = marks[check.status]
  const mark = look.paint(style, look.unicode ? unicode : plain)
  const took = check.durationMs >= 100 || verbose ? look.paint('dim', `  ${durationText(check.durationMs)}`) : ''
  const lines = hang(`${mark} ${look.paint('bold', check.title.padEnd(width))}  `, line(check.summary) + took, {
    columns,
  })
  const indent = ' '.repeat((look.unicode ? 1 : 4) + width + 3)
  if (verbose || check.status === 'warn' || check.status === 'fail') {
    const paint = (text: string) => look.paint('dim', text)
    for (const each of check.evidence) lines.push(...hang(indent, line(each), {columns, paint}))
  }
  const arrow = look.paint('cyan', look.unicode ? '→' : '->')
  const told = check.status !== 'ok' || verbose ? check.remedy : []
  return [...lines, ...told.flatMap((each) => renderRemedy(`${indent}${arrow} `, each, look))]
}

/** A command stands in one piece, so that it can be copied: in a row of its own where it does not fit. */
function renderRemedy(lead: string, remedy: Remedy, {columns}: Look): string[] {
  if (typeof remedy === 'string') return hang(lead, line(remedy), {columns})
  const command = line(remedy.command, MAX_COMMAND)
  const [row = '', ...more] = hang(lead, `${line(remedy.text)}: ${command}`, {columns})
  if (more.length === 0) return [row]
  const indent = stringWidth(lead)
  const fits = columns !== undefined && indent + stringWidth(command) <= columns
  return [...hang(lead, `${line(remedy.text)}:`, {columns}), ' '.repeat(fits ? indent : 4) + command]
}

const note = (text: string, look: Look) =>
  hang('  ', text, {columns: look.columns, paint: (row) => look.paint('dim', row)})

/** The list of `hermes doctor crashes`. */
export function renderCrashes({deaths, total, statistics}: FoundDeaths, look: Look, now: number): string[] {
  if (deaths.length === 0) {
    const read = count(statistics.records, 'record')
    // The reason is told on stderr.
    if (statistics.files.length === 0 && statistics.unreadable.length > 0) return ['The crash log cannot be read.']
    return [statistics.files.length === 0 ? 'There is no crash log yet.' : `No death in ${read}.`]
  }
  const lines = renderDeaths(deaths, look, now)
  if (deaths.length < total) lines.push(...note(`${total - deaths.length} older ones: --limit ${total}`, look))
  return lines
}

/** A row each, or where that is too wide two: what happened, and below it the cause and what became of it. */
function renderDeaths(deaths: readonly Death[], look: Look, now: number): string[] {
  const rows = deaths.toReversed().map((death) => ({
    id: death.id,
    when: agoText(now - death.time),
    what: `${subjects[death.who]} ${line(death.summary)}`,
    cause: `${line(death.cause)} (${death.confidence})`,
    back: backText(death),
  }))
  const width = (cells: readonly string[]) => Math.max(...cells.map((cell) => stringWidth(cell)))
  const ids = width(rows.map(({id}) => id))
  const whens = width(rows.map(({when}) => when))
  const whats = width(rows.map(({what}) => shorten(what)))
  const causes = width(rows.map(({cause}) => cause))
  const all = 2 + ids + 2 + whens + 2 + whats + 2 + causes + 2 + width(rows.map(({back}) => back))
  return rows.flatMap(({id, when, what, cause, back}) => {
    const lead = `  ${look.paint('cyan', pad(id, ids))}  ${look.paint('dim', pad(when, whens))}  `
    if (look.columns === undefined || all <= look.columns) {
      return [`${lead}${pad(shorten(what), whats)}  ${look.paint('dim', pad(cause, causes))}  ${back}`.trimEnd()]
    }
    const below = ' '.repeat(ids + whens + 6)
    const paint = (row: string) => look.paint('dim', row)
    return [
      ...hang(lead, what, {columns: look.columns}),
      ...hang(below, `${cause}, ${back}`, {columns: look.columns, paint}),
    ]
  })
}

/** One death in full. */
export function renderCrash(death: Death, look: Look): string[] {
  const {columns} = look
  const head = (text: string) => look.paint('bold', text)
  const place = (entry: LogEntry | undefined) => (entry ? look.paint('dim', ` (${entry.file}:${entry.line})`) : '')
  const stamp = new Date(death.time).toISOString()
  const time = death.exact ? stamp : `${stamp.slice(0, 19)} or so (a clock without a zone)`
  const facts = `${time}, ${pidText(death)}, session ${line(death.sessionKey ?? 'unknown')}`
  const part = (title: string, text: string) => hang(head(title.padEnd(10)), text, {columns})
  const lines = [
    ...(columns === undefined ? [titleOf(death)] : wrap(titleOf(death), columns)).map(head),
    ...hang('  ', facts, {columns}),
    '',
    ...part('Cause', `${line(death.cause)}, ${confidenceText[death.confidence]}`),
    ...death.witnesses.flatMap(({says, entry}) => hang(' '.repeat(12), line(says) + place(entry), {columns})),
    ...part('Lost', death.lost.length === 0 ? 'nothing' : death.lost.map((each) => line(each)).join('; ')),
    ...part('Way back', backText(death)),
    ...death.advice.flatMap((text, index) => part(index === 0 ? 'Advice' : '', line(text))),
    '',
    `${head('Timeline')} ${look.paint('dim', '(UTC)')}`,
  ]
  const widest = Math.max(0, ...death.timeline.map(({event}) => line(event).length))
  for (const entry of death.timeline) {
    const clock = new Date(entry.time)
      .toISOString()
      .slice(11, entry.exact ? 23 : 19)
      .padEnd(12)
    const writer = entry.writer === 'gateway' ? 'gateway' : 'hermes '
    const lead = `  ${look.paint('dim', clock)}  ${writer}  ${look.paint('cyan', line(entry.event).padEnd(widest))}  `
    lines.push(...hang(lead, line(detailsOf(entry)), {columns, hard: true}))
    const more = entry.body.length - MAX_BODY
    const body = [
      ...entry.body.slice(0, MAX_BODY).map((each) => line(each)),
      ...(more > 0 ? [`… ${more} more lines`] : []),
    ]
    const paint = (row: string) => look.paint('dim', row)
    for (const each of body) lines.push(...hang(' '.repeat(26), each, {columns, paint, hard: true}))
  }
  return lines
}

const titleOf = ({who, summary}: Death) => `${who === 'gateway' ? 'Gateway' : 'hermes itself'}: ${line(summary)}`

/** What a death is known of is the gateway; of the program itself the next run tells, by its run file. */
function pidText({who, pid, timeline}: Death): string {
  const told = pid ?? 'unknown'
  if (who === 'gateway') return `pid ${told}`
  const own = timeline.findLast(({event}) => event === 'vanished')?.fields.get('runPid')
  return own === undefined ? `pid of its gateway ${told}` : `pid ${own} (its gateway ${told})`
}

const confidenceText: Record<Death['confidence'], string> = {
  certain: 'certain',
  likely: 'likely: one witness',
  unknown: 'not sure: no witness says why',
}

function backText({back, who}: Death): string {
  const took = back.downtimeMs === undefined ? '' : ` after ${durationText(back.downtimeMs)}`
  const tries = back.attempts > 1 ? `, ${count(back.attempts, 'attempt')}` : ''
  switch (back.outcome) {
    case 'resumed':
      return `session back${took}${tries}`
    case 'renewed':
      return `a new session${took}${tries}: nothing had been said in the old one`
    case 'exhausted':
      return `given up${took}${tries}`
    case 'failed':
      return `failed${took}${tries}`
    case 'unknown':
      return `a new gateway${took}`
    default:
      return who === 'program' ? 'hermes chat --continue brings it back' : 'no recovery recorded'
  }
}

const subjects: Record<Death['who'], string> = {gateway: 'gateway', program: 'hermes'}

const shorten = (text: string) => (text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text)

/** What a record says beyond what every one carries. */
function detailsOf(entry: LogEntry): string {
  const common = new Set(['instance', 'gen', 'pid', 'session', 'mono', 'stderrTail', 'stack'])
  const own = [...entry.fields].filter(([name]) => !common.has(name)).map(([name, value]) => `${name}=${value}`)
  const said = entry.fields.get('stderrTail')?.split(' ↵ ').at(-1)
  return [...own, ...(said ? [`said: ${said}`] : [])].join(' ')
}

/** The log and the texts of plugins may hold anything; here it can't drive the terminal. */
function line(text: string, max = MAX_LINE): string {
  const shown = visibleText(text.replaceAll('\n', ' ↵ ').replaceAll('\t', '  '))
  return shown.length > max ? `${shown.slice(0, max)}… [truncated ${shown.length - max} chars]` : shown
}
