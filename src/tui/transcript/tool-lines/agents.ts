import {visibleLine} from '../../text/visible.js'
import {field, numberField, textField} from './fields.js'
import type {ToolCall, ToolSaid} from './line.js'

/** `Delegated 3 tasks · 2 done, 1 interrupted`; what each brought is folded, as each was told when it ended. */
export function delegatedSaid({result}: ToolCall): ToolSaid {
  const tasks = field(result, 'tasks')
  if (!Array.isArray(tasks)) return {}
  const states = new Map<string, number>()
  for (const task of tasks) {
    const state = textField(task, 'state') ?? ''
    const word = state === 'complete' ? 'done' : (state.split(':')[0] ?? state)
    states.set(word, (states.get(word) ?? 0) + 1)
  }
  const text = tasks.map(taskText).join('\n\n')
  return {
    subject: tasks.length === 1 ? visibleLine(textField(tasks[0], 'task') ?? 'a task') : `${tasks.length} tasks`,
    facts: [...states].map(([word, count]) => (tasks.length === 1 ? word : `${count} ${word}`)),
    ...(text === '' ? {} : {body: {kind: 'text', text, shows: 'nothing'}}),
  }
}

function taskText(task: unknown): string {
  const [name, state, said, note] = ['task', 'state', 'text', 'note'].map((key) => textField(task, key) ?? '')
  const steps = numberField(task, 'steps') ?? 0
  const branch = textField(task, 'branch')
  const diff = textField(task, 'diff')
  const head = [name, state, `${steps} ${steps === 1 ? 'step' : 'steps'}`, branch ?? ''].filter(Boolean).join(' · ')
  return [head, note, said, diff].filter(Boolean).join('\n')
}
