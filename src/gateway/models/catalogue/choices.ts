import type {Provider} from '../providers.js'
import type {ModelOption, ProviderChoices} from '../types.js'
import type {Catalogue} from './catalogue.js'
import {factsOfAll} from './facts.js'
import type {ListedModel} from './listed.js'
import type {ListAnswer, ModelLists} from './lists.js'

/** A list that is younger is as good as new; an older one is asked for in the background, milliseconds. */
const FRESH_MS = 60_000
const OLD_MS = 3_600_000

export interface Offered {
  provider: Provider
  source: ModelOption['source']
  /** Names that we know of without asking. */
  names: readonly string[]
}

export interface ChoicesOptions {
  lists: ModelLists
  catalogue: Catalogue | undefined
  when: 'kept' | 'fresh'
  isGuessed(provider: Provider): boolean
}

/** What providers offer: names of the person's first, then as each of them lists its own. All are asked at once. */
export async function choicesOf(offered: readonly Offered[], options: ChoicesOptions): Promise<ProviderChoices[]> {
  const groups = await Promise.all(offered.map((one) => choicesAt(one, options)))
  return groups.filter(({models, error}) => models.length > 0 || error !== undefined)
}

async function choicesAt({provider, source, names}: Offered, options: ChoicesOptions): Promise<ProviderChoices> {
  const {list, error} = await answerOf(provider, names.length > 0, options)
  const listed = new Map((list?.models ?? []).map((model) => [model.name, model]))
  const known = [...new Set([...names, ...listed.keys()])].map((name): ListedModel => listed.get(name) ?? {name})
  const facts = await factsOfAll(provider, known, options.catalogue)
  return {
    provider: provider.name,
    source,
    models: known.map(({name}, index) => ({id: `${provider.name}/${name}`, facts: facts[index] ?? {}})),
    ...(list === undefined ? {} : {listedAt: list.at}),
    // That nothing listens where nobody said that something does is no news.
    ...(error === undefined || options.isGuessed(provider) ? {} : {error}),
  }
}

async function answerOf(provider: Provider, hasNames: boolean, {lists, when}: ChoicesOptions): Promise<ListAnswer> {
  const list = await lists.kept(provider)
  const age = list === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Date.now() - list.at)
  if (when === 'fresh') return age < FRESH_MS ? {list} : lists.fresh(provider)
  // A server whose names nobody knows has none to offer before it was asked.
  if (list === undefined && !hasNames) return lists.fresh(provider)
  // Nobody has asked for what a command prints: a password manager would ask out of the blue.
  if (age > OLD_MS && !provider.apiKeyCommand) void lists.fresh(provider)
  return {list}
}
