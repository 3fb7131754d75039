import {harmless} from '../supervisor/stderr-tail.js'
import type {FoundDeaths} from './deaths/find-deaths.js'
import type {Death} from './deaths/types.js'
import type {Examination} from './examine.js'
import type {LogEntry} from './log/entry.js'
import {count, durationText} from './text.js'
import type {CheckResult, CheckStatus} from './types.js'

export type Style = 'green' | 'yellow' | 'red' | 'cyan' | 'bold' | 'dim'

/** How a text is shown; without colours it comes back as it is. */
export interface Look {
  paint: (style: Style, text: string) => string
  /** False where the terminal has no Unicode. */
  unicode: boolean
}

const MAX_LINE = 400
const MAX_CELL = 60
const SHOWN_DEATHS = 5
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
    lines.push(
      '',
      look.paint(
        'bold',
        shown.length < found.total ? `Last ${shown.length} of ${count(found.total, 'death')}` : 'Deaths',
      ),
    )
    lines.push(...renderDeaths(shown, look, examination.time))
    lines.push(look.paint('dim', '  hermes doctor crash ID tells one in full, hermes doctor crashes lists all'))
  }
  const verdict =
    failed > 0
      ? look.paint('red', `${count(failed, 'problem')} to be solved`)
      : look.paint('green', warned > 0 ? 'Works' : 'All is well')
  lines.push('', warned > 0 ? `${verdict}, ${count(warned, 'remark')}.` : `${verdict}.`)
  return lines
}

function renderCheck(check: CheckResult, width: number, look: Look, verbose: boolean): string[] {
  const {unicode, plain, style} = marks[check.status]
  const mark = look.paint(style, look.unicode ? unicode : plain)
  const took = check.durationMs >= 100 || verbose ? look.paint('dim', `  ${durationText(check.durationMs)}`) : ''
  const lines = [`${mark} ${look.paint('bold', check.title.padEnd(width))}  ${line(check.summary)}${took}`]
  const indent = ' '.repeat((look.unicode ? 1 : 4) + width + 3)
  if (verbose || check.status === 'warn' || check.status === 'fail') {
    for (const each of check.evidence) lines.push(indent + look.paint('dim', line(each)))
  }
  const arrow = look.paint('cyan', look.unicode ? '→' : '->')
  if (check.status !== 'ok' || verbose) for (const each of check.remedy) lines.push(`${indent}${arrow} ${line(each)}`)
  return lines
}

/** The list of `hermes doctor crashes`. */
export function renderCrashes({deaths, total, statistics}: FoundDeaths, look: Look, now: number): string[] {
  if (deaths.length === 0) {
    const read = count(statistics.records, 'record')
    return [statistics.files.length === 0 ? 'There is no crash log yet.' : `No death in ${read}.`]
  }
  const lines = renderDeaths(deaths, look, now)
  if (deaths.length < total) lines.push(look.paint('dim', `  ${total - deaths.length} older ones: --limit ${total}`))
  return lines
}

function renderDeaths(deaths: readonly Death[], look: Look, now: number): string[] {
  const rows = deaths
    .toReversed()
    .map((death) => [
      death.id,
      agoText(now - death.time),
      shorten(`${subjects[death.who]} ${line(death.summary)}`),
      `${line(death.cause)} (${death.confidence})`,
      backText(death),
    ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => {
    const [id = '', when = '', what = '', cause = '', back = ''] = row.map((cell, column) =>
      cell.padEnd(widths[column] ?? 0),
    )
    return `  ${look.paint('cyan', id)}  ${look.paint('dim', when)}  ${what}  ${look.paint('dim', cause)}  ${back}`.trimEnd()
  })
}

/** One death in full. */
export function renderCrash(death: Death, look: Look): string[] {
  const head = (text: string) => look.paint('bold', text)
  const place = (entry: LogEntry | undefined) => (entry ? look.paint('dim', ` (${entry.file}:${entry.line})`) : '')
  const stamp = new Date(death.time).toISOString()
  const lines = [
    `${head(`${death.who === 'gateway' ? 'Gateway' : 'hermes itself'}: ${line(death.summary)}`)}`,
    `  ${death.exact ? stamp : `${stamp.slice(0, 19)} or so (a clock without a zone)`}, pid ${death.pid ?? 'unknown'}, session ${line(death.sessionKey ?? 'unknown')}`,
    '',
    `${head('Cause')}     ${line(death.cause)}, ${confidenceText[death.confidence]}`,
    ...death.witnesses.map(({says, entry}) => `            ${line(says)}${place(entry)}`),
    `${head('Lost')}      ${death.lost.length === 0 ? 'nothing' : death.lost.map(line).join('; ')}`,
    `${head('Way back')}  ${backText(death)}`,
    ...death.advice.map((text, index) => `${index === 0 ? head('Advice') : '      '}    ${line(text)}`),
    '',
    head('Timeline'),
  ]
  const widest = Math.max(0, ...death.timeline.map(({event}) => line(event).length))
  for (const entry of death.timeline) {
    const time = new Date(entry.time)
      .toISOString()
      .slice(11, entry.exact ? 23 : 19)
      .padEnd(12)
    const writer = entry.writer === 'gateway' ? 'gateway' : 'hermes '
    lines.push(
      `  ${look.paint('dim', time)}  ${writer}  ${look.paint('cyan', line(entry.event).padEnd(widest))}  ${line(detailsOf(entry))}`.trimEnd(),
    )
    for (const each of entry.body.slice(0, 12)) lines.push(look.paint('dim', `                          ${line(each)}`))
    if (entry.body.length > 12)
      lines.push(look.paint('dim', `                          … ${entry.body.length - 12} more lines`))
  }
  return lines
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
    case 'exhausted':
      return `given up${took}${tries}`
    case 'failed':
      return `failed${took}${tries}`
    case 'unknown':
      return `a new gateway${took}`
    default:
      return who === 'program' ? 'hermes chat --continue' : 'not recorded'
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

function agoText(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`
}

/** The log and the texts of plugins may hold anything; here it can't drive the terminal. */
function line(text: string): string {
  return harmless(text.replaceAll('\n', ' ↵ '), MAX_LINE)
}
