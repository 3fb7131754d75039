import {spawnSync} from 'node:child_process'
import {styleText} from 'node:util'
import {HermesError} from '../errors.js'
import type {HookHost} from '../lifecycle/declared-hooks.js'
import type {ExamineOptions} from './examine.js'
import {NOT_EXAMINED} from './find-crash.js'
import type {Look} from './report.js'
import type {TerminalFacts} from './types.js'

/** In less no row has room beside the titles. */
const MIN_COLUMNS = 40

/** What this process knows of its terminal, its environment and its plugins. */
export function doctorSetup(from: {
  config: HookHost & {version: string}
  builtinEntry: () => readonly string[]
  online: boolean
  /** Of a chat that shows the report: `columns,rows,bits of colour`. Default the one of standard output. */
  terminal?: string | undefined
}): ExamineOptions {
  return {
    version: from.config.version,
    env: process.env,
    cwd: process.cwd(),
    online: from.online,
    terminal: {...terminalOf(from.terminal), line: from.terminal === undefined ? lineModes() : undefined},
    builtinEntry: from.builtinEntry,
    host: from.config,
  }
}

function terminalOf(told: string | undefined): TerminalFacts {
  const [columns, rows, colorDepth = 1] = told?.split(',').map(Number) ?? []
  if (told !== undefined) return {isTerminal: true, columns, rows, colorDepth}
  const {stdout} = process
  return {
    isTerminal: stdout.isTTY === true,
    columns: stdout.columns,
    rows: stdout.rows,
    colorDepth: stdout.isTTY ? stdout.getColorDepth() : 1,
  }
}

/** Undefined on Windows, and where there is no terminal or no `stty`. */
function lineModes(): string | undefined {
  if (!process.stdin.isTTY) return undefined
  const {status, stdout} = spawnSync('stty', ['-a'], {stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8'})
  return status === 0 ? stdout : undefined
}

/** Coloured where standard output takes it: not in a pipe, and not under NO_COLOR. As wide as the terminal that shows it. */
export function look(terminal?: string, env: NodeJS.ProcessEnv = process.env): Look {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'utf-8'
  const {columns} = terminalOf(terminal)
  return {
    // Node lets FORCE_COLOR overrule it.
    paint: env.NO_COLOR ? (_, text) => text : (style, text) => styleText(style, text, {stream: process.stdout}),
    unicode: /utf-?8/i.test(locale),
    columns: columns === undefined ? undefined : Math.max(MIN_COLUMNS, columns),
  }
}

const unitMs: Record<string, number> = {m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000}

/** UTC milliseconds of a date, or of so long ago: `30m`, `12h`, `7d`. */
export function timeOf(text: string, now: number): number {
  const ago = /^(\d+)([mhdw])$/.exec(text.trim())
  const time = ago ? now - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? 0) : Date.parse(text)
  if (Number.isFinite(time)) return time
  throw new HermesError(`not a time: ${JSON.stringify(text)}`, {
    code: 'doctor/bad-time',
    exit: NOT_EXAMINED,
    suggestions: ['--since 12h', '--since 2026-11-23', '--since 2026-11-23T18:42:00Z'],
  })
}
