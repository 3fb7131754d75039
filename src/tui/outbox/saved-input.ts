import {messageOf} from '../../errors.js'
import {type KeyNames, tableKeys} from '../../keys/text.js'
import type {History} from '../composer/history.js'
import type {PastedTexts} from '../composer/pasted.js'
import {type Prompt, queued} from '../state/prompts.js'
import type {ChatState} from '../state/state.js'
import type {Store} from '../state/store.js'
import {Outbox, type OutboxContent} from './files.js'

/**
 * Keeps draft and prompts on disk while they change, and brings them back. Both are written before the
 * screen hears of them: what is seen survives a `kill -9`. Prompts wait for the disk; a draft need not
 * survive a power cut, and without that wait its write takes a quarter of a millisecond.
 */
export class SavedInput {
  readonly #store: Store
  readonly #history: History
  readonly #pasted: PastedTexts
  readonly #outbox: Outbox
  readonly #told = new Set<string>()
  readonly #key: KeyNames
  /** What the session had that is being left, when another one was asked for. */
  #atLeaving: OutboxContent | undefined
  /** Something came back that nobody was told of. */
  #untold = false
  #tookOrphans = false

  /** `cwd`: where this run works. `key`: of hints; default as in the table. */
  constructor(
    store: Store,
    history: History,
    pasted: PastedTexts,
    {folder, cwd, key = tableKeys}: {folder: string; cwd: string; key?: KeyNames},
  ) {
    this.#key = key
    this.#store = store
    this.#history = history
    this.#pasted = pasted
    this.#outbox = new Outbox(folder, cwd, (draft) => pasted.references(draft))
    store.before = (state, previous) => this.#changed(state, previous)
  }

  /**
   * What runs left in this folder that died before their session had a key, for a new session; told of once it is known
   * what runs already.
   */
  takeOrphans(): void {
    if (this.#tookOrphans) return
    this.#tookOrphans = true
    for (const {prompts, ...left} of this.#outbox.orphans()) {
      this.#untold = true
      // Sent or not, it was meant for a session that may not be: the person decides.
      const waiting = prompts.map((prompt) => ({...prompt, state: 'queued' as const}))
      this.#restore({...left, prompts: waiting})
    }
    this.#tellPassedOver()
  }

  /** Another session is asked for: what is entered from here on is meant for it, however long it takes to open. */
  leave(): void {
    const {editor, prompts} = this.#store.state
    this.#atLeaving = {draft: editor.text, prompts}
  }

  /** It could not be opened: what was entered for it is not sent to the one that stays. */
  stay(): void {
    const {along} = this.#parted()
    this.#atLeaving = undefined
    if (along.length > 0) this.#store.dispatch({type: 'hold'})
  }

  /**
   * The session with this key is open from now on. `leaving`: another one was, and keeps the draft and queue that it
   * had at {@link leave}; else what was typed so far belongs to this one. `blank`: it was never prompted; undefined: as
   * before.
   * Call {@link announceRestored} when the session's messages are on screen. `held`: the queue waited for the person then.
   */
  openSession(
    key: string | undefined,
    options: {leaving: boolean; blank: boolean | undefined},
  ): {held: boolean; announceRestored(): void} {
    const {leaving, blank} = options
    if (blank && !leaving) this.takeOrphans()
    this.write(true)
    const {stays, along} = this.#parted()
    this.#atLeaving = undefined
    const found = leaving ? this.#outbox.switchTo(key, stays) : key ? this.#outbox.adopt(key) : []
    this.#outbox.blank = blank ?? this.#outbox.blank
    if (leaving) this.#store.dispatch({type: 'moved', prompts: along})
    for (const content of found) this.#restore(content)
    return {
      held: found.some(({held}) => held),
      announceRestored: () => {
        this.write(true)
        if (found.length > 0 || this.#untold) this.#announce()
        else this.#tellPassedOver()
        this.#untold = false
      },
    }
  }

  /** Compression gives a session another key: draft and queue go with it. */
  followKey(key: string): void {
    for (const content of this.#outbox.adopt(key)) this.#restore(content)
    if (this.#store.state.session.key !== key) this.#store.dispatch({type: 'session', session: {key}})
    this.write(true)
  }

  /** `sync` waits for the disk. */
  write(sync: boolean): void {
    const {editor, prompts, held} = this.#store.state
    try {
      this.#outbox.write({draft: editor.text, prompts, held: held && prompts.length > 0}, {sync})
      this.#tell(true)
    } catch (error) {
      if (!this.#store.state.inputSaved) return
      this.#tell(false)
      this.#notice('warn', `draft and queue cannot be saved: ${messageOf(error)}`)
    }
  }

  /** What is on disk is anybody's from now on. */
  stop(): void {
    this.#outbox.left = true
    this.write(true)
  }

  /** Draft and prompts that the session keeps which is left, and the prompts that were entered since. */
  #parted(): {stays: OutboxContent; along: readonly Prompt[]} {
    const {editor, prompts} = this.#store.state
    const {draft, prompts: before} = this.#atLeaving ?? {draft: editor.text, prompts}
    const known = new Set(before.map(({id}) => id))
    const stays = {draft: editor.text === draft ? draft : '', prompts: prompts.filter(({id}) => known.has(id))}
    return {stays, along: prompts.filter(({id}) => !known.has(id))}
  }

  #changed(state: ChatState, previous: ChatState): void {
    const prompted = this.#outbox.blank && state.turn?.started === true
    if (prompted) this.#outbox.blank = false
    if (prompted || state.prompts !== previous.prompts || state.held !== previous.held) this.write(true)
    else if (state.editor.text !== previous.editor.text) this.write(false)
  }

  #restore(content: OutboxContent): void {
    const typed = this.#store.state.editor.text
    const draft = this.#pasted.adopt(content.draft, content.pasted)
    // Two drafts do not fit into one composer: the older one is one Up away.
    if (draft !== '' && typed !== '' && draft !== typed) this.#history.add(draft)
    // On the screen of the run that left it.
    const prompts = content.prompts.map((prompt) => {
      const text = this.#pasted.adopt(prompt.text, content.pasted)
      return {...prompt, text, ...this.#folded(text), shown: false}
    })
    this.#store.dispatch({type: 'restored', draft, prompts})
  }

  #folded(text: string): {folded?: string} {
    const entered = this.#history.folded(text)
    const folded = entered === text ? this.#pasted.fold(text) : entered
    return folded === text ? {} : {folded}
  }

  /** Prompts of an earlier run wait for the person: they may be a day old. */
  #announce(): void {
    this.#tellPassedOver()
    const {held, prompts} = this.#store.state
    const waiting = held ? queued(prompts).length : 0
    if (waiting === 0) return
    const what = waiting === 1 ? 'a prompt' : `${waiting} prompts`
    const edits = this.#key('up') === undefined ? '' : `, ${this.#key('up')} edits`
    this.#notice('info', `${what} of the last run came back in the queue · Enter sends${edits}, /queue clear drops`)
  }

  /** Each once: the folder is looked through at every change of the session. */
  #tellPassedOver(): void {
    const odd = [...this.#outbox.passedOver, ...this.#history.passedOver]
    for (const [file, reason] of odd) {
      if (!this.#told.has(file)) this.#notice('warn', `${file} is passed over: ${reason}`)
      this.#told.add(file)
    }
  }

  #tell(saved: boolean): void {
    if (this.#store.state.inputSaved !== saved) this.#store.dispatch({type: 'input-saved', saved})
  }

  #notice(tone: 'info' | 'warn', text: string): void {
    this.#store.dispatch({type: 'print', items: [{kind: 'notice', tone, text}]})
  }
}
