import {loadConfig} from '../config/index.js'
import {fuzzyRank} from '../fuzzy.js'
import {pricesAt} from '../gateway/models/catalogue/cost.js'
import type {Price} from '../gateway/models/catalogue/types.js'
import {modelSettings} from '../gateway/models/settings.js'
import type {ProviderChoices} from '../gateway/models/types.js'
import {realParts} from '../gateway/services.js'

export interface ModelItem {
  /** `provider/name`. */
  id: string
  source: ProviderChoices['source']
  /** Tokens; null: not known. */
  context: number | null
  output: number | null
  /** USD for a million tokens, now and below any tier; null: not known. */
  inputPrice: number | null
  outputPrice: number | null
}

export interface ModelItems {
  models: ModelItem[]
  /** How many there are before those that fit are taken. */
  offered: number
  /** Id of the model that answers where none is named. */
  standard: string
  problems: {provider: string; error: string}[]
  /** The gateway that is configured is another one, with models of its own. */
  foreign: boolean
}

/** The models of the built-in gateway here, by the lists of their providers as they are now; `part`: those that fit it, the best first. */
export async function listModels({
  cwd,
  env,
  part = '',
}: {
  cwd: string
  env: NodeJS.ProcessEnv
  part?: string | undefined
}): Promise<ModelItems> {
  const {values} = await loadConfig({cwd, env, flags: {}})
  const registry = await realParts.createModelRegistry(modelSettings(values, env))
  const choices = await registry.choices('fresh')
  const models = choices.flatMap(({source, models: offered}) =>
    offered.map(({id, facts: {context = null, output = null, prices}}): ModelItem => {
      const now = prices && pricesAt(prices, Date.now())
      return {id, source, context, output, inputPrice: base(now?.input), outputPrice: base(now?.output)}
    }),
  )
  // Asks nobody: the lists are there.
  await registry.configured()
  return {
    offered: models.length,
    models: fuzzyRank(part, models, ({id}) => [id]),
    standard: await registry.defaultId(),
    problems: choices.flatMap(({provider, error}) => (error === undefined ? [] : [{provider, error}])),
    foreign: values['gateway.command'] !== undefined,
  }
}

function base(price: Price | undefined): number | null {
  return (typeof price === 'object' ? price.base : price) ?? null
}
