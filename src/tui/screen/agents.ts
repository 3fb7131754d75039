import {type AgentLine, workedOf} from '../state/agents.js'
import {elapsed} from '../text/amounts.js'
import type {Style} from '../text/style.js'
import {visibleLine} from '../text/visible.js'
import {textWidth, truncate} from '../text/wrap.js'

/** Rows of sub-agents at most; the rest is counted. */
const MAX_ROWS = 8

/** `▸ 1 name · 3 steps · Reading src/x.ts · 12s`, a row for each: what it does gives way first, then its name. */
export function agentRows(
  agents: readonly AgentLine[],
  {columns, style, now}: {columns: number; style: Style; now: number},
): string[] {
  const shown = agents.length > MAX_ROWS ? agents.slice(0, MAX_ROWS - 1) : agents
  const rows = shown.map((agent) => agentRow(agent, columns, style, now))
  const more = agents.length - shown.length
  return more > 0 ? [...rows, style.dim(truncate(`  … ${more} more · /agents lists them`, columns))] : rows
}

function agentRow(agent: AgentLine, columns: number, style: Style, now: number): string {
  const {number, name, state, steps} = agent
  const mark = state === 'asking' ? style.warning('?') : state === 'waiting' ? style.dim('·') : style.busy('▸')
  const time = state === 'waiting' ? '' : ` · ${elapsed(workedOf(agent, now))}`
  const count = steps === 0 ? '' : ` · ${steps} ${steps === 1 ? 'step' : 'steps'}`
  const room = columns - 2 - textWidth(time)
  const does = ` · ${doing(agent)}`
  // What it does keeps a quarter of the row: in a narrow one the name would take it all.
  const kept = Math.min(textWidth(does), Math.floor(room / 4))
  const head = truncate(`${number} ${visibleLine(name)}`, Math.max(8, room - textWidth(count) - kept))
  const rest = truncate(count + truncate(does, Math.max(0, room - textWidth(head + count))), room - textWidth(head))
  return `${mark} ${head}${style.dim(rest + time)}`
}

function doing({state, does}: AgentLine): string {
  if (state === 'waiting') return 'waits for its turn'
  if (state === 'asking') return 'asks you'
  return does === '' ? 'thinking' : visibleLine(does)
}
