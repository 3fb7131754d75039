import type {PickerChoice} from '../state/picker.js'
import {price as priceText, shortTokens} from '../text/money.js'
import {oneLine} from '../text/sanitize.js'
import {when} from '../text/when.js'
import {rankModels} from './rank.js'

/** What `model.options` tells, of whatever gateway. */
export interface OfferedModels {
  choices: PickerChoice[]
  /** Index of the one that answers now; 0 where it is not among them. */
  current: number
  /** Providers with a list of their own: what is not in it is a part of a name. */
  listed: ReadonlySet<string>
  /** All that it names. */
  providers: ReadonlySet<string>
  /** One line for each provider that could not be asked. */
  problems: string[]
}

type Answer = Record<string, unknown>

const text = (value: unknown) => (typeof value === 'string' ? value : '')
const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)
const records = (value: unknown): Answer[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []

/** `foreign`: of a gateway that takes the provider as an option; the ids of the built-in one carry it already. */
export function offeredModels(answer: Answer, {foreign}: {foreign: boolean}): OfferedModels {
  const providers = records(answer.providers)
  const choices = providers.flatMap((provider) => choicesOf(provider, text(answer.model), foreign))
  return {
    choices,
    current: Math.max(
      0,
      choices.findIndex(({label}) => label === answer.model),
    ),
    listed: new Set(providers.filter((one) => number(one.listed_at) !== undefined).map(({slug}) => text(slug))),
    providers: new Set(providers.map(({slug}) => text(slug))),
    problems: providers.flatMap((one) => problemOf(one) ?? []),
  }
}

function choicesOf(provider: Answer, current: string, foreign: boolean): PickerChoice[] {
  const slug = text(provider.slug)
  const ids: unknown[] = Array.isArray(provider.models) ? provider.models : []
  const details = new Map(records(provider.details).map((each) => [text(each.id), each]))
  const state = provider.authenticated === false ? 'not configured' : ''
  const where = foreign ? text(provider.name) || slug : sources[text(provider.auth_type)]
  return ids
    .filter((id): id is string => typeof id === 'string' && id !== '')
    .map((id) => ({
      value: foreign && slug !== '' ? `${id} --provider ${slug}` : id,
      label: id,
      detail: [id === current ? 'current' : '', ...knownOf(details.get(id)), where, state].filter(Boolean).join(' · '),
    }))
}

const sources: Readonly<Record<string, string>> = {
  environment: 'by your key',
  configuration: 'configured',
  local: 'on this machine',
  'built-in': 'built in',
}

/** Nothing where nothing is known. */
function knownOf(details: Answer | undefined): string[] {
  const context = number(details?.context)
  const [input, output] = [number(details?.input_price), number(details?.output_price)]
  const price =
    input === undefined || output === undefined
      ? ''
      : input === 0 && output === 0
        ? 'free'
        : `${priceText(input)} in, ${priceText(output)} out`
  return [context === undefined ? '' : `${shortTokens(context)} context`, price]
}

function problemOf({slug, error, listed_at: listedAt, models}: Answer): string | undefined {
  if (text(error) === '') return undefined
  const time = number(listedAt)
  const some = Array.isArray(models) && models.length > 0
  const instead =
    time === undefined ? (some ? '; names that are known are shown' : '') : `; its list is of ${when(time)}`
  return `${oneLine(text(slug), 60)} lists no models now: ${oneLine(text(error), 200)}${instead}`
}

/**
 * What `/model WORDS` means: a model to switch to, or several of which to choose. Any name behind a provider is one that
 * can be called, unless the provider's list has others that begin so.
 */
export function meantModel(offered: OfferedModels, words: string): {model: string} | {several: true} {
  const {choices, listed, providers} = offered
  if (providers.has(words) || choices.some(({value}) => value === words)) return {model: words}
  const provider = words.split('/', 1)[0] ?? ''
  if (words.includes('/') && providers.has(provider) && !listed.has(provider)) return {model: words}
  const parts = words.toLowerCase().split(/\s+/)
  const fitting = choices.filter(({value}) => parts.every((part) => value.toLowerCase().includes(part)))
  const [one, another] = fitting
  if (one && !another) return {model: one.value}
  return another || rankModels(choices, words).length > 0 ? {several: true} : {model: words}
}
