import {homedir} from 'node:os'
import {messageOf} from '../../errors.js'
import type {Action} from '../../keys/table.js'
import {capabilities} from '../../protocol/capabilities.js'
import {errorCodes} from '../../protocol/frames.js'
import {wireMessages} from '../../protocol/shapes/answers.js'
import type {Supervisor, SupervisorView} from '../../supervisor/types.js'
import {edit, emptyEditor} from '../composer/editor.js'
import {type Picker, picked} from '../state/picker.js'
import type {Store} from '../state/store.js'
import {editorAction, type KeyPress} from '../terminal/keys.js'
import {placeOf} from '../text/place.js'
import {oneLine} from '../text/sanitize.js'
import type {Tone} from '../transcript/items.js'
import {select, sessionChoices, sessionPicker, withHits} from './choices.js'
import {saveSession} from './save.js'
import {emptyView, type SessionView} from './view.js'

/** Messages of a session that are asked for to show the last exchange. */
const PREVIEWED = 6

/** Hits of a search; several may be of one session. */
const HITS = 300

export interface SessionDeskServices {
  /** A line in the transcript. */
  notice(tone: Tone, text: string): void
  /** Folder that the person works in. */
  folder(): string
}

/**
 * Looks after the list of sessions while it is open: shows the last exchange of the chosen one, searches all texts for
 * what is typed, renames, exports, and marks for deletion. What is marked is deleted when the list closes: until then it
 * can be brought back, and a death of this program deletes nothing.
 */
export class SessionDesk {
  readonly #store: Store
  readonly #supervisor: Supervisor
  readonly #services: SessionDeskServices
  readonly #unsubscribe: () => void
  #previewing = false
  #searching = false
  /** Of the list as it was seen last: what has to be done when it is closed. */
  #marked: readonly string[] = []
  #names = new Map<string, string>()

  constructor(store: Store, supervisor: Supervisor, services: SessionDeskServices) {
    this.#store = store
    this.#supervisor = supervisor
    this.#services = services
    this.#unsubscribe = store.subscribe(() => this.#look())
  }

  stop(): void {
    this.#unsubscribe()
  }

  /** Opens a list of those that a name may have meant; false where the refusal tells none. */
  offer({code, data}: NonNullable<SupervisorView['problem']>): boolean {
    if (code !== errorCodes.storedSessionNotFound) return false
    const choices = sessionChoices((data as {candidates?: unknown} | undefined)?.candidates, this.#currentKey)
    if (choices.length === 0) return false
    const picker = sessionPicker('Several sessions have that in their title', choices)
    this.#store.dispatch({type: 'pick', picker})
    return true
  }

  /** A key while the list is open, and what it does in a text; false where it does what it does in any list. */
  press(press: KeyPress, inText: Action | undefined): boolean {
    const picker = this.#picker
    if (!picker) return false
    const view = picker.view ?? emptyView
    if (view.note) this.#show({note: undefined})
    if (view.renaming) {
      this.#inTitle(press, inText, view.renaming)
      return true
    }
    const choice = picked(picker)
    const {name, ctrl} = press
    if (name === 'return' && choice && view.marked.includes(choice.value)) {
      this.#note('warn', 'it is about to be deleted: Ctrl+D keeps it')
      return true
    }
    if (!ctrl) return false
    if (name === 'u') this.#takeBack(view)
    else if (!choice) return false
    else if (name === 'd') this.#mark(picker)
    else if (name === 'r') this.#rename(choice.value, choice.label)
    else if (name === 'e') void this.#export(choice.value, choice.label)
    else return false
    return true
  }

  /** A paste while the list is open; false where it is added to what is looked for. */
  paste(text: string): boolean {
    const renaming = this.#picker?.view?.renaming
    if (!renaming) return false
    const line = text.replaceAll(/\s+/g, ' ')
    this.#show({renaming: {...renaming, editor: edit(renaming.editor, {type: 'paste', text: line})}})
    return true
  }

  get #picker(): Picker | undefined {
    const {picker} = this.#store.state
    return picker?.kind === 'session' ? picker : undefined
  }

