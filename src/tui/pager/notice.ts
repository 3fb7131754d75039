import type {ChatState} from '../state/state.js'
import {recoveryText} from '../state/status/status.js'
import {visibleLine} from '../text/visible.js'

/** What the chat was like when the pager was opened. */
export type Before = Pick<ChatState, 'turn' | 'view'>

/** What goes on behind the pager and should not be missed, the gravest first; undefined where there is nothing. */
export function noticeOf(state: ChatState, before: Before): string | undefined {
  const {view, questions, turn} = state
  if (view.phase === 'exhausted') return '✖ the gateway is down and not started again · q shows it'
  if (view.recovering) return `! the gateway died · ${recoveryText(view, state.session.key !== undefined)}`
  const [question] = questions
  if (question) {
    const what = question.subject ? `: ${visibleLine(question.subject.command)}` : ''
    return `? waits for you · q shows it · ${visibleLine(question.title)}${what}`
  }
  if (view.generation !== before.view.generation) return '! the gateway died meanwhile, and the session is back'
  if (before.turn && !turn) return '✔ the reply is finished'
  return undefined
}
