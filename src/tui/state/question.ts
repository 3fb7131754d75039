import type {GatewayEvent} from '../../protocol/events.js'
import {type Editor, type EditorAction, edit, emptyEditor} from '../composer/editor.js'

/** Something that the gateway asks and waits for. */
export interface Question {
  kind: 'approval' | 'clarify' | 'sudo' | 'secret'
  requestId: string | undefined
  title: string
  /** The command of an approval. */
  detail: string | undefined
  choices: readonly {label: string; value: string}[]
  selected: number
  /** For an answer in words. */
  editor: Editor
  masked: boolean
}

export type QuestionAction = {type: 'select'; index: number} | {type: 'edit'; action: EditorAction}

type Request = Extract<GatewayEvent, {type: 'approval.request' | 'clarify.request' | 'sudo.request' | 'secret.request'}>

export function questionOf(event: Request): Question {
  const base = {selected: 0, editor: emptyEditor, masked: false, choices: [], detail: undefined}
  switch (event.type) {
    case 'approval.request': {
      const {command, description, allow_permanent: permanent} = event.payload
      const choices = [
        {label: 'Allow once', value: 'once'},
        {label: 'Allow for this session', value: 'session'},
        ...(permanent === false ? [] : [{label: 'Always allow', value: 'always'}]),
        {label: 'Deny', value: 'deny'},
      ]
      return {...base, kind: 'approval', requestId: undefined, title: description, detail: command, choices}
    }
    case 'clarify.request': {
      const {question, request_id: requestId, choices} = event.payload
      const listed = (choices ?? []).map((choice) => ({label: choice, value: choice}))
      return {...base, kind: 'clarify', requestId, title: question, choices: listed}
    }
    case 'sudo.request':
      return {...base, kind: 'sudo', requestId: event.payload.request_id, title: 'Password for sudo', masked: true}
    case 'secret.request': {
      const {prompt, env_var: variable, request_id: requestId} = event.payload
      return {...base, kind: 'secret', requestId, title: `${prompt} (${variable})`, masked: true}
    }
  }
}

/** Can be answered in words: everything but an approval. */
export function answerable(question: Question): boolean {
  return question.kind !== 'approval'
}

export function reduceQuestion(question: Question, action: QuestionAction): Question {
  if (action.type === 'edit') return {...question, editor: edit(question.editor, action.action)}
  const count = question.choices.length
  return count === 0 ? question : {...question, selected: (action.index + count) % count}
}

/** The answer as it is now: what was typed, else the choice that is selected. */
export function answerOf(question: Question): string {
  if (answerable(question) && question.editor.text !== '') return question.editor.text
  return question.choices[question.selected]?.value ?? ''
}
