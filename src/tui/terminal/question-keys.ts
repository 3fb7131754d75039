import type {Chat} from '../chat.js'
import type {Verdict} from '../state/answer-guard.js'
import {answerable, type Question, type QuestionAction, unsentWords} from '../state/question.js'
import {editorAction, type KeyPress} from './keys.js'

/** What keys do while a question is open. What they must not do yet is told by the verdict of the guard. */
export class QuestionKeys {
  readonly #chat: Chat

  constructor(chat: Chat) {
    this.#chat = chat
  }

  press(question: Question, press: KeyPress, verdict: Verdict) {
    if (press.name === 'escape') return this.#escape(question)
    if (this.#scroll(question, press)) return
    if (verdict === 'dead') return this.#astray(question, 'insert', press.text)
    if (question.writing) return this.#write(question, press)
    this.#choose(question, press, verdict)
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

  #scroll(question: Question, {name, ctrl}: KeyPress): boolean {
    const {asked} = this.#chat.asking
    if (!asked || (!question.subject && asked.total <= asked.page)) return false
    const {top, page, total} = asked
    const last = Math.max(0, total - page)
    const leap = Math.max(1, page - 1)
    const half = Math.max(1, Math.floor(page / 2))
    const free = !question.writing
    const to =
      name === 'pageup'
        ? top - leap
        : name === 'pagedown'
          ? top + leap
          : free && name === 'home'
            ? 0
            : free && name === 'end'
              ? last
              : free && ctrl && name === 'u'
                ? top - half
                : free && ctrl && name === 'd'
                  ? top + half
                  : undefined
    if (to === undefined) return false
    this.#change({type: 'scroll', top: Math.min(last, to)})
    return true
  }

  #write(question: Question, press: KeyPress) {
    if (press.name === 'return') {
      if (press.alt || press.shift || press.ctrl || press.burst) {
        if (!question.masked) this.#insert(question, '\n')
        return
      }
      const words = question.editor.text
      if (answerable(question)) return this.#answer(words)
      return this.#answer('deny', {reason: words.trim()})
    }
    if (press.name === 'backspace' && question.editor.text === '' && !answerable(question)) {
      return this.#change({type: 'discard'})
    }
    const action = editorAction(press)
    if (action) this.#change({type: 'edit', action})
  }

  #choose(question: Question, press: KeyPress, verdict: Verdict) {
    const {choices} = question
    const counts = verdict === 'counts'
    const selected = this.#chat.asking.asked?.selected
    if (choices.length > 0) {
      if (press.name === 'down') return this.#change({type: 'select', index: (selected ?? -1) + 1})
      if (press.name === 'up') return this.#change({type: 'select', index: (selected ?? choices.length) - 1})
    }
    if (press.name === 'tab' && !answerable(question)) return this.#change({type: 'write'})
    if (press.name === 'return') {
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
