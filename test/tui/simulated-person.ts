import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {EventPayloads} from '../../src/protocol/events.js'
import type {AskId} from '../../src/protocol/requests.js'
import type {Supervisor, SupervisorView} from '../../src/supervisor/types.js'
import {Chat} from '../../src/tui/chat.js'
import {liveScreen} from '../../src/tui/screen/screen.js'
import {Keyboard} from '../../src/tui/terminal/keyboard.js'
import {createStyle} from '../../src/tui/text/style.js'
import {liveView} from '../helpers/chat-state.js'

const view: SupervisorView = {...liveView, session: {liveId: 'live', key: 'key'}, capabilities: new Set()}

type Questions = Pick<EventPayloads, 'approval.request' | 'clarify.request' | 'sudo.request' | 'secret.request'>

/**
 * A person at the real keyboard, state and screen of a chat, on a clock that goes on only when it is told to. Of the
 * gateway there is what it asks, and what it was told.
 */
export class SimulatedPerson {
  readonly home = mkdtempSync(path.join(tmpdir(), 'hermes-keys-'))
  readonly chat: Chat
  /** What the gateway was told, in order. */
  readonly told: {method: string; params: Record<string, unknown>; at: number}[] = []
  /** What its requests were answered, in order. */
  readonly answered: {id: AskId; result: Record<string, unknown>}[] = []
  now = 0
  size = {columns: 80, rows: 24}
  readonly #keyboard: Keyboard
  #drawing = false

  constructor() {
    const supervisor: Pick<Supervisor, 'view' | 'on' | 'request' | 'answer'> = {
      view,
      on: () => () => {},
      request: (method: string, params: Record<string, unknown>) => {
        if (method.endsWith('.respond')) this.told.push({method, params, at: this.now})
        return new Promise<never>(() => {})
      },
      answer: async (id, result) => {
        this.answered.push({id, result})
        return this.answered.filter((other) => other.id === id).length === 1
      },
    }
    this.chat = new Chat({
      supervisor: supervisor as Supervisor,
      home: this.home,
      showReasoning: true,
      initialPrompt: undefined,
      cwd: this.home,
      monotonic: () => this.now,
    })
    // Thousands of keys: what is on disk is looked at elsewhere.
    this.chat.store.before = () => {}
    this.chat.history.add = () => {}
    const services = {columns: () => this.size.columns, redraw: () => {}, suspend: () => {}, unfold: () => {}}
    this.#keyboard = new Keyboard(this.chat, services, () => this.now)
    this.chat.store.dispatch({type: 'submitting', id: 'none', now: 0})
    this.chat.store.dispatch({
      type: 'event',
      event: {type: 'message.start', sessionId: 'live', payload: undefined},
      now: 0,
    })
    this.chat.store.subscribe(() => this.draw())
  }

  /** As Ink does after each change. */
  draw(): void {
    if (this.#drawing) return
    this.#drawing = true
    const {asked} = this.screen()
    this.#drawing = false
    this.chat.asking.drawn(asked)
  }

  screen() {
    const options = {style: createStyle({TERM: 'dumb'}), commands: [], crashLog: '', found: undefined, now: 0, tick: 0}
    return liveScreen(this.chat.state, {...this.size, ...options})
  }

  /** Time goes on; what has its moment meanwhile happens at most `step` ms late. */
  wait(ms: number, step = 20): void {
    const end = this.now + ms
    while (this.now < end) {
      this.now = Math.min(end, this.now + step)
      this.chat.asking.look()
    }
  }

  ask<T extends keyof Questions>(type: T, payload: Questions[T]): void {
    this.chat.store.dispatch({type: 'event', event: {type, sessionId: 'live', payload} as never, now: 0})
  }

  press(name: string, text?: string, more: {repeat?: boolean; burst?: boolean; ctrl?: boolean} = {}): void {
    const modifiers = {ctrl: false, alt: false, shift: false}
    this.#keyboard.press({name, ...(text === undefined ? {} : {text}), ...modifiers, ...more})
  }

  /** One key for each character; `\n` is Enter. */
  type(character: string): void {
    if (character === '\n') this.press('return')
    else this.press('text', character)
  }

  paste(text: string): void {
    this.#keyboard.paste(text)
  }

  resize(columns: number, rows: number): void {
    this.size = {columns, rows}
    this.chat.store.notify()
  }

  get open(): boolean {
    return this.chat.state.asking?.phase === 'open'
  }

  /** All that was typed and is still somewhere: the draft, the field, what was sent. */
  kept(): string {
    const {editor, prompts, questions} = this.chat.state
    const reasons = this.told.map(({params}) => params.reason ?? params.answer ?? '')
    const fields = questions.map((question) => (question.masked ? '' : question.editor.text))
    return [...prompts.map((prompt) => prompt.text), ...reasons, ...fields, editor.text].join('\n')
  }

  dispose(): void {
    this.chat.asking.stop()
    this.chat.delivery.stop()
    rmSync(this.home, {recursive: true, force: true})
  }
}
