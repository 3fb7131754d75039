import type {KeyState} from '../../keys/table.js'
import {type ChatState, isBusy, isQueueOpen, openQuestion} from '../state/state.js'

/** What is topmost on the screen: its keys count, and Esc closes that and nothing else. */
export function keyStateOf(state: ChatState): KeyState {
  const question = openQuestion(state)
  if (question) return question.writing ? 'answer' : 'question'
  if (state.picker) return 'list'
  if (state.search) return 'search'
  if (isQueueOpen(state)) return 'queue'
  if (state.questions.length > 0) return 'announced'
  if (state.turn || state.compacting !== undefined) return 'turn'
  if (isDown(state)) return 'down'
  return state.editor.text === '' && !isBusy(state) ? 'empty' : 'composer'
}

/** Nobody works on it, and a key can change that. */
function isDown({view, elsewhere}: ChatState): boolean {
  return view.phase === 'exhausted' || (view.problem !== undefined && !view.session && !elsewhere)
}
