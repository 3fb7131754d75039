import {titleFrom} from '../session/titles.js'
import type {AgentTask} from '../store/agents/types.js'
import {defineTool} from './define.js'
import type {Tool} from './types.js'

/** Tasks of one call at most. */
const MAX_TASKS = 8

/** Of an interrupted call its sub-agents end first, each with a store to write to, milliseconds. */
const GRACE_MS = 3000

/** Columns of a name on the screen. */
const NAME_LENGTH = 32

/** Running it twice does no harm: what was begun is found by the call, and gone on with. */
export function createDelegateTask(): Tool {
  return defineTool({
    name: 'delegate_task',
    toolset: 'delegation',
    description:
      'Gives independent parts of the work to sub-agents, side by side, and waits for them. Each begins with an empty context and knows only what its task says, so put all that it needs into goal and context. It tells you what it said last. Without "write" it may only read; with "write" it works in a git worktree of its own, of the last commit, and its branch comes back for you to look at and merge. Do what is small, or depends on what comes before it, yourself.',
    idempotent: true,
    beside: true,
    graceMs: GRACE_MS,
    arguments: {
      tasks: {
        type: 'array',
        description: 'The tasks; none may depend on another',
        required: true,
        minItems: 1,
        maxItems: MAX_TASKS,
        items: {
          goal: {
            type: 'string',
            description: 'What is to be done, and what is to be reported',
            minLength: 1,
            maxLength: 8000,
          },
          context: {
            type: 'string',
            description: 'What it has to know: files, findings, conventions',
            optional: true,
            maxLength: 32_000,
          },
          model: {type: 'string', description: 'Another model, as provider/name', optional: true, maxLength: 200},
          tools: {
            type: 'array',
            items: 'string',
            description: 'Names of the only tools of yours that it may use; default all that it can have',
            optional: true,
            maxItems: 64,
          },
          write: {type: 'boolean', description: 'It is to change files (default false)', optional: true},
        },
      },
    },
    context: ({tasks}) => previewOf(tasks),
    async run({tasks}, context) {
      if (!context.delegate) return {error: 'delegate_task: a sub-agent cannot delegate: do it yourself'}
      context.begun?.()
      return context.delegate(tasks.map(taskOf), context.waits)
    },
  })
}

function taskOf(given: Omit<AgentTask, 'name' | 'write'> & {write?: boolean | undefined}): AgentTask {
  const {goal, context, model, tools, write = false} = given
  return {name: nameOf(goal), goal, context, model, tools, write}
}

/** The first words of a goal. */
export function nameOf(goal: string): string {
  const line = titleFrom(goal) || goal.replaceAll(/\s+/g, ' ').trim()
  const points = [...line]
  return points.length > NAME_LENGTH
    ? `${points
        .slice(0, NAME_LENGTH - 1)
        .join('')
        .trimEnd()}…`
    : line
}

function previewOf(tasks: unknown): string {
  const list: unknown[] = Array.isArray(tasks) ? tasks : []
  if (list.length > 1) return `${list.length} tasks`
  const goal = (list[0] as {goal?: unknown} | null | undefined)?.goal
  return typeof goal === 'string' ? nameOf(goal) : ''
}
