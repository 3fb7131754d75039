import type {SubagentDenial, SubagentNews} from '../../protocol/events.js'
import type {AgentRow, AgentState} from '../store/agents/types.js'

/** What a model is told of one sub-agent's words, characters. */
const MAX_TEXT = 16_000

/** What a sub-agent does, for who looks on. */
export interface AgentActivity {
  steps: number
  tools: number
  tokens: number
  /** Without the time that the person was waited for, milliseconds. */
  workedMs: number
  model: string | undefined
  asks: boolean
  tool?: {name: string; preview: string} | undefined
  text?: string | undefined
}

/** As the wire has it: the names are the reference's, and ours below `name`. */
export function newsOf(row: AgentRow, count: number, now: Partial<AgentActivity> = {}): SubagentNews {
  const {key, task, position} = row
  return {
    goal: task.goal.slice(0, 2000).toWellFormed(),
    task_index: position,
    task_count: count,
    subagent_id: key,
    child_session_id: key,
    depth: 0,
    ...(now.model === undefined ? {} : {model: now.model}),
    ...(now.tool ? {tool_name: now.tool.name, tool_preview: now.tool.preview, text: now.tool.preview} : {}),
    ...(now.text === undefined ? {} : {text: now.text}),
    ...(now.tools === undefined ? {} : {tool_count: now.tools}),
    ...(now.steps === undefined ? {} : {api_calls: now.steps}),
    ...(now.tokens === undefined ? {} : {total_tokens: now.tokens}),
    ...(now.workedMs === undefined ? {} : {duration_seconds: now.workedMs / 1000}),
    name: task.name,
    asks: now.asks ?? false,
  }
}

/** The reference knows these words. */
const wireStatus: Readonly<Record<AgentState, string>> = {
  waiting: 'queued',
  working: 'running',
  complete: 'completed',
  stopped: 'interrupted',
  interrupted: 'interrupted',
  error: 'failed',
  steps: 'max_steps',
  time: 'timeout',
  tokens: 'max_tokens',
}

export function endNewsOf(row: AgentRow, count: number, denials: readonly SubagentDenial[] = []): SubagentNews {
  const {result, state, place} = row
  const notes = notesOf(row)
  const summary = [result?.text ?? '', ...notes].filter(Boolean).join('\n\n')
  return {
    ...newsOf(row, count, {steps: result?.steps ?? 0, tokens: result?.tokens ?? 0, workedMs: row.workedMs}),
    status: wireStatus[state],
    summary: summary.slice(0, MAX_TEXT).toWellFormed(),
    ...(result?.changes && place ? {branch: place.branch} : {}),
    ...(denials.length > 0 ? {denials: [...denials]} : {}),
  }
}

const endWords: Readonly<Record<AgentState, string | undefined>> = {
  waiting: undefined,
  working: undefined,
  complete: undefined,
  stopped: 'the person stopped this sub-agent',
  interrupted: 'it was interrupted',
  error: 'it failed',
  steps: 'it came to its number of steps',
  time: 'it came to the end of its time',
  tokens: 'it came to its number of tokens',
}

/** What has to be said beside what its model said, each a line or more. */
function notesOf({state, result, place}: AgentRow): string[] {
  const {note, changes} = result ?? {}
  const left =
    changes && place
      ? [
          `${changes.committed ? 'Changed on' : 'Changed, and not committed, on'} branch ${place.branch} (${place.folder}):\n${changes.stat}`,
        ]
      : []
  const end = endWords[state]
  return [...(end === undefined ? [] : [end]), ...(note ? [note] : []), ...left]
}

/** What the model is told of its call. */
export function resultOf(rows: readonly AgentRow[]): Record<string, unknown> {
  return {tasks: rows.map(taskOf)}
}

function taskOf(row: AgentRow): Record<string, unknown> {
  const {task, state, result, place, key} = row
  const text = result?.text ?? ''
  const cut = text.length > MAX_TEXT
  const notes = [endWords[state], result?.note].filter((note) => note !== undefined && note !== '')
  return {
    task: task.name,
    state: state === 'steps' || state === 'time' || state === 'tokens' ? `stopped: ${endWords[state]}` : state,
    text: cut ? text.slice(0, MAX_TEXT).toWellFormed() : text,
    ...(cut ? {cut: `${text.length - MAX_TEXT} more characters are in session ${key}`} : {}),
    ...(notes.length > 0 ? {note: notes.join('; ')} : {}),
    steps: result?.steps ?? 0,
    tokens: result?.tokens ?? 0,
    seconds: Math.round(result?.seconds ?? 0),
    session: key,
    ...(result?.changes && place
      ? {
          branch: place.branch,
          worktree: place.folder,
          changed: result.changes.stat,
          diff: result.changes.diff,
          ...(result.changes.cut
            ? {diff_cut: `git diff ${place.base.slice(0, 12)} ${place.branch} shows all of it`}
            : {}),
          merge: result.changes.committed
            ? `nothing is merged: git merge ${place.branch}`
            : `nothing is committed: look in ${place.folder}`,
        }
      : {}),
  }
}
