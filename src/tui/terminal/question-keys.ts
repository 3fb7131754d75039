import type {Action} from '../../keys/table.js'
import type {Chat} from '../chat.js'
import type {Asked} from '../screen/part.js'
import type {Verdict} from '../state/answer-guard.js'
import {answerable, type Question, type QuestionAction, unsentWords} from '../state/question.js'
import {editorAction, type KeyPress} from './keys.js'

/** What keys do while a question is open. What they must not do yet is told by the verdict of the guard. */
export class QuestionKeys {
  readonly #chat: Chat

  constructor(chat: Chat) {
    this.#chat = chat
  }

  press(question: Question, press: KeyPress, action: Action | undefined, verdict: Verdict) {
    if (action === 'question-decline' || action === 'answer-close') return this.#escape(question)
    if (this.#scroll(question, action)) return
    if (verdict === 'dead') return this.#astray(question, 'insert', press.text)
    if (question.writing) return this.#write(question, press, action)
    this.#choose(question, press, action, verdict)
  }

  /** A paste answers nothing; it goes where words go. */
  paste(question: Question, text: string, verdict: Verdict) {
    if (verdict === 'dead' || (!question.writing && !answerable(question))) {
      return this.#astray(question, 'paste', text)
    }
    this.#insert(question, text, 'paste')
  }

  /** No; what was typed and not sent stays in the draft. */
  decline(question: Question) {
    this.#chat.store.dispatch({type: 'keep-words', words: unsentWords(question)})
    this.#answer(undefined)
  }

  #escape(question: Question) {
    if (answerable(question) || !question.writing) return this.decline(question)
    this.#chat.store.dispatch({type: 'keep-words', words: unsentWords(question)})
    this.#change({type: 'discard'})
  }

  #scroll(question: Question, action: Action | undefined): boolean {
    const {asked} = this.#chat.asking
    if (!asked || (!question.subject && asked.total <= asked.page)) return false
    const to = scrolledTo(action, asked)
    if (to === undefined) return false
    this.#change({type: 'scroll', top: Math.min(Math.max(0, asked.total - asked.page), to)})
    return true
  }

  #write(question: Question, press: KeyPress, action: Action | undefined) {
    if (action === 'answer-newline' || (action === 'answer-send' && press.burst)) {
      if (!question.masked) this.#insert(question, '\n')
      return
    }
    if (action === 'answer-send') {
      const words = question.editor.text
      if (answerable(question)) return this.#answer(words)
      return this.#answer('deny', {reason: words.trim()})
    }
    if (action === 'backspace' && question.editor.text === '' && !answerable(question)) {
      return this.#change({type: 'discard'})
    }
    const edits = editorAction(press, action)
    if (edits) this.#change({type: 'edit', action: edits})
  }

  #choose(question: Question, press: KeyPress, action: Action | undefined, verdict: Verdict) {
    const {choices} = question
    const counts = verdict === 'counts'
    const selected = this.#chat.asking.asked?.selected
    if (choices.length > 0) {
      if (action === 'question-down') return this.#change({type: 'select', index: (selected ?? -1) + 1})
      if (action === 'question-up') return this.#change({type: 'select', index: (selected ?? choices.length) - 1})
    }
    if (action === 'question-write' && !answerable(question)) return this.#change({type: 'write'})
    if (action === 'question-take') {
      if (!counts) return
      const choice = selected === undefined ? undefined : choices[selected]
      if (choice) this.#answer(choice.value, choice)
      else if (choices.length === 0) this.#answer('')
      return
    }
    const {text} = press
    if (text === undefined) return
    if (!counts) return this.#astray(question, 'insert', text)
    const choice = !question.several && /^[1-9]$/.test(text) ? choices[Number(text) - 1] : undefined
    if (choice) this.#answer(choice.value, choice)
    else this.#insert(question, text)
  }

  /** Typed for something else: it goes into the draft, but what may be a piece of a password goes nowhere. */
  #astray(question: Question, type: 'insert' | 'paste', text: string | undefined) {
    if (text === undefined) return
    const {store, asking} = this.#chat
    asking.astray(text)
    if (question.masked) store.dispatch({type: 'hint', text: 'That came too early and was not taken: type it again'})
    else store.dispatch({type: 'edit', action: {type, text}})
  }

  #insert(question: Question, text: string, type: 'insert' | 'paste' = 'insert') {
    if (!question.writing) this.#change({type: 'write'})
    this.#change({type: 'edit', action: {type, text}})
  }

  #answer(value: string | undefined, more: {rule?: string; reason?: string} = {}) {
    this.#chat.asking.answered()
    this.#chat.answer(value, more)
  }

  #change(action: QuestionAction) {
    this.#chat.store.dispatch({type: 'question', action})
  }
}

/** The row that comes to the top. */
function scrolledTo(action: Action | undefined, {top, page, total}: Asked): number | undefined {
  const leap = Math.max(1, page - 1)
  const half = Math.max(1, Math.floor(page / 2))
  switch (action) {
    case 'question-page-up':
    case 'answer-page-up':
      return top - leap
    case 'question-page-down':
    case 'answer-page-down':
      return top + leap
    case 'question-top':
      return 0
    case 'question-bottom':
      return total
    case 'question-half-up':
      return top - half
    case 'question-half-down':
      return top + half
    default:
      return undefined
  }
}
