import type {Chat} from '../chat.js'
import {completeDraft} from '../composer/completion.js'
import type {EditorAction} from '../composer/editor.js'
import {type HistoryWalk, walkHistory} from '../composer/history.js'
import {moveByRow} from '../composer/layout.js'
import type {Key} from '../state/answer-guard.js'
import {filterPicker, movePicker, picked} from '../state/picker.js'
import {queued} from '../state/prompts.js'
import {openQuestion} from '../state/state.js'
import {editorAction, type KeyPress} from './keys.js'
import {QuestionKeys} from './question-keys.js'

/** A second Ctrl+C within this time leaves. */
const QUIT_MS = 1500

/** What the keyboard needs of the terminal. */
export interface KeyboardServices {
  columns(): number
  redraw(): void
  suspend(): void
  /** Opens what is folded. */
  unfold(): void
}

const top: HistoryWalk = {back: 0, draft: ''}

/** What keys do, by what is on screen: a question, a list, the search, the composer. */
export class Keyboard {
  readonly #chat: Chat
  readonly #services: KeyboardServices
  readonly #now: () => number
  readonly #questionKeys: QuestionKeys
  #walk = top
  #quitAsked = Number.NEGATIVE_INFINITY
  /** The draft that the last Ctrl+C cleared. */
  #cleared = ''

  constructor(chat: Chat, services: KeyboardServices, now: () => number = () => performance.now()) {
    this.#chat = chat
    this.#services = services
    this.#now = now
    this.#questionKeys = new QuestionKeys(chat)
  }

  press(press: KeyPress) {
    if (this.#chat.state.closing) return
    const verdict = this.#chat.asking.key(keystroke(press))
    const {state} = this.#chat
    const question = openQuestion(state)
    if (press.ctrl && press.name === 'l') return this.#services.redraw()
    if (press.ctrl && press.name === 'z') return this.#services.suspend()
    if (press.ctrl && press.name === 'c') return this.#cancel()
    if (question) return this.#questionKeys.press(question, press, verdict)
    if (press.ctrl && press.name === 'o') {
      return state.questions.length > 0 ? this.#chat.asking.open() : this.#services.unfold()
    }
    if (state.picker) return this.#inPicker(press)
    if (state.search) return this.#inSearch(press)
    this.#inComposer(press)
  }

  /** A paste is text and nothing else, whatever it contains. */
  paste(text: string) {
    const pasted = text.replace(/\r\n?/g, '\n')
    const verdict = this.#chat.asking.key({name: 'paste'})
    const {store, state} = this.#chat
    const question = openQuestion(state)
    if (question) this.#questionKeys.paste(question, pasted, verdict)
    else if (state.picker)
      store.dispatch({type: 'pick', picker: filterPicker(state.picker, state.picker.filter + text)})
    else if (state.search) store.dispatch({type: 'search', search: {query: state.search.query + text, skip: 0}})
    else this.#edit({type: 'paste', text: pasted})
  }

  /** Ctrl+C: closes what is open (a question is declined, and its turn interrupted), else interrupts, else clears, else leaves at the second press. */
  #cancel() {
    const {store, state} = this.#chat
    const [question] = state.questions
    if (question && (openQuestion(state) || !(state.picker || state.search))) {
      this.#questionKeys.decline(question)
      this.#chat.interrupt()
      return
    }
    if (state.picker) return store.dispatch({type: 'pick', picker: undefined})
    if (state.search) return store.dispatch({type: 'search', search: undefined})
    if (state.turn && !state.turn.interrupting && this.#chat.interrupt()) return
    const now = this.#now()
    const {text} = state.editor
    if (now - this.#quitAsked <= QUIT_MS) {
      // Who leaves has not thrown the draft away.
      if (this.#cleared !== '' && text === '') this.#setText(this.#cleared)
      return this.#chat.quit()
    }
    this.#quitAsked = now
    this.#cleared = text
    if (text === '') return store.dispatch({type: 'hint', text: 'Ctrl+C again leaves'})
    this.#chat.history.add(text)
    this.#setText('')
    store.dispatch({type: 'hint', text: 'Draft cleared, ↑ brings it back · Ctrl+C again leaves'})
  }

  #inPicker(press: KeyPress) {
    const {store, state} = this.#chat
    const {picker} = state
    if (!picker) return
    const show = (next: typeof picker | undefined) => store.dispatch({type: 'pick', picker: next})
    if (press.name === 'escape') return show(undefined)
    if (press.name === 'up') return show(movePicker(picker, -1))
    if (press.name === 'down' || press.name === 'tab') return show(movePicker(picker, 1))
    if (press.name === 'backspace') return show(filterPicker(picker, picker.filter.slice(0, -1)))
    if (press.name === 'text') return show(filterPicker(picker, picker.filter + (press.text ?? '')))
    const choice = press.name === 'return' ? picked(picker) : undefined
    if (choice) this.#chat.pick(choice)
  }

  #inSearch(press: KeyPress) {
    const {store, state, history} = this.#chat
    const {search} = state
    if (!search) return
    const show = (next: typeof search | undefined) => store.dispatch({type: 'search', search: next})
    if (press.ctrl && press.name === 'r') return show({...search, skip: search.skip + 1})
    if (press.name === 'backspace') return show({query: search.query.slice(0, -1), skip: 0})
    if (press.name === 'text') return show({query: search.query + (press.text ?? ''), skip: 0})
    show(undefined)
    if (press.name === 'escape') return
    const found = history.find(search.query, search.skip)
    if (found !== undefined) this.#setText(found)
    // Any other key takes the match and does what it does.
    if (press.name !== 'return') this.press(press)
  }

