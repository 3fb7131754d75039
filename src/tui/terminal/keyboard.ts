import {findAction} from '../../keys/bindings.js'
import {shownKeys} from '../../keys/spelling.js'
import type {Action, KeyState} from '../../keys/table.js'
import {hintOf} from '../../keys/text.js'
import type {Chat} from '../chat.js'
import type {EditorAction} from '../composer/editor.js'
import {type HistoryWalk, walkHistory} from '../composer/history.js'
import {moveByRow} from '../composer/layout.js'
import type {Key} from '../state/answer-guard.js'
import {filterPicker, movePicker, type Picker, picked} from '../state/picker.js'
import {queued} from '../state/prompts.js'
import {openQuestion} from '../state/state.js'
import {keyStateOf} from './key-state.js'
import {editorAction, type KeyPress} from './keys.js'
import {QuestionKeys} from './question-keys.js'
import {QueueKeys} from './queue-keys.js'
import {SearchKeys} from './search-keys.js'

/** The draft is what is typed at. */
const atDraft: ReadonlySet<KeyState> = new Set(['announced', 'turn', 'down', 'empty', 'composer'])

/** A second Ctrl+C within this time leaves. */
const QUIT_MS = 1500

/** Keys that follow each other within this time may mean something together. */
const CHORD_MS = 2000

/** What the keyboard needs of the terminal. */
export interface KeyboardServices {
  columns(): number
  redraw(): void
  suspend(): void
  /** Opens what is folded. */
  unfold(): void
  /** Opens the draft in the person's editor; default there is none. */
  edit?(): void
}

const top: HistoryWalk = {back: 0, draft: ''}

/** What keys do, by what is on screen and the table of keys. */
export class Keyboard {
  readonly #chat: Chat
  readonly #services: KeyboardServices
  readonly #now: () => number
  readonly #questionKeys: QuestionKeys
  readonly #queueKeys: QueueKeys
  readonly #searchKeys: SearchKeys
  #walk = top
  #quitAsked = Number.NEGATIVE_INFINITY
  /** The draft that the last Ctrl+C cleared. */
  #cleared = ''
  /** The beginning of several keys that mean something together. */
  #begun = {keys: '', state: '', at: Number.NEGATIVE_INFINITY}

  constructor(chat: Chat, services: KeyboardServices, now: () => number = () => performance.now()) {
    this.#chat = chat
    this.#services = services
    this.#now = now
    this.#questionKeys = new QuestionKeys(chat)
    this.#queueKeys = new QueueKeys(chat)
    this.#searchKeys = new SearchKeys(chat)
  }

