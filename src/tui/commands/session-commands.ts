import {capabilities} from '../../protocol/capabilities.js'
import {wireMessages} from '../../protocol/shapes/answers.js'
import {sessionChoices, sessionPicker} from '../session-list/choices.js'
import type {Picker} from '../state/picker.js'
import {isBusy} from '../state/state.js'
import {itemsOfMessages} from '../transcript/items.js'
import {isBuiltIn} from './gateway/desk.js'
import {compact, ownMethods} from './gateway/own-method.js'
import {saveCommand} from './save-command.js'
import {statusCommands} from './status-commands.js'
import type {CommandContext, SlashCommand} from './types.js'
import {undoCommands} from './undo-command.js'

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Another session is opened only when nothing runs in this one. */
function mayLeave({store, notice}: CommandContext): boolean {
  if (!isBusy(store.state)) return true
  notice('warn', 'a turn runs in this session · Esc interrupts it')
  return false
}

interface Listed {
  /** The list is there in place of a session, see {@link Picker.first}. */
  first?: Picker['first']
  /** As if it had been typed; read when the list is there. */
  filter?: () => string
}

const titles = {
  latest: 'No session of this folder yet. One of another folder? Esc begins a new one',
  chosen: 'Sessions · Esc begins a new one',
}

/** Opens the list of sessions; false where there is none. */
export async function listSessions(context: CommandContext, {first, filter = () => ''}: Listed = {}): Promise<boolean> {
  const result = await context.ask('session.list', {limit: LISTED})
  if (!result) return false
  const choices = sessionChoices(result.sessions, context.store.state.session.key)
  if (choices.length === 0) {
    // Who wanted the last one of this folder gets a new one, and sees that.
    if (first !== 'latest') context.notice('info', 'no session is stored yet')
    return false
  }
  const picker = sessionPicker(first ? titles[first] : 'Sessions', choices, filter())
  context.store.dispatch({type: 'pick', picker: {...picker, ...(first && {first})}})
  return true
}

/** A search looks through all. */
const LISTED = 500

/**
 * The Python gateway opens the copy itself and tells its live id only: its stored key is found among the sessions that
 * are open, and opened as any other.
 */
async function branchInPlace(context: CommandContext, name: string): Promise<void> {
  const {key} = context.store.state.session
  const made = await context.ask('session.branch', name ? {name} : {})
  if (!made) return
  const {sessions} = (await context.ask('session.active_list')) ?? {}
  const copy = records(sessions).find((entry) => text(entry.id) === text(made.session_id))
  const copied = text(copy?.session_key)
  if (copied === '' || copied === key) {
    return context.notice(
      'warn',
      `the copy is made, but its key is not told: /sessions shows it as ${text(made.title)}`,
    )
  }
  context.open({kind: 'stored', key: copied})
}

export const sessionCommands: SlashCommand[] = [
  {
    name: 'new',
    aliases: ['clear'],
    args: '[title]',
    summary: 'start a new session',
    run(context, title) {
      if (mayLeave(context)) context.open(title ? {kind: 'new', title} : {kind: 'new'})
    },
  },
  {
    name: 'sessions',
    aliases: ['switch'],
    args: '',
    summary: 'the stored sessions: open, search, rename, delete, export',
    async run(context) {
      if (mayLeave(context)) await listSessions(context)
    },
  },
  {
    name: 'resume',
    aliases: ['session'],
    args: '[key, title or a part of it]',
    summary: 'open a stored session',
    async run(context, key) {
      if (!mayLeave(context)) return
      if (key) context.open({kind: 'stored', key})
      else await listSessions(context)
    },
  },
  {
    name: 'branch',
    aliases: ['fork'],
    args: '[title]',
    summary: 'go on in a copy of this session',
    run(context, title) {
      const {view, session, elsewhere} = context.store.state
      if (!mayLeave(context)) return
      if (!view.capabilities.has(capabilities.branch)) return branchInPlace(context, title)
      const key = elsewhere?.key ?? session.key
      if (key === undefined) return context.notice('warn', 'no session is open yet')
      context.open({kind: 'branch', key, ...(title ? {name: title} : {})})
    },
  },
  {
    name: 'title',
    aliases: [],
    args: '[title]',
    summary: 'show or set the title of this session',
    async run(context, title) {
      const result = await context.ask('session.title', title ? {title} : {})
      if (!result) return
      const current = text(result.title) || title
      if (current) context.store.dispatch({type: 'session', session: {title: current}})
      context.notice(title ? 'good' : 'info', current ? `title: ${current}` : 'this session has no title yet')
    },
  },
  {
    name: 'history',
    aliases: [],
    args: '[count]',
    summary: 'print earlier messages of this session again',
    async run(context, count) {
      const result = await context.ask('session.history')
      if (!result) return
      const messages = wireMessages(result.messages)
      const limit = Number.parseInt(count, 10) || messages.length
      context.print(itemsOfMessages(messages, {limit}))
      context.notice('info', `${Math.min(limit, messages.length)} of ${messages.length} messages`)
    },
  },
  {
    name: 'search',
    yields: true,
    aliases: [],
    args: 'WORDS',
    summary: 'find words in all stored sessions',
    async run(context, query) {
      if (!query) return context.notice('warn', 'what to look for? /search WORDS')
      if (!context.store.state.view.capabilities.has(capabilities.search)) {
        return context.notice('warn', 'this gateway cannot search what was said · /sessions looks through titles')
      }
      if (mayLeave(context)) await listSessions(context, {filter: () => query})
    },
  },
  {
    name: 'compress',
    yields: true,
    aliases: ['compact'],
    args: '[focus|undo]',
    summary: 'make a summary of the older part for the model; what you see stays',
    run(context, words) {
      const builtIn = isBuiltIn(context.store.state.view.capabilities)
      return (builtIn ? compact : ownMethods.compress)?.(context, words)
    },
  },
  saveCommand,
  ...undoCommands,
  ...statusCommands,
]
