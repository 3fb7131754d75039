import {existsSync} from 'node:fs'
import {messageOf} from '../../errors.js'
import {loadKept} from '../../memory/late-optimising.js'
import type {Chat} from '../chat.js'
import type {TerminalInput, TerminalOutput} from '../terminal/streams.js'
import {oneLine} from '../text/sanitize.js'
import type {Printer} from '../transcript/printer.js'

export interface EditorDeskOptions {
  chat: Chat
  printer: Printer
  stdin: TerminalInput
  stdout: TerminalOutput
  env: NodeJS.ProcessEnv
  /** Drafts that are being edited. */
  folder: string
  /** Takes the chat off the terminal; what is returned brings it back. Undefined while it is not there. */
  giveBack(): (() => void) | undefined
  /** The chat has the terminal again, and is to be drawn. */
  drawAgain(): void
}

/** Hands the draft to the person's editor; the chat goes on behind it, and prints when it is closed. */
export class EditorDesk {
  readonly #options: EditorDeskOptions
  #open = false
  #stop: () => void = () => {}
  #over = false

  constructor(options: EditorDeskOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#open
  }

  open(): void {
    if (this.#open) return
    this.#open = true
    this.#edit()
      // The chat goes on without it.
      .catch((error) => this.#tell(`the draft can't be edited: ${messageOf(error)}`))
      .finally(() => {
        this.#open = false
      })
  }

  /** For good: the chat ends. What the editor saved stays for the next one. */
  stop(): void {
    this.#over = true
    this.#stop()
  }

  /** The terminal is the editor's: there is nothing to give, and to take again. Undefined where none is open. */
  giveBack(): (() => void) | undefined {
    return this.#open ? () => {} : undefined
  }

  /** What an editor saved while its run was killed comes back, and is told. */
  async recover(): Promise<void> {
    const {chat, folder} = this.#options
    // Nobody else pays for it.
    if (!existsSync(folder)) return
    const {leftDrafts} = await loadKept(() => import('./draft-file.js'))
    const passedOver = (file: string, reason: string) => chat.notice('warn', `${file} is passed over: ${reason}`)
    for (const left of leftDrafts(folder, passedOver)) {
      const {text: draft} = chat.state.editor
      const same = left.isOf(chat.pasted.expand(draft).text)
      const text = chat.pasted.refold(left.text, draft)
      if (same) chat.store.dispatch({type: 'edit', action: {type: 'set', text}})
      else chat.history.add(text)
      const key = chat.key(same ? 'undo' : 'up')
      const back = key === undefined ? '' : same ? `, ${key} brings the one before` : `, ${key} brings it back`
      const where = same ? 'it is the draft now' : 'it is kept with the prompts that were sent'
      chat.notice('info', `an editor had saved "${oneLine(text, 40)}" when its hermes was killed: ${where}${back}`)
      left.remove()
    }
  }

  async #edit(): Promise<void> {
    const {chat, printer, giveBack, drawAgain, stdin, stdout, env, folder} = this.#options
    const [{editorOf}, {editText}] = await loadKept(() => Promise.all([import('./find.js'), import('./edit.js')]))
    const editor = editorOf(env)
    if (!editor) return this.#tell('there is no editor: set VISUAL or EDITOR to one, such as "nano"')
    const bringBack = giveBack()
    if (!bringBack) return
    printer.held = true
    const {text: draft} = chat.state.editor
    // What a label stands for can be read and changed there.
    const {text} = chat.pasted.expand(draft)
    const onStarted = (stop: () => void) => {
      this.#stop = stop
    }
    const edited = await editText(text, editor, {stdin, stdout, env, folder, onStarted, isOver: () => this.#over})
    if (this.#over) return
    this.#stop = () => {}
    this.#open = false
    bringBack()
    // Ink takes the terminal in the next step; what it was given before is not drawn.
    setImmediate(() => {
      printer.held = false
      drawAgain()
    })
    if (edited.kind === 'saved') {
      if (edited.text !== text) this.#take(chat.pasted.refold(edited.text, draft), draft)
      return
    }
    const up = chat.key('up')
    const back = up === undefined ? 'with the prompts that were sent' : `one ${up} away`
    const saved = edited.saved === undefined ? '' : ` · what it had saved is ${back}`
    if (edited.saved !== undefined) chat.history.add(chat.pasted.refold(edited.saved, draft))
    this.#tell(`${edited.problem} · the draft is as it was${saved}`)
  }

  /** Words that came into the draft meanwhile, of a question that went, stay behind it. */
  #take(text: string, before: string): void {
    const {store, state, history} = this.#options.chat
    const now = state.editor.text
    const added = now.startsWith(before) ? now.slice(before.length) : ''
    if (now !== before && added === '') history.add(now)
    store.dispatch({type: 'edit', action: {type: 'set', text: text + added}})
  }

  #tell(text: string): void {
    this.#options.chat.notice('warn', text)
  }
}