  #inComposer(press: KeyPress) {
    const {store, state} = this.#chat
    const {editor} = state
    const {name, ctrl, alt, shift} = press
    if (name === 'return') {
      if (alt || shift || ctrl) return this.#edit({type: 'insert', text: '\n'})
      if (editor.text[editor.cursor - 1] === '\\') {
        this.#edit({type: 'backspace'})
        return this.#edit({type: 'insert', text: '\n'})
      }
      this.#walk = top
      return this.#chat.submit(editor.text)
    }
    if (name === 'escape') {
      const [question] = state.questions
      if (question) return this.#questionKeys.decline(question)
      this.#chat.interrupt()
      return
    }
    if (name === 'tab') {
      const completed = completeDraft(this.#chat.commands, editor.text)
      if (completed !== undefined) this.#setText(completed)
      else void this.#chat.completeArguments()
      return
    }
    if (name === 'up' || name === 'down') return this.#vertical(name === 'up' ? -1 : 1)
    if (ctrl && name === 'd') {
      if (editor.text === '') return this.#chat.quit()
      if (editor.cursor < editor.text.length) return this.#edit({type: 'delete'})
      const kept = state.inputSaved ? 'is kept' : 'cannot be saved'
      return store.dispatch({type: 'hint', text: `Ctrl+C twice leaves; the draft ${kept}`})
    }
    if (ctrl && name === 'r') {
      const {phase, problem, session} = state.view
      const refused = problem !== undefined && !session && !state.elsewhere
      if (phase === 'exhausted' || refused) return this.#chat.recover()
      return store.dispatch({type: 'search', search: {query: '', skip: 0}})
    }
    const action = editorAction(press)
    if (action?.type === 'insert') this.#edit({...action, at: this.#now()})
    else if (action) this.#edit(action)
  }

  #edit(action: EditorAction): void {
    this.#walk = top
    this.#chat.store.dispatch({type: 'edit', action})
  }

  #setText(text: string): void {
    this.#edit({type: 'set', text})
  }

  /** Up and Down move in the draft; beyond its first and last row they go through the queue and the history. */
  #vertical(delta: -1 | 1) {
    const {store, state, history} = this.#chat
    const {editor} = state
    const target = moveByRow(editor.text, editor.cursor, Math.max(20, this.#services.columns()) - 2, delta)
    if (target !== undefined) return store.dispatch({type: 'edit', action: {type: 'cursor', cursor: target}})
    const last = queued(state.prompts).at(-1)
    if (delta === -1 && editor.text === '' && this.#walk.back === 0 && last) {
      // It is nowhere else any more: undo does not take it away.
      this.#edit({type: 'load', text: last.text})
      return store.dispatch({type: 'dequeue', id: last.id})
    }
    const step = walkHistory(history.entries, this.#walk, editor.text, delta === -1 ? 1 : -1)
    if (!step) return
    store.dispatch({type: 'edit', action: {type: 'set', text: step.text}})
    this.#walk = step.walk
  }
}

function keystroke({name, text, ctrl, alt, shift, repeat, burst}: KeyPress): Key {
  const modifiers = [ctrl && 'ctrl', alt && 'alt', shift && 'shift'].filter(Boolean)
  return {name: [...modifiers, name, text].join(' '), ...(repeat ? {repeat} : {}), ...(burst ? {burst} : {})}
}
