import {permissionModes} from '../../permissions/types.js'
import type {MenuChoice} from '../completion/menu.js'
import {type ArgumentSource, type SourceContext, wordSource} from '../completion/source.js'
import {offeredModels} from '../model-list/choices.js'
import {themeNames} from '../text/theme/themes.js'
import {when} from '../text/when.js'
import type {SlashCommand} from './types.js'

/** What the arguments of our commands may be, each once: for the list below the draft. */
const sources: Readonly<Record<string, ArgumentSource>> = {
  doctor: wordSource({last: 'the last death of a gateway'}),
  effort: {only: true, choices: efforts},
  jobs: wordSource({
    stop: 'ends the job of that number',
    keep: 'it goes on after the session',
    leave: 'it ends with the session',
  }),
  mode: wordSource(Object.fromEntries(permissionModes.filter((mode) => mode !== 'bypass').map((mode) => [mode, '']))),
  model: {choices: models},
  permissions: wordSource({remove: 'takes the rule of that number back'}),
  reasoning: wordSource({show: 'from now on', hide: 'folds it to a line'}),
  resume: {choices: sessions},
  theme: wordSource(Object.fromEntries(themeNames.map((name) => [name, '']))),
  title: {choices: title},
}

/** That of a command, or the words that it names itself: `[on|off|status]`, `[up|down N, clear]`. */
export function argumentsOf({name, args}: Pick<SlashCommand, 'name' | 'args'>): ArgumentSource | undefined {
  if (Object.hasOwn(sources, name)) return sources[name]
  const words = args
    .replace(/^\[|\]$/g, '')
    .split(/[|,]/)
    .map((word) => word.trim())
  // `up N`: the word, and a number behind it.
  const known = words.flatMap((word) => /^([a-z][\w-]*)(?: [A-Z]+)?$/.exec(word)?.[1] ?? [])
  if ((words.length < 2 && name !== 'queue') || known.length === 0) return undefined
  return {...wordSource(Object.fromEntries(known.map((word) => [word, '']))), only: known.length === words.length}
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []
}

function ofSession({state}: SourceContext): Record<string, unknown> {
  const id = state.view.session?.liveId
  return id === undefined ? {} : {session_id: id}
}

async function models(context: SourceContext): Promise<MenuChoice[]> {
  const answer = await context.request('model.options', ofSession(context))
  const foreign = context.state.view.capabilities.size === 0
  const {choices} = offeredModels(answer, {foreign})
  return choices
    .filter(({label}) => canBeTyped(label))
    .map(({value, label, detail}) => ({label, detail, insert: value, also: [value]}))
}

async function efforts(context: SourceContext): Promise<MenuChoice[]> {
  const {value, levels} = await context.request('config.get', {key: 'effort', ...ofSession(context)})
  const known: unknown[] = Array.isArray(levels) ? levels : []
  return [...known, 'default']
    .filter(canBeTyped)
    .map((level) => ({label: level, detail: level === value ? 'current' : '', insert: level}))
}

/** By title, where that means one session; else by key. */
async function sessions({request}: SourceContext): Promise<MenuChoice[]> {
  const answer = await request('session.list', {limit: 200})
  const stored = records(answer.sessions).filter(({id}) => canBeTyped(id))
  const titles = stored.map((session) => text(session.title))
  return stored.map((session, index) => {
    const id = text(session.id)
    const title = titles[index] ?? ''
    const alone = canBeTyped(title) && titles.indexOf(title) === titles.lastIndexOf(title)
    return {
      label: title || text(session.preview) || id,
      detail: [typeof session.started_at === 'number' ? when(session.started_at) : '', alone ? '' : id]
        .filter(Boolean)
        .join(' · '),
      insert: alone ? title : id,
      also: [id, text(session.preview)],
    }
  })
}

function title({state}: SourceContext): MenuChoice[] {
  const current = state.session.title ?? ''
  return canBeTyped(current) ? [{label: current, detail: 'as it is now', insert: current}] : []
}

/** What a command reads as it stands in the draft. */
function canBeTyped(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.trim() === value && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value)
}
