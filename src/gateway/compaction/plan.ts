import {isPrompt} from '../../protocol/prompt-message.js'
import type {CompactionRow, MessageRow} from '../store/types.js'
import {isSmall, outlineOf} from './outline.js'
import {tokensOfText, tokensOfValue} from './tokens.js'

/** What of the conversation a model is told no longer in full. */
export interface Plan {
  covers: number
  outlines: number
  /** What the summary is to be of, beside the one from before. */
  older: readonly MessageRow[]
}

export interface Room {
  /** Tokens of the newest messages that stay as they are, at most; the newest step does in any case. */
  keep: number
  /** The newest turn stays whole up to this size. */
  turn: number
}

/** Outlines of the tool results that are older than what is kept: no model is asked. Undefined: there are none. */
export function outlinesOnly(
  rows: readonly MessageRow[],
  before: CompactionRow | undefined,
  room: Room,
): Plan | undefined {
  const last = rows.slice(0, keptFrom(rows, room.keep)).findLast(({id, tool}) => id > 0 && tool !== null)
  const {covers = 0, outlines = 0} = before ?? {}
  if (!last || last.id <= outlines) return undefined
  const cut = rows.some(({id, tool}) => id > outlines && id <= last.id && tool !== null && !isSmall(tool.result))
  return cut ? {covers, outlines: last.id, older: []} : undefined
}

/**
 * A summary of all but the newest: whole turns where that is enough, else steps of the newest turn too. Undefined: there is
 * nothing older. `outlined`: of what is kept, outlines alone.
 */
export function withSummary(
  rows: readonly MessageRow[],
  before: CompactionRow | undefined,
  room: Room,
  outlined = false,
): Plan | undefined {
  const known = before?.covers ?? 0
  const at = cutOf(rows, known, room)
  if (at === undefined) return undefined
  const covers = rows[at - 1]?.id ?? known
  const stored = rows.findLast(({id}) => id > 0)?.id ?? 0
  const outlines = outlined ? stored : (outlinesOnly(rows, before, room)?.outlines ?? before?.outlines ?? 0)
  const older = rows.slice(0, at).filter(({id}) => id > known)
  return {covers, outlines: Math.max(outlines, covers), older}
}

/** How many results are outlines with the plan that were told in full before. */
export function outlinedResults(rows: readonly MessageRow[], before: CompactionRow | undefined, plan: Plan): number {
  const from = Math.max(before?.outlines ?? 0, plan.covers)
  return rows.filter(({id, tool}) => id > from && id <= plan.outlines && tool !== null && !isSmall(tool.result)).length
}

/** Where what is kept begins. */
function keptFrom(rows: readonly MessageRow[], keep: number): number {
  const newest = newestStep(rows)
  let left = keep
  let from = rows.length
  while (from > 0) {
    left -= tokensOfRow(rows[from - 1])
    if (left < 0) break
    from--
  }
  // Results stay with their call.
  while (from < newest && rows[from]?.role === 'tool') from++
  return Math.min(from, newest)
}

/** Index of the first row that no summary stands for. */
function cutOf(rows: readonly MessageRow[], known: number, {keep, turn}: Room): number | undefined {
  const newest = newestStep(rows)
  const lastPrompt = rows.findLastIndex(isPrompt)
  const tails = tailsOf(rows)
  const promptTokens = tokensOfRow(rows[lastPrompt])
  const isNew = (at: number) => {
    const last = rows[at - 1]
    return at <= newest && last !== undefined && last.id > known
  }
  const turns = rows.flatMap((row, at) => (isPrompt(row) && isNew(at) ? [at] : []))
  const whole = turns.find((at) => (tails[at] ?? 0) <= keep)
  if (whole !== undefined) return whole
  const last = turns.at(-1)
  if (last !== undefined && (tails[last] ?? 0) <= turn) return last
  const steps = rows.flatMap(({role}, at) =>
    at > lastPrompt && (role === 'assistant' || role === 'user') && rows[at - 1]?.role === 'tool' && isNew(at)
      ? [at]
      : [],
  )
  return steps.find((at) => (tails[at] ?? 0) + promptTokens <= keep) ?? steps.at(-1) ?? last
}

/** Index of the message that begins what the model has not gone on from yet. */
function newestStep(rows: readonly MessageRow[]): number {
  return Math.max(
    0,
    rows.findLastIndex(({role, steerId}) => role !== 'tool' && steerId === undefined),
  )
}

/** Tokens from each row to the end. */
function tailsOf(rows: readonly MessageRow[]): number[] {
  const tails = new Array<number>(rows.length)
  let sum = 0
  for (let at = rows.length - 1; at >= 0; at--) {
    sum += tokensOfRow(rows[at])
    tails[at] = sum
  }
  return tails
}

const sizes = new WeakMap<MessageRow, number>()

function tokensOfRow(row: MessageRow | undefined): number {
  if (!row) return 0
  const known = sizes.get(row)
  if (known !== undefined) return known
  const {text, tool} = row
  const size = 4 + tokensOfText(text) + (tool ? tokensOfValue(tool.args) + tokensOfValue(tool.result) : 0)
  sizes.set(row, size)
  return size
}

/** Rows as text for who summarises them: long values by their beginning and end. */
export function toText(row: MessageRow): string {
  const {role, tool, text} = row
  if (tool) {
    const {name, args, state, result} = tool
    const outcome = state === 'complete' || state === 'denied' ? valueText(result) : `(${outcomeWords[state]})`
    return `## tool ${name}\n${JSON.stringify(outlineOf(args)) ?? ''}\n-> ${outcome}`
  }
  const broken = row.status === 'complete' ? '' : '\n(This reply was interrupted here.)'
  return text.trim() === '' ? '' : `## ${role === 'user' ? 'person' : role}\n${text}${broken}`
}

const outcomeWords = {
  unknown: 'outcome unknown: the process ended while it ran',
  asked: 'not run: its question to the person was still open',
  'not-started': 'not run',
} as const

const VALUE_HEAD = 2000
const VALUE_TAIL = 500

function valueText(value: unknown): string {
  const json = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  if (json.length <= VALUE_HEAD + VALUE_TAIL) return json
  const left = json.length - VALUE_HEAD - VALUE_TAIL
  return `${json.slice(0, VALUE_HEAD)} … [${left} characters] … ${json.slice(-VALUE_TAIL)}`.toWellFormed()
}
