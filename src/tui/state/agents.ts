import type {GatewayEvent, SubagentNews} from '../../protocol/events.js'
import {oneLine} from '../text/sanitize.js'
import type {ItemBody} from '../transcript/items.js'
import {toolItem} from '../transcript/items.js'
import {SUBAGENT, wordsOf} from '../transcript/tool-lines/words.js'

/** A sub-agent that is not done. */
export interface AgentLine {
  /** As the gateway names it. */
  id: string
  /** Its session, where that can be read. */
  session: string | undefined
  /** Counted from 1 in the turn. */
  number: number
  name: string
  state: 'waiting' | 'working' | 'asking'
  steps: number
  /** What it does now; empty where that is not known. */
  does: string
  /** It has worked so long, milliseconds, until `since`, UTC milliseconds, from when it goes on; undefined: it stands. */
  workedMs: number
  since: number | undefined
}

/** More are counted, and not held. */
const MAX_AGENTS = 64
const NAME_LENGTH = 60

type AgentEvent = Extract<
  GatewayEvent,
  {
    type:
      | 'subagent.spawn_requested'
      | 'subagent.start'
      | 'subagent.thinking'
      | 'subagent.progress'
      | 'subagent.tool'
      | 'subagent.complete'
  }
>

/** Those at work after an event. */
export function agentsAfter(
  agents: readonly AgentLine[],
  {type, payload}: AgentEvent,
  now: number,
): readonly AgentLine[] {
  const id = idOf(payload)
  const known = agents.find((agent) => agent.id === id)
  if (type === 'subagent.complete') return agents.filter((agent) => agent !== known)
  if (!known && agents.length >= MAX_AGENTS) return agents
  const line = lineOf(known ?? fresh(payload, agents, now), {type, payload} as AgentEvent, now)
  return known ? agents.map((agent) => (agent === known ? line : agent)) : [...agents, line]
}

function fresh(payload: SubagentNews, agents: readonly AgentLine[], now: number): AgentLine {
  return {
    id: idOf(payload),
    session: payload.child_session_id,
    number: Math.max(payload.task_index + 1, 1 + Math.max(0, ...agents.map(({number}) => number))),
    name: oneLine(payload.name ?? payload.goal, NAME_LENGTH),
    state: 'working',
    steps: 0,
    does: '',
    workedMs: 0,
    since: now,
  }
}

function lineOf(line: AgentLine, {type, payload}: AgentEvent, now: number): AgentLine {
  const asks = payload.asks === true
  const state = type === 'subagent.spawn_requested' ? 'waiting' : asks ? 'asking' : 'working'
  const told = payload.duration_seconds
  const workedMs = told === undefined ? workedOf(line, now) : told * 1000
  const stands = state !== 'working'
  return {
    ...line,
    state,
    session: payload.child_session_id ?? line.session,
    steps: payload.api_calls ?? line.steps,
    does: doesOf(type, payload) ?? line.does,
    workedMs,
    since: stands ? undefined : now,
  }
}

/** How long it has worked, milliseconds. */
export function workedOf({workedMs, since}: AgentLine, now: number): number {
  return workedMs + (since === undefined ? 0 : Math.max(0, now - since))
}

function doesOf(type: AgentEvent['type'], {tool_name: tool, tool_preview: preview, text}: SubagentNews) {
  if (type === 'subagent.spawn_requested' || type === 'subagent.start') return undefined
  if (tool !== undefined) {
    const {doing, what} = wordsOf(oneLine(tool, 60))
    return `${doing} ${oneLine(preview ?? what, 200)}`.trim()
  }
  if (text) return oneLine(text, 200)
  return type === 'subagent.thinking' ? 'thinking' : undefined
}

/** Older gateways know them by their place alone. */
function idOf({subagent_id: id, task_index: index}: SubagentNews): string {
  return id ?? `#${index}`
}

/** `sub-agent 2/3`, where the gateway gives it no name. */
export function agentName({name, task_index: index, task_count: count}: SubagentNews): string {
  if (name !== undefined) return oneLine(name, NAME_LENGTH)
  return count > 1 ? `sub-agent ${index + 1}/${count}` : 'sub-agent'
}

/** A line as that of a tool: what it brought is folded, and opens as a result does. */
export function agentEnd(news: SubagentNews): ItemBody {
  const {task_index: index, task_count: count, goal, status = 'completed', duration_seconds: seconds} = news
  const said = news.summary ?? news.text ?? ''
  const well = status === 'completed' || status === 'complete'
  const part = count > 1 ? `${index + 1}/${count} ` : ''
  const how = oneLine(status, 40).replaceAll('_', ' ')
  return toolItem({
    id: news.child_session_id ?? `subagent-${index}`,
    name: SUBAGENT,
    context: `${part}${oneLine(news.name ?? goal, 200)}`,
    status: 'complete',
    result: well ? said : {error: said ? `${how}: ${said}` : how},
    ...(seconds === undefined ? {} : {seconds}),
  })
}

/** How many are at work, for one line; undefined: none. */
export function agentCount(agents: readonly AgentLine[]): string | undefined {
  if (agents.length === 0) return undefined
  return agents.length === 1 ? '1 sub-agent at work' : `${agents.length} sub-agents at work`
}
