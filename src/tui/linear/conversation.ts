import type {Chat} from '../chat.js'
import {draftOf, sentOf} from '../composer/literal.js'
import {parseCommand, resolveCommand} from '../composer/slash-command.js'
import {queued} from '../state/prompts.js'
import {answerable, type Question, unsentWords} from '../state/question.js'
import {type ChatState, isLive, openQuestion} from '../state/state.js'
import {oneLine} from '../text/sanitize.js'
import {pickerAnswer} from './picker-lines.js'
import {answerOf} from './question-lines.js'

/** A second Ctrl+C within this time leaves. */
const QUIT_MS = 1500

export interface ConversationServices {
  print(lines: readonly string[]): void
  /** While `act` runs: this prompt stands on the terminal already, as it was typed. */
  typed(prompt: string, act: () => void): void
  /** Milliseconds of a clock that only goes forward. */
  now(): number
}

/** What an entered line means, by what is open: a question, a list, the draft. */
export class Conversation {
  readonly #chat: Chat
  readonly #services: ConversationServices
  #quitAsked = Number.NEGATIVE_INFINITY
  /** The draft as it was typed here. */
  #own = ''

  constructor(chat: Chat, services: ConversationServices) {
    this.#chat = chat
    this.#services = services
  }

  /** Several lines were pasted: they are a prompt, and answer nothing but what is answered in words. */
  enter(text: string) {
    const {state} = this.#chat
    if (state.closing) return
    const pasted = text.includes('\n')
    const verdict = this.#chat.asking.key({name: `line ${text}`})
    const question = openQuestion(state)
    if (!pasted && this.#isCommand(text)) return this.#command(text)
    if (question && (!pasted || answerable(question))) return this.#answer(question, text, verdict === 'counts')
    if (state.picker && !pasted) return this.#choose(text)
    this.#compose(text.trim().includes('\n') && state.editor.text === '' ? draftOf(text) : text)
  }

  /** Ctrl+C: closes what is open, else interrupts, else clears, else leaves at the second one. */
  interrupt() {
    const {store, state} = this.#chat
    const [question] = state.questions
    if (question) {
      this.decline(question)
      this.#chat.interrupt()
      return
    }
    if (state.picker) {
      store.dispatch({type: 'pick', picker: undefined})
      return this.#services.print(['closed'])
    }
    if (state.turn && !state.turn.interrupting && this.#chat.interrupt()) return this.#services.print(['interrupting'])
    const now = this.#services.now()
    const draft = state.editor.text
    if (draft !== '') {
      this.#chat.history.add(draft)
      store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
      this.#quitAsked = now
      return this.#services.print(['draft cleared; Ctrl+C again leaves'])
    }
    if (now - this.#quitAsked <= QUIT_MS) return this.#chat.quit()
    this.#quitAsked = now
    this.#services.print(['Ctrl+C again leaves'])
  }

  decline(question: Question): void {
    this.#chat.store.dispatch({type: 'keep-words', words: unsentWords(question)})
    this.#chat.asking.answered()
    this.#chat.answer(undefined)
    this.#services.print([question.subject ? 'denied' : 'declined'])
  }

  #isCommand(text: string): boolean {
    const parsed = parseCommand(text)
    if (!parsed) return false
    // Behind a draft, or as an answer, a path is text.
    const {questions, editor} = this.#chat.state
    return questions.length === 0 && editor.text === ''
      ? true
      : 'command' in resolveCommand(this.#chat.commands, parsed.name)
  }

  /** Whatever is open stays so, and the draft too. */
  #command(text: string) {
    const draft = this.#chat.state.editor.text
    this.#chat.submit(text)
    if (draft !== '' && this.#chat.state.editor.text === '') this.#load(draft)
  }

  #answer(question: Question, text: string, counts: boolean) {
    const answer = answerOf(text, question)
    if (answer.kind === 'unclear') {
      const {choices} = question
      if (text.trim() === '' || choices.length === 0) return this.#services.print(['The question waits for an answer.'])
      return this.#services.print([
        `Not taken: type a number from 1 to ${choices.length}, or no and what to do instead.`,
      ])
    }
    // Typed before it could have been read.
    if (!counts && (answer.kind === 'answer' || answer.reason === '')) {
      return this.#services.print(['Not taken, it came before the question could be read: type it again.'])
    }
    this.#chat.asking.answered()
    if (answer.kind === 'denied') {
      this.#chat.answer('deny', answer.reason === '' ? {} : {reason: answer.reason})
      return this.#services.print(['denied'])
    }
    if (answerable(question)) {
      // Should nobody take it, these are the words that are kept.
      this.#chat.store.dispatch({type: 'question', action: {type: 'edit', action: {type: 'load', text: answer.value}}})
    }
    this.#chat.answer(answer.value, answer.rule === undefined ? {} : {rule: answer.rule})
    if (question.subject) this.#services.print([answer.allows ? 'allowed' : 'denied'])
  }

  #choose(text: string) {
    const {store, state} = this.#chat
    if (!state.picker) return
    const answer = pickerAnswer(text, state.picker)
    if (answer.kind === 'pick') return this.#chat.pick(answer.choice)
    if (answer.kind === 'close') {
      store.dispatch({type: 'pick', picker: undefined})
      return this.#services.print(['closed'])
    }
    store.dispatch({type: 'pick', picker: {...state.picker, filter: answer.filter, selected: 0}})
  }

  #compose(text: string) {
    const draft = this.#chat.state.editor.text
    const whole = draft === '' || draft.endsWith('\n') ? draft + text : `${draft}\n${text}`
    // On disk at once, as what is typed into a screen is.
    if (text.endsWith('\\')) return this.#load(`${whole.slice(0, -1)}\n`)
    const prompt = text === '' ? draft.replace(/\n$/, '') : whole
    const before = queued(this.#chat.state.prompts).length
    this.#load(prompt)
    this.#services.typed(sentOf(prompt), () => this.#chat.submit(prompt))
    if (prompt.trim() !== '') this.#tellQueue(before, prompt)
  }

  #tellQueue(before: number, prompt: string): void {
    const {state} = this.#chat
    const waiting = queued(state.prompts).length
    if (waiting <= before) return
    const why = isLive(state) ? '' : ', until the session is there'
    this.#services.print([`queued, ${waiting} ${waiting === 1 ? 'waits' : 'wait'}${why}: ${oneLine(prompt, 60)}`])
  }

  /** What is in the draft and was not typed here: it came back from disk, or nobody took it as an answer. */
  foreignDraft(): string | undefined {
    const {text} = this.#chat.state.editor
    if (text === this.#own) return undefined
    this.#own = text
    return text === '' ? undefined : text
  }

  #load(text: string): void {
    this.#own = text
    this.#chat.store.dispatch({type: 'edit', action: {type: 'load', text}})
  }
}

/** What the person is asked to type now; undefined where nothing is waited for. */
export function promptOf(state: ChatState): string | undefined {
  if (state.closing) return undefined
  const question = openQuestion(state)
  // Before that no line counts.
  if (question) return !state.asking?.armed ? undefined : question.masked ? 'Password: ' : 'answer> '
  if (state.picker) return 'choose> '
  if (state.editor.text !== '') return '... '
  const {view} = state
  const open = isLive(state) || view.problem !== undefined || view.phase === 'exhausted'
  return open && !state.turn && state.questions.length === 0 ? '> ' : undefined
}