  press(press: KeyPress) {
    if (this.#chat.state.closing) return
    const verdict = this.#chat.asking.key(keystroke(press))
    const {state} = this.#chat
    const letters = press.name === 'text' ? [...(press.text ?? '')] : []
    if (letters.length > 1 && keyStateOf(state) === 'queue') {
      // There each of them is a key.
      for (const text of letters) this.press({...press, text})
      return
    }
    if (this.#belowDraft(press, keyStateOf(state))) return
    const action = this.#actionOf(press, keyStateOf(state))
    if (action === 'begun') return
    switch (action) {
      case 'redraw':
        return this.#services.redraw()
      case 'suspend':
        return this.#services.suspend()
      case 'cancel':
        return this.#cancel()
    }
    const question = openQuestion(state)
    if (question) return this.#questionKeys.press(question, press, action, verdict)
    if (action === 'unfold') return state.questions.length > 0 ? this.#chat.asking.open() : this.#services.unfold()
    switch (keyStateOf(state)) {
      case 'list':
        return this.#inPicker(press, action)
      case 'search':
        if (!state.search) return
        if (press.name === 'text') return this.#searchKeys.type(state.search, press.text ?? '')
        if (!this.#searchKeys.act(state.search, action)) this.press(press)
        return
      case 'queue':
        return this.#queueKeys.act(action)
      default:
        this.#inComposer(press, action)
    }
  }

  /** A paste is text and nothing else, whatever it contains. */
  paste(text: string) {
    const pasted = text.replace(/\r\n?/g, '\n')
    const verdict = this.#chat.asking.key({name: 'paste'})
    const {store, state} = this.#chat
    const question = openQuestion(state)
    if (question) this.#questionKeys.paste(question, pasted, verdict)
    else if (state.picker) {
      if (!this.#chat.sessions.paste(pasted))
        store.dispatch({type: 'pick', picker: filterPicker(state.picker, state.picker.filter + text)})
    } else if (state.search) this.#searchKeys.type(state.search, text)
    else {
      if (state.queueAt !== undefined) store.dispatch({type: 'queue-at', id: undefined})
      this.#edit({type: 'paste', text: this.#chat.images.labelled(pasted) ?? this.#chat.pasted.fold(pasted)})
    }
  }

  /** The list below the draft, and a line of the person's own that runs there, are above all else that the draft's keys do. */
  #belowDraft(press: KeyPress, state: KeyState): boolean {
    if (!atDraft.has(state)) return false
    if (this.#chat.completion.press(press)) return true
    return press.name === 'escape' && state !== 'announced' && this.#chat.shell.stop()
  }

  /** What the key means here and after those before it; `begun`: together with the next one, perhaps. */
  #actionOf(press: KeyPress, state: KeyState): Action | 'begun' | undefined {
    const {store, bindings} = this.#chat
    const now = this.#now()
    const {keys, at} = this.#begun
    const waits = keys !== '' && this.#begun.state === state && now - at <= CHORD_MS
    this.#begun = {...this.#begun, keys: ''}
    const found = (waits && findAction(bindings, state, press, keys)) || findAction(bindings, state, press)
    if (waits) store.dispatch({type: 'hint', text: undefined})
    if (!found || 'action' in found) return found?.action
    this.#begun = {keys: found.begun, state, at: now}
    store.dispatch({type: 'hint', text: beginnings[found.begun] ?? `${shownKeys(found.begun)} …`})
    return 'begun'
  }

  /** Ctrl+C: closes what is open (a question is declined, and its turn interrupted), else interrupts, else clears, else leaves at the second press. */
  #cancel() {
    const {store, state} = this.#chat
    const [question] = state.questions
    if (question && (openQuestion(state) || !(state.picker || state.search))) {
      this.#questionKeys.decline(question)
      this.#interrupt()
      return
    }
    if (state.picker) return store.dispatch({type: 'pick', picker: undefined})
    if (state.search) return store.dispatch({type: 'search', search: undefined})
    if (keyStateOf(state) === 'queue') return store.dispatch({type: 'queue-at', id: undefined})
    if (this.#chat.shell.stop()) return
    if (!state.turn?.interrupting && this.#interrupt()) return
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
    const up = this.#chat.key('up')
    const back = up === undefined ? '' : `, ${up} brings it back`
    store.dispatch({type: 'hint', text: `Draft cleared${back} · Ctrl+C again leaves`})
  }

  /** Who stops a reply does not mean the next prompt to begin: the queue waits. False if nothing runs. */
  #interrupt(): boolean {
    if (!this.#chat.interrupt()) return false
    const {store, state, key} = this.#chat
    const waiting = queued(state.prompts).length
    if (waiting === 0 || state.elsewhere) return true
    const text = hintOf([`${waiting} queued, held`, 'empty Enter sends on', [key('queue'), 'edits']])
    store.dispatch({type: 'hold'}, {type: 'hint', text})
    return true
  }

  #inPicker(press: KeyPress, action: Action | undefined) {
    const {store} = this.#chat
    const inText = findAction(this.#chat.bindings, 'answer', press)
    if (this.#chat.sessions.press(press, inText && 'action' in inText ? inText.action : undefined)) return
    // As it is now: the key may have changed what is told in it.
    const {picker} = this.#chat.state
    if (!picker) return
    const show = (next: Picker | undefined) => store.dispatch({type: 'pick', picker: next})
    if (press.name === 'text') return show(filterPicker(picker, picker.filter + (press.text ?? '')))
    switch (action) {
      case 'list-close':
        return show(undefined)
      case 'list-up':
        return show(movePicker(picker, -1))
      case 'list-down':
        return show(movePicker(picker, 1))
      case 'list-erase':
        return show(filterPicker(picker, picker.filter.slice(0, -1)))
      case 'list-take': {
        const choice = picked(picker)
        if (choice) this.#chat.pick(choice)
      }
    }
  }

  #inComposer(press: KeyPress, action: Action | undefined) {
    const {state} = this.#chat
    const [question] = state.questions
    switch (action) {
      case 'send':
        return this.#send()
      case 'steer':
        return this.#send({steers: true})
      case 'newline':
        return this.#edit({type: 'insert', text: '\n'})
      case 'interrupt':
        this.#interrupt()
        return
      case 'decline-announced':
        return question && this.#questionKeys.decline(question)
      case 'rewind':
        return this.#chat.rewind()
      case 'recover':
        return this.#chat.recover()
      case 'complete':
        return this.#complete()
      case 'up':
        return this.#vertical(-1)
      case 'down':
        return this.#vertical(1)
      case 'leave':
        return this.#leave()
      case 'search':
        return this.#searchKeys.open(false)
      case 'search-forward':
        return this.#searchKeys.open(true)
      case 'queue':
        return this.#queueKeys.open()
      case 'editor':
        return this.#services.edit?.()
      case 'paste-image':
        void this.#chat.images.paste()
        return
      default: {
        const edits = editorAction(press, action)
        if (edits?.type === 'insert') this.#edit({...edits, at: this.#now()})
        else if (edits) this.#edit(edits)
      }
    }
  }

  #send({steers = false} = {}) {
    const {editor} = this.#chat.state
    if (editor.text[editor.cursor - 1] === '\\') {
      this.#edit({type: 'backspace'})
      return this.#edit({type: 'insert', text: '\n'})
    }
    this.#walk = top
    this.#chat.submit(editor.text, {steers})
  }

  #complete(): void {
    void this.#chat.completeArguments()
  }

  #leave() {
    const {store, state} = this.#chat
    const {text, cursor} = state.editor
    if (text === '') return this.#chat.quit()
    if (cursor < text.length) return this.#edit({type: 'delete'})
    const kept = state.inputSaved ? 'is kept' : 'cannot be saved'
    return store.dispatch({type: 'hint', text: `Ctrl+C twice leaves; the draft ${kept}`})
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
    // It is nowhere else any more: undo does not take it away.
    if (delta === -1 && editor.text === '' && this.#walk.back === 0 && last) return this.#queueKeys.take(last.id)
    const step = walkHistory(history.entries, this.#walk, editor.text, delta === -1 ? 1 : -1)
    if (!step) return
    store.dispatch({type: 'edit', action: {type: 'set', text: step.text}})
    this.#walk = step.walk
  }
}

/** What is told of keys that begin others. */
const beginnings: Readonly<Record<string, string>> = {escape: 'Esc again: go back to an earlier prompt and edit it'}

function keystroke({name, text, ctrl, alt, shift, repeat, burst}: KeyPress): Key {
  const modifiers = [ctrl && 'ctrl', alt && 'alt', shift && 'shift'].filter(Boolean)
  return {name: [...modifiers, name, text].join(' '), ...(repeat ? {repeat} : {}), ...(burst ? {burst} : {})}
}
