import {capabilities} from '../../protocol/capabilities.js'
import {wireMessages} from '../../protocol/shapes/answers.js'
import {takeBack} from '../outbox/take-back.js'
import {openPicker} from '../state/picker.js'
import {isBusy} from '../state/state.js'
import {placeOf} from '../text/place.js'
import {oneLine} from '../text/sanitize.js'
import {when} from '../text/when.js'
import {itemsOfMessages} from '../transcript/items.js'
import type {CommandContext, SlashCommand} from './types.js'

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** Another session is opened only when nothing runs in this one. */
function mayLeave({store, notice}: CommandContext): boolean {
  if (!isBusy(store.state)) return true
  notice('warn', 'a turn runs in this session · Esc interrupts it')
  return false
}

/** `elsewhere`: nothing was said in this folder; then what is said of no session at all goes without saying. */
export async function listSessions(context: CommandContext, {elsewhere = false} = {}): Promise<boolean> {
  const result = await context.ask('session.list', {limit: 200})
  if (!result) return false
  const choices = records(result.sessions).map((session) => ({
    value: text(session.id),
    label: text(session.title) || text(session.preview) || text(session.id),
    detail: [
      when(number(session.started_at)),
      `${number(session.message_count)} messages`,
      text(session.cwd) && placeOf(text(session.cwd)),
      text(session.id),
    ]
      .filter(Boolean)
      .join(' · '),
  }))
  if (choices.length === 0) {
    if (!elsewhere) context.notice('info', 'no session is stored yet')
    return false
  }
  const title = elsewhere ? 'No session of this folder yet. One of another folder? Esc begins a new one' : 'Sessions'
  context.store.dispatch({type: 'pick', picker: openPicker('session', title, choices)})
  return true
}

async function pickModel(context: CommandContext): Promise<void> {
  const result = await context.ask('model.options')
  if (!result) return
  const choices = records(result.providers).flatMap((provider) => {
    const models = Array.isArray(provider.models) ? provider.models.filter((model) => typeof model === 'string') : []
    const slug = text(provider.slug)
    const state = provider.authenticated === false ? 'not configured' : ''
    return models.map((model) => ({
      value: qualified(model, slug, context),
      label: model,
      detail: [text(provider.name) || slug, state, model === result.model ? 'current' : ''].filter(Boolean).join(' · '),
    }))
  })
  if (choices.length === 0) return context.notice('info', 'the gateway names no models · /model ID switches to one')
  context.store.dispatch({type: 'pick', picker: openPicker('model', 'Models', choices)})
}

/** The reference takes the provider as an option; the built-in gateway's ids carry it already. */
function qualified(model: string, provider: string, context: CommandContext): string {
  const builtIn = context.store.state.view.capabilities.size > 0
  return builtIn || provider === '' ? model : `${model} --provider ${provider}`
}

export async function setModel(context: CommandContext, value: string): Promise<void> {
  const result = await context.ask('config.set', {key: 'model', value})
  if (!result) return
  context.store.dispatch({type: 'session', session: {model: text(result.value) || value}})
  context.notice('good', `model: ${oneLine(text(result.value) || value, 200)}`)
  if (text(result.warning)) context.notice('warn', text(result.warning))
}

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
    summary: 'choose a stored session',
    async run(context) {
      if (mayLeave(context)) await listSessions(context)
    },
  },
  {
    name: 'resume',
    aliases: ['session'],
    args: '[key or title]',
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
    name: 'model',
    aliases: [],
    args: '[id]',
    summary: 'choose a model, or switch to one',
    run: (context, id) => (id ? setModel(context, id) : pickModel(context)),
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
        return context.notice('warn', 'this gateway cannot search (it lacks the capability "search")')
      }
      const result = await context.ask('session.search', {query, limit: 20})
      if (!result) return
      const hits = records(result.hits)
      if (hits.length === 0) return context.notice('info', `nothing found for ${query}`)
      const lines = hits.map((hit) => {
        const snippet = oneLine(text(hit.snippet).replaceAll('\u0002', '').replaceAll('\u0003', ''), 160)
        const key = text(hit.session_id)
        return `${text(hit.title) || key} · ${text(hit.role)}: ${snippet}\n  /resume ${key}`
      })
      context.output(lines.join('\n'))
    },
  },
  {
    name: 'undo',
    aliases: [],
    args: '',
    summary: 'take the last exchange back',
    async run(context) {
      if (!mayLeave(context)) return
      const {capabilities: offered} = context.store.state.view
      const removed = await context.attempt((request) => takeBack(request, offered))
      if (removed === undefined) return
      context.store.dispatch({type: 'undone'})
      context.notice(removed ? 'good' : 'info', removed ? `${removed} messages taken back` : 'nothing to take back')
    },
  },
  {
    name: 'status',
    aliases: [],
    args: '',
    summary: 'session, model and gateway as they are now',
    async run(context) {
      const {view, session, turn, elsewhere} = context.store.state
      const held = elsewhere ? ' · open in another hermes' : ''
      const tokens = session.usage ? ` · ${number(session.usage.total).toLocaleString('en')} tokens` : ''
      const rows = [
        ['session', [session.key ?? '–', session.title].filter(Boolean).join(' · ') + held],
        ['model', `${session.model ?? '–'}${tokens}${turn ? ' · a turn runs' : ''}`],
        ['folder', session.cwd ?? '–'],
        ['gateway', `pid ${view.pid ?? '–'} · process ${view.generation} of this run · ${view.phase}`],
        ['can', [...view.capabilities].join(', ') || 'nothing beyond the reference'],
        ['log', context.crashLog],
      ]
      const own = rows.map(([label = '', value = '']) => `${label.padEnd(9)}${oneLine(value, 400)}`)
      // The built-in gateway knows no more than this.
      const asks = view.session !== undefined && view.capabilities.size === 0
      const result = asks ? await context.ask('session.status') : undefined
      context.output([...own, ...(result ? ['', text(result.output)] : [])].join('\n'))
    },
  },
  {
    name: 'usage',
    aliases: [],
    args: '',
    summary: 'tokens of this session',
    async run(context) {
      const usage = await context.ask('session.usage')
      if (!usage) return
      const line = (label: string, name: string) => `${label.padEnd(10)}${number(usage[name]).toLocaleString('en')}`
      const rows = [line('input', 'input'), line('output', 'output'), line('total', 'total'), line('calls', 'calls')]
      if (number(usage.reasoning)) rows.push(line('reasoning', 'reasoning'))
      if (number(usage.context_max)) {
        rows.push(
          `context   ${number(usage.context_used).toLocaleString('en')} of ${number(usage.context_max).toLocaleString('en')}`,
        )
      }
      context.output(rows.join('\n'))
    },
  },
]
