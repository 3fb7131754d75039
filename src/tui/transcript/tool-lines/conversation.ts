import {counted, listField, textField} from './fields.js'
import type {TaskState, ToolCall, ToolSaid} from './line.js'

const taskStates: ReadonlyMap<unknown, TaskState> = new Map([
  ['completed', 'done'],
  ['in_progress', 'doing'],
  ['cancelled', 'dropped'],
])

/** `Tasks · 2 of 5 done` above the list. */
export function todoSaid({result, args}: ToolCall): ToolSaid {
  const todos = listField(result, 'todos') ?? listField(args, 'todos')
  if (!todos) return {}
  const tasks = todos.map((todo) => ({
    state: taskStates.get(textField(todo, 'status')) ?? ('open' as const),
    text: textField(todo, 'content', 'text') ?? '',
  }))
  const done = tasks.filter(({state}) => state === 'done').length
  return {
    subject: '',
    facts: [tasks.length === 0 ? 'none left' : `${done} of ${tasks.length} done`],
    ...(tasks.length === 0 ? {} : {body: {kind: 'tasks', tasks}}),
  }
}

/** `Asked which port?` above what was answered. */
export function clarifySaid({result, args}: ToolCall): ToolSaid {
  const question = textField(result, 'question') ?? textField(args, 'question')
  const answer = textField(result, 'user_response', 'answer')
  return {
    ...(question === undefined ? {} : {subject: question}),
    ...(answer === undefined
      ? {}
      : answer.trim() === ''
        ? {facts: ['not answered']}
        : {body: {kind: 'text', text: answer, shows: 'head'}}),
  }
}

/** `Searched sessions "port" · 3 found`. */
export function sessionSearchSaid({result, context}: ToolCall): ToolSaid {
  const results = listField(result, 'results')
  if (!results) return {}
  const text = results.map((found) => {
    const title = textField(found, 'title') || textField(found, 'key', 'session_id') || ''
    return [title, ...(textField(found, 'snippet', 'summary') ?? '').split('\n').map((line) => `  ${line}`)].join('\n')
  })
  return {
    subject: context === '' || context.startsWith('"') ? context : `"${context}"`,
    facts: [results.length === 0 ? 'nothing found' : `${counted(results.length, 'message')} found`],
    ...(results.length === 0 ? {} : {body: {kind: 'text', text: text.join('\n'), shows: 'nothing'}}),
  }
}
