import {capabilities} from '../../protocol/capabilities.js'
import {meantModel, type OfferedModels, offeredModels} from '../model-list/choices.js'
import {rankModels} from '../model-list/rank.js'
import {openPicker} from '../state/picker.js'
import {oneLine} from '../text/sanitize.js'
import {costText} from './cost-text.js'
import type {CommandContext, SlashCommand} from './types.js'

const text = (value: unknown) => (typeof value === 'string' ? value : '')

const can = ({store}: CommandContext) => store.state.view.capabilities.has(capabilities.models)

async function offered(
  context: CommandContext,
  params: Record<string, unknown> = {},
): Promise<OfferedModels | undefined> {
  const answer = await context.ask('model.options', params)
  const foreign = context.store.state.view.capabilities.size === 0
  return answer && offeredModels(answer, {foreign})
}

/** What is known is shown at once; what providers list now takes its place when they have answered. */
function pickModel(context: CommandContext, models: OfferedModels, filter = ''): void {
  const {store} = context
  if (models.choices.length === 0 && !can(context)) {
    context.notice('info', 'the gateway names no models · /model ID switches to one')
    return
  }
  store.dispatch({
    type: 'pick',
    picker: {...openPicker('model', 'Models', models.choices, filter ? 0 : models.current), filter},
  })
  if (can(context)) void refresh(context)
}

async function refresh(context: CommandContext): Promise<void> {
  const {store, notice} = context
  const models = await offered(context, {fresh: true})
  const {picker} = store.state
  if (!models || picker?.kind !== 'model') return
  for (const problem of models.problems) notice('warn', problem)
  // Who is read a list is not read the same one again.
  if (JSON.stringify(models.choices) === JSON.stringify(picker.choices)) return
  const chosen = rankModels(picker.choices, picker.filter)[picker.selected]?.value
  const at = rankModels(models.choices, picker.filter).findIndex(({value}) => value === chosen)
  store.dispatch({type: 'pick', picker: {...picker, choices: models.choices, selected: Math.max(0, at)}})
}

export async function setModel(context: CommandContext, value: string): Promise<void> {
  const result = await context.delivery.behind(context.ask('config.set', {key: 'model', value}))
  if (!result) return
  context.store.dispatch({type: 'session', session: {model: text(result.value) || value}})
  const when = context.store.state.turn ? ', from the next prompt on' : ''
  context.notice('good', `model: ${oneLine(text(result.value) || value, 200)}${when}`)
  if (text(result.warning)) context.notice('warn', text(result.warning))
}

/** Which one is meant is asked first. */
const model = (context: CommandContext, words: string): Promise<void> =>
  words ? context.delivery.behind(choose(context, words)) : choose(context, words)

async function choose(context: CommandContext, words: string): Promise<void> {
  if (words && !can(context)) return setModel(context, words)
  const models = await offered(context)
  if (!models) return
  const meant = words ? meantModel(models, words) : undefined
  if (meant && 'model' in meant) return setModel(context, meant.model)
  pickModel(context, models, words)
}

export async function setEffort(context: CommandContext, value: string): Promise<void> {
  const result = await context.delivery.behind(context.ask('config.set', {key: 'effort', value}))
  if (result) context.notice('good', `effort: ${oneLine(text(result.value) || value, 60)}, in this session`)
}

const meanings: Readonly<Record<string, string>> = {
  none: 'answers at once',
  minimal: 'hardly thinks',
  low: 'thinks a little',
  medium: 'thinks',
  high: 'thinks long',
  xhigh: 'thinks longer still',
  max: 'thinks as long as it can',
}

async function effort(context: CommandContext, level: string): Promise<void> {
  if (!can(context)) return context.notice('warn', 'this gateway does not let a session choose its effort')
  if (level) return setEffort(context, level)
  const answer = await context.ask('config.get', {key: 'effort'})
  if (!answer) return
  const levels = Array.isArray(answer.levels) ? answer.levels.filter((each) => typeof each === 'string') : []
  if (levels.length === 0) return context.notice('info', 'this model cannot be told how much to think')
  const configured = text(answer.configured)
  const standard = configured === '' ? "the provider's own" : `as it is configured: ${configured}`
  const choices = [...levels, 'default'].map((value) => ({
    value,
    label: value,
    detail: [value === 'default' ? standard : meanings[value], value === answer.value ? 'current' : '']
      .filter(Boolean)
      .join(' · '),
  }))
  const selected = Math.max(
    0,
    choices.findIndex(({value}) => value === answer.value),
  )
  context.store.dispatch({type: 'pick', picker: openPicker('effort', 'Effort', choices, selected)})
}

async function cost(context: CommandContext): Promise<void> {
  if (!can(context)) return context.notice('warn', 'this gateway does not tell what a session costs')
  const answer = await context.ask('session.cost')
  if (answer) context.output(costText(answer))
}

export const modelCommands: SlashCommand[] = [
  {name: 'model', aliases: [], args: '[id or a part of it]', summary: 'choose a model, or switch to one', run: model},
  {name: 'effort', aliases: [], args: '[level]', summary: 'how much the model thinks, in this session', run: effort},
  {name: 'cost', aliases: [], args: '', summary: 'what this session has cost, by model', run: cost},
]
