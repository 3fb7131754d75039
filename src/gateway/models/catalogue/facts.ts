import {contextWindow} from '../catalog.js'
import {isLoopback} from '../discovery.js'
import {optionsFor, type Provider} from '../providers.js'
import type {Catalogue} from './catalogue.js'
import type {ListedModel} from './listed.js'
import type {ModelLists} from './lists.js'
import type {ModelFacts, PricePeriod} from './types.js'
import type {CatalogueQuestion} from './worker-messages.js'

/** The catalogue's own names of kinds. */
const cataloguedAs: Partial<Record<Provider['kind'], string>> = {bedrock: 'aws', vertex: 'google'}

/** What is asked of the catalogue; undefined: a server of somebody's own runs the model as it likes. */
export function questionOf({kind, baseUrl}: Provider, model: string): CatalogueQuestion | undefined {
  const address = isLoopback(baseUrl) ? undefined : baseUrl
  if (kind === 'openai-compatible') return address === undefined ? undefined : {address, model}
  return {provider: cataloguedAs[kind] ?? kind, ...(address === undefined ? {} : {address}), model}
}

/** From what the person says, then the provider, then the catalogue; each fact by itself. */
export function factsFrom(
  provider: Provider,
  model: string,
  {listed, catalogued = {}}: {listed?: ListedModel | undefined; catalogued?: ModelFacts | undefined},
): ModelFacts {
  const options = optionsFor(provider, model)
  const context = options.context ?? listed?.context ?? contextWindow(provider.kind, model) ?? catalogued.context
  const output = options.output ?? listed?.output ?? catalogued.output
  const prices = ownPrices(options) ?? listed?.prices ?? catalogued.prices
  return {
    ...(context === undefined ? {} : {context}),
    ...(output === undefined ? {} : {output}),
    ...(prices === undefined ? {} : {prices}),
  }
}

function ownPrices(options: ReturnType<typeof optionsFor>): PricePeriod[] | undefined {
  const {inputPrice: input, outputPrice: output, cacheReadPrice: cacheRead, cacheWritePrice: cacheWrite} = options
  if (input === undefined || output === undefined) return undefined
  return [
    {
      prices: {
        input,
        output,
        ...(cacheRead === undefined ? {} : {cacheRead}),
        ...(cacheWrite === undefined ? {} : {cacheWrite}),
      },
    },
  ]
}

/** What is known of one model: by its provider's list as it was told last, and the catalogue. Never rejects. */
export async function factsOf(
  provider: Provider,
  model: string,
  {lists, catalogue}: {lists: ModelLists; catalogue: Catalogue | undefined},
): Promise<ModelFacts> {
  const list = await lists.kept(provider)
  const listed = list?.models.find(({name}) => name === model) ?? {name: model}
  const [facts = {}] = await factsOfAll(provider, [listed], catalogue)
  return facts
}

/** Facts of many models of one provider, with one question for all. */
export async function factsOfAll(
  provider: Provider,
  models: readonly ListedModel[],
  catalogue: Catalogue | undefined,
): Promise<ModelFacts[]> {
  const isTold = ({context, prices}: ListedModel) => context !== undefined && prices !== undefined
  const questions = models.map((listed) => (isTold(listed) ? undefined : questionOf(provider, listed.name)))
  const asked = questions.filter((each) => each !== undefined)
  const answers = asked.length > 0 ? ((await catalogue?.facts(asked)) ?? []) : []
  const catalogued = new Map(asked.map((question, index) => [question, answers[index]]))
  return models.map((listed, index) => {
    const question = questions[index]
    return factsFrom(provider, listed.name, {listed, catalogued: question && catalogued.get(question)})
  })
}
