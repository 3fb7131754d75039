import {fuzzyRank} from '../../fuzzy.js'
import type {SlashCommand} from '../commands/types.js'
import type {Editor} from '../composer/editor.js'
import {type ChatState, isLive, isQueueOpen, openQuestion} from '../state/state.js'
import type {Store} from '../state/store.js'
import {type Menu, type MenuChoice, moveMenu, withChoice} from './menu.js'
import {pathChoices} from './paths.js'
import type {SourceContext} from './source.js'
import {type Token, tokenAt} from './token.js'

/** Who waits longer for a list has typed the word. */
const REQUEST_MS = 3000

/** More than anybody looks through. */
const MAX_CHOICES = 200

/** A key as far as the list knows it. */
interface MenuKey {
  name: string
  ctrl: boolean
  alt: boolean
  shift: boolean
  /** Came in one chunk with other keys: whoever typed it has not seen the list. */
  burst?: boolean
}

export interface CompletionHost {
  store: Store
  commands(): readonly SlashCommand[]
  request(method: string, params: Record<string, unknown>, timeoutMs: number): Promise<Record<string, unknown>>
  /** Enters the draft. */
  submit(text: string): void
}

/** What came for a token. */
interface Fetched {
  key: string
  /** As it was typed by then. */
  query: string
  choices: readonly MenuChoice[]
}

/**
 * Keeps the list below the draft: commands behind a slash, arguments behind a command, paths behind an `@`. It opens by
 * typing alone, never by a draft that came otherwise. What has to be asked for comes when it comes: no key waits for it.
 */
export class CompletionDesk {
  readonly #host: CompletionHost
  readonly #unsubscribe: () => void
  #seen: Editor | undefined
  #fetched: Fetched | undefined
  /** What is on its way; at most one is, and the newest one follows it. */
  #asking: {key: string; query: string} | undefined
  /** Closed by the person, until something else is typed. */
  #closed: string | undefined
  /** A list is wanted for what is typed now. */
  #offered = false
  /** A choice was put into the draft behind which others may follow. */
  #goesOn = false

  constructor(host: CompletionHost) {
    this.#host = host
    this.#unsubscribe = host.store.subscribe(() => this.#update())
  }

  stop(): void {
    this.#unsubscribe()
  }

  /** True where the key was for the list. */
  press({name, ctrl, alt, shift, burst}: MenuKey): boolean {
    const {store} = this.#host
    const {menu, editor} = store.state
    if (alt || shift) return false
    if (!menu || menu.choices.length === 0) return name === 'tab' && !ctrl && this.#open()
    const delta = moves(name, ctrl)
    if (delta) {
      store.dispatch({type: 'menu', menu: moveMenu(menu, delta)})
      return true
    }
    if (ctrl) return false
    if (name === 'escape') {
      this.#closed = keyOf(tokenAt(editor.text, editor.cursor, this.#host.commands()))
      store.dispatch({type: 'menu', menu: undefined})
      return true
    }
    if (name === 'tab') {
      this.#take(menu, menu.choices[Math.max(0, menu.selected)], {goesOn: true})
      return true
    }
    const chosen = menu.choices[menu.selected]
    if (name !== 'return' || burst || !chosen) return false
    // Who typed all of it sends it.
    if (menu.kind === 'path' && chosen.insert === editor.text.slice(menu.from, menu.to)) return false
    const goesOn = menu.kind === 'path' || (menu.kind === 'command' && this.#wantsWords(chosen))
    this.#take(menu, chosen, {goesOn})
    if (goesOn) return true
    this.#host.submit(store.state.editor.text.trimEnd())
    return true
  }

  /** `goesOn`: what may follow it is listed next. */
  #take(menu: Menu, choice: MenuChoice | undefined, {goesOn}: {goesOn: boolean}): void {
    if (!choice) return
    const {store} = this.#host
    const {text, cursor} = withChoice(store.state.editor.text, menu, choice)
    this.#goesOn = goesOn && (choice.open === true || menu.kind === 'command')
    store.dispatch({type: 'edit', action: {type: 'set', text, cursor}})
  }