  get #currentKey(): string | undefined {
    return this.#store.state.session.key
  }

  #can(capability: string): boolean {
    return this.#store.state.view.capabilities.has(capability)
  }

  #show(view: Partial<SessionView>, more: Partial<Picker> = {}): void {
    const picker = this.#picker
    if (!picker) return
    this.#store.dispatch({type: 'pick', picker: {...picker, ...more, view: {...(picker.view ?? emptyView), ...view}}})
  }

  #note(tone: 'good' | 'warn', text: string): void {
    this.#show({note: {tone, text}})
  }

  #look(): void {
    const picker = this.#picker
    if (!picker) {
      this.#closed()
      return
    }
    this.#marked = picker.view?.marked ?? []
    this.#names = new Map(picker.choices.map(({value, label}) => [value, label]))
    if (this.#previewKey() !== undefined && !this.#previewing) void this.#preview()
    if (this.#query() !== undefined && !this.#searching) void this.#search()
  }

  /** The session whose last exchange is to be asked for. */
  #previewKey(): string | undefined {
    const picker = this.#picker
    const key = picker && picked(picker)?.value
    if (key === undefined || picker?.view?.preview?.key === key || !this.#can(capabilities.journal)) return undefined
    return key
  }

  /** One at a time, and then that of the session that is chosen by then. */
  async #preview(): Promise<void> {
    this.#previewing = true
    for (let key = this.#previewKey(); key !== undefined; key = this.#previewKey()) {
      const answer = await this.#ask('session.tail', {session_id: key, limit: PREVIEWED})
      this.#show({preview: {key, messages: wireMessages(answer?.messages)}})
    }
    this.#previewing = false
  }

  /** What is to be looked for. */
  #query(): string | undefined {
    const picker = this.#picker
    const query = picker?.filter.trim() ?? ''
    if (query === '' || picker?.view?.found?.query === query || !this.#can(capabilities.search)) return undefined
    return query
  }

  async #search(): Promise<void> {
    this.#searching = true
    for (let query = this.#query(); query !== undefined; query = this.#query()) {
      const answer = await this.#ask('session.search', {query, limit: HITS})
      const picker = this.#picker
      if (!picker) break
      this.#store.dispatch({type: 'pick', picker: withHits(picker, query, answer?.hits, this.#currentKey)})
    }
    this.#searching = false
  }

  /** Undefined where it fails: the list is there all the same. */
  async #ask(method: string, params: Record<string, unknown>): Promise<Record<string, unknown> | undefined> {
    try {
      return await this.#supervisor.request(method, params)
    } catch {
      return undefined
    }
  }

  #mark(picker: Picker) {
    const choice = picked(picker)
    if (!choice) return
    const {marked} = picker.view ?? emptyView
    if (marked.includes(choice.value))
      return this.#unmark(
        marked.filter((key) => key !== choice.value),
        choice.value,
      )
    if (choice.session?.current || choice.value === this.#currentKey) {
      return this.#note('warn', 'it is open here: begin another one by /new first')
    }
    if (choice.session?.held) return this.#note('warn', 'another hermes works on it: it is not deleted under it')
    this.#show(
      {
        marked: [...marked, choice.value],
        note: {tone: 'warn', text: 'deleted when the list closes · Ctrl+U brings it back'},
      },
      {selected: Math.min(picker.selected + 1, Math.max(0, picker.choices.length - 1))},
    )
    const now = this.#picker
    if (now && !picked(now)) this.#show({}, {selected: picker.selected})
  }

  /** The last that was marked; where nothing is, what was typed. */
  #takeBack({marked}: SessionView) {
    if (marked.length > 0) this.#unmark(marked.slice(0, -1), marked.at(-1))
    else this.#show({}, {filter: '', selected: 0})
  }

  #unmark(marked: readonly string[], key: string | undefined) {
    const picker = this.#picker
    if (!picker || key === undefined) return
    this.#show({marked, note: {tone: 'good', text: 'it stays'}}, {selected: select(picker, key).selected})
  }

  #rename(key: string, label: string) {
    const can = this.#can(capabilities.storedSessions)
    if (!can) return this.#note('warn', 'this gateway renames the open session alone, by /title')
    this.#show({renaming: {key, editor: edit(emptyEditor, {type: 'load', text: label})}})
  }

  #inTitle(press: KeyPress, inText: Action | undefined, renaming: NonNullable<SessionView['renaming']>) {
    if (press.name === 'escape') return this.#show({renaming: undefined})
    if (press.name === 'return') return void this.#setTitle(renaming.key, renaming.editor.text)
    const action = editorAction(press, inText)
    if (action) this.#show({renaming: {...renaming, editor: edit(renaming.editor, action)}})
  }

  async #setTitle(key: string, wanted: string): Promise<void> {
    try {
      const answer = await this.#supervisor.request('session.title', {session_id: key, title: wanted})
      const title = typeof answer.title === 'string' ? answer.title : wanted
      if (key === this.#currentKey) this.#store.dispatch({type: 'session', session: {title}})
      const picker = this.#picker
      if (!picker) return
      const choices = picker.choices.map((choice) => (choice.value === key ? {...choice, label: title} : choice))
      this.#show({renaming: undefined, note: {tone: 'good', text: `renamed: ${oneLine(title, 200)}`}}, {choices})
    } catch (error) {
      this.#note('warn', messageOf(error))
    }
  }

  async #export(key: string, title: string): Promise<void> {
    if (!this.#can(capabilities.storedSessions))
      return this.#note('warn', 'this gateway saves the open session alone: /save')
    try {
      const request = (method: string, params: Record<string, unknown>) => this.#supervisor.request(method, params)
      const file = await saveSession(request, '', {
        session: key,
        title,
        folder: this.#services.folder(),
        home: homedir(),
      })
      this.#note('good', `written: ${placeOf(file)}`)
    } catch (error) {
      this.#note('warn', messageOf(error))
    }
  }

  /** The list is gone, however that was: what was marked is deleted now. */
  #closed(): void {
    const keys = this.#marked
    this.#marked = []
    if (keys.length > 0) void this.#delete(keys)
  }

  async #delete(keys: readonly string[]): Promise<void> {
    const names = this.#names
    const name = (key: string) => oneLine(names.get(key) ?? key, 80)
    const gone: string[] = []
    for (const key of keys) {
      try {
        await this.#supervisor.request('session.delete', {session_id: key})
        gone.push(key)
      } catch (error) {
        this.#services.notice('warn', `not deleted: ${name(key)} · ${messageOf(error)}`)
      }
    }
    const [one] = gone
    if (one !== undefined && gone.length === 1) this.#services.notice('good', `deleted: ${name(one)}`)
    else if (gone.length > 1) this.#services.notice('good', `${gone.length} sessions deleted`)
  }
}

/** Why a session was not opened. `stays`: the one before it is still there. */
export function refusalText({code, message}: NonNullable<SupervisorView['problem']>, stays: boolean): string {
  if (!stays) return `no session: ${message}`
  if (code !== errorCodes.storedSessionNotFound) return message
  return 'session not found by that key or title · /sessions shows them all, and looks into what was said'
}
