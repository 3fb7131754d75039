import {defineTool} from './define.js'
import type {Tool} from './types.js'

const todoStates = ['pending', 'in_progress', 'completed', 'cancelled'] as const

/** The list lives in the conversation, in its own results: so it survives a new process and needs no place of its own. */
export function createTodo(): Tool {
  return defineTool({
    name: 'todo',
    toolset: 'todo',
    description: 'Keeps the task list of this session, which the person sees. Send the whole list each time.',
    idempotent: true,
    arguments: {
      todos: {
        type: 'array',
        description: 'The whole list, in order; at most one in progress',
        required: true,
        maxItems: 100,
        items: {
          id: {type: 'string', description: 'Short id, unique in the list'},
          content: {type: 'string', description: 'What is to be done'},
          status: {type: 'string', description: 'State', enum: todoStates},
        },
      },
    },
    context: ({todos}) => (Array.isArray(todos) ? `${todos.length} tasks` : ''),
    async run({todos}) {
      const ids = new Set(todos.map((todo) => todo.id))
      if (ids.size < todos.length) return {error: 'todo: ids have to be unique in the list'}
      const active = todos.filter((todo) => todo.status === 'in_progress')
      if (active.length > 1) return {error: 'todo: only one task can be in progress at a time'}
      const summary = Object.fromEntries(
        todoStates.map((status) => [status, todos.filter((todo) => todo.status === status).length]),
      )
      return {todos, summary: {total: todos.length, ...summary}}
    },
  })
}

export function createClarify(): Tool {
  return defineTool({
    name: 'clarify',
    toolset: 'clarify',
    description: 'Asks the person a question, with or without choices, and waits for the answer.',
    idempotent: true,
    arguments: {
      question: {type: 'string', description: 'The question', required: true, minLength: 1, maxLength: 2000},
      choices: {
        type: 'array',
        description: 'Answers to choose from; another one can be typed',
        items: 'string',
        minItems: 1,
        maxItems: 10,
      },
    },
    context: ({question}) => String(question ?? ''),
    async run({question, choices}, context) {
      const offered = choices ?? null
      const answer = await context.clarify(question, offered)
      return {
        question,
        choices_offered: offered,
        user_response: answer,
        ...(answer === '' ? {note: 'The person did not answer: go on with your own judgement.'} : {}),
      }
    },
  })
}

export function createSessionSearch(): Tool {
  return defineTool({
    name: 'session_search',
    toolset: 'session_search',
    description: 'Searches the messages of all earlier sessions on this machine.',
    idempotent: true,
    readsOnly: true,
    arguments: {
      query: {type: 'string', description: 'Words to look for', required: true, minLength: 1, maxLength: 1000},
      limit: {type: 'integer', description: 'At most so many (default 10)', minimum: 1, maximum: 50},
    },
    context: ({query}) => String(query ?? ''),
    async run({query, limit = 10}, context) {
      const results = context.searchSessions(query, limit)
      return {query, count: results.length, results}
    },
  })
}