  /** It does nothing without words of the person's. */
  #wantsWords({insert}: MenuChoice): boolean {
    const name = insert.slice(1)
    return this.#host.commands().some((command) => command.name === name && /^[A-Z]/.test(command.args))
  }

  /** Tab where no list is open. */
  #open(): boolean {
    const {editor} = this.#host.store.state
    if (!tokenAt(editor.text, editor.cursor, this.#host.commands())) return false
    this.#closed = undefined
    this.#goesOn = true
    this.#seen = undefined
    this.#update()
    return this.#host.store.state.menu !== undefined || this.#asking !== undefined
  }

  #update(): void {
    const {state} = this.#host.store
    const {editor} = state
    if (editor === this.#seen && !covered(state)) return
    const before = this.#seen
    this.#seen = editor
    const token = covered(state) ? undefined : tokenAt(editor.text, editor.cursor, this.#host.commands())
    const key = keyOf(token)
    if (key !== this.#closed) this.#closed = undefined
    if (this.#fetched && this.#fetched.key !== key) this.#fetched = undefined
    const typed = editor.text !== before?.text && (editor.last === 'type' || editor.last === 'erase')
    this.#offered = token !== undefined && this.#closed === undefined && (typed || this.#goesOn)
    this.#goesOn = false
    if (token && this.#offered) this.#offer(token)
    else this.#show(undefined)
  }

  #offer(token: Token): void {
    const source = token.kind === 'argument' ? this.#command(token.command)?.argument : undefined
    if (token.kind === 'command') this.#show(this.#commandMenu(token))
    else this.#show(this.#fetched && menuOf(token, this.#fetched, source?.only ?? false))
    if (token.kind === 'path') this.#ask(token, (context) => pathChoices(context, token.query))
    else if (source && !this.#fetched) this.#ask(token, (context) => source.choices(context))
  }

  #ask(token: Token, fetch: (context: SourceContext) => readonly MenuChoice[] | Promise<readonly MenuChoice[]>): void {
    if (this.#asking) return
    const asked = {key: keyOf(token) ?? '', query: token.query}
    let found: readonly MenuChoice[] | Promise<readonly MenuChoice[]>
    try {
      found = fetch(this.#context())
    } catch {
      found = []
    }
    if (!(found instanceof Promise)) {
      this.#came({...asked, choices: found})
      return
    }
    this.#asking = asked
    const done = (choices: readonly MenuChoice[]) => {
      this.#asking = undefined
      this.#came({...asked, choices})
    }
    found.then(done, () => done([]))
  }

  #came(fetched: Fetched): void {
    const {state} = this.#host.store
    const {editor} = state
    const token = tokenAt(editor.text, editor.cursor, this.#host.commands())
    const key = keyOf(token)
    if (!token || key === this.#closed || !this.#offered || covered(state)) return
    if (key === fetched.key) {
      this.#fetched = fetched
      const only = token.kind === 'argument' && (this.#command(token.command)?.argument?.only ?? false)
      this.#show(menuOf(token, fetched, only))
      if (token.kind !== 'path' || token.query === fetched.query) return
    }
    // What was typed meanwhile.
    this.#offer(token)
  }

  #context(): SourceContext {
    const {store, request} = this.#host
    const {state} = store
    return {
      state,
      request: async (method, params = {}) => {
        if (!isLive(state)) throw new Error('no gateway')
        return request(method, params, REQUEST_MS)
      },
    }
  }

  #command(name: string): SlashCommand | undefined {
    return this.#host.commands().find((command) => command.name === name)
  }

  #commandMenu(token: Token): Menu | undefined {
    const {found, named} = rankCommands(token.query, this.#host.commands())
    const choices = found.map(({name, aliases, args, summary}, index) => ({
      label: `/${name}`,
      detail: index < named ? summary : `${summary} (${aliases.map((alias) => `/${alias}`).join(', ')})`,
      insert: `/${name}`,
      ...(args === '' ? {} : {also: [args]}),
    }))
    // Who typed the beginning of another name sees what it is of before Enter runs it: /e is no /exit.
    return listOf(token, choices, token.query !== '' && named > 0)
  }

  #show(menu: Menu | undefined): void {
    const {store} = this.#host
    const shown = menu && menu.choices.length > 0 ? menu : undefined
    if (shown !== store.state.menu) store.dispatch({type: 'menu', menu: shown})
  }
}

/** Commands that a word may mean; `named`: how many of them by their own name, or by the whole of another. */
function rankCommands(query: string, commands: readonly SlashCommand[]): {found: SlashCommand[]; named: number} {
  const whole = commands.filter(({name, aliases}) => [name, ...aliases].includes(query.toLowerCase()))
  const byName = fuzzyRank(query, commands, ({name}) => [name]).filter((command) => !whole.includes(command))
  const named = [...whole, ...byName]
  const others = commands.filter((command) => !named.includes(command))
  return {found: [...named, ...fuzzyRank(query, others, ({aliases}) => aliases)], named: named.length}
}

/** Something else has the keys. */
function covered(state: ChatState): boolean {
  return (
    state.picker !== undefined || state.search !== undefined || isQueueOpen(state) || openQuestion(state) !== undefined
  )
}

function moves(name: string, ctrl: boolean): 1 | -1 | undefined {
  if ((name === 'down' && !ctrl) || (ctrl && name === 'n')) return 1
  if ((name === 'up' && !ctrl) || (ctrl && name === 'p')) return -1
  return undefined
}

/** `only`: an argument is one of these. */
function menuOf(token: Token, {query, choices}: Fetched, only: boolean): Menu {
  const typed = token.query.replace(/^@"?/, '')
  // The gateway has ranked paths; what is known of an earlier query may not fit any more.
  const ranked = token.kind === 'path' && token.query === query
  const found = ranked ? choices : fuzzyRank(typed, choices, ({label, also = []}) => [label, ...also])
  // The folder in which one is.
  const fits = found.filter(({insert, open}) => !open || insert.replace(/"$/, '') !== token.query)
  // An `@` may begin the name of somebody: Enter takes a path where what was typed stands in it.
  const named = token.kind === 'path' && fits[0]?.label.toLowerCase().includes(typed.toLowerCase())
  return listOf(token, fits, typed !== '' && (only || named === true))
}

function listOf({kind, from, to}: Token, choices: readonly MenuChoice[], selects: boolean): Menu {
  return {kind, from, to, choices: choices.slice(0, MAX_CHOICES), selected: selects ? 0 : -1}
}

/** Of one word that is being typed: the same for all that it may yet become. */
function keyOf(token: Token | undefined): string | undefined {
  if (!token) return undefined
  return token.kind === 'argument' ? `argument ${token.command}` : `${token.kind} ${token.from}`
}
