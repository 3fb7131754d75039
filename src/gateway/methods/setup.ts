import type {ModelDetails} from '../../protocol/methods.js'
import {pricesAt} from '../models/catalogue/cost.js'
import type {Price} from '../models/catalogue/types.js'
import type {ModelChoice, ModelOption, ProviderChoices} from '../models/types.js'
import {lineOf} from '../rpc-error.js'
import {sessionModelId} from '../session/info.js'
import {liveSession} from '../session/live-session.js'
import {free, type MethodTable, seconds} from './method.js'

export const setupMethods: MethodTable<'setup.status' | 'setup.found' | 'setup.runtime_check' | 'model.options'> = {
  /** Always true: without a provider the offline model answers, and a client shows no setup panel for that. */
  'setup.status': free(async (gateway) => {
    const registry = await gateway.services.registry()
    return {result: {provider_configured: true, offline: !(await registry.configured())}}
  }),

  /** Ours: what could answer and is there already. Unlike the others it asks nobody who was configured. */
  'setup.found': free(async (gateway) => ({result: {found: await (await gateway.services.registry()).found()}})),

  'setup.runtime_check': free(async (gateway) => {
    try {
      const model = await (await gateway.services.registry()).resolve()
      return {result: {ok: true, provider: model.provider, model: model.id, source: 'env/config'}}
    } catch (error) {
      return {result: {ok: false, error: lineOf(error)}}
    }
  }),

  'model.options': free(async (gateway, params) => {
    const registry = await gateway.services.registry()
    const model = params.session_id
      ? await sessionModelId(gateway, liveSession(gateway, params.session_id))
      : await registry.defaultId()
    const provider = providerOf(model)
    const [options, choices] = await Promise.all([
      // The default model and the offline ones, which no provider lists.
      registry.options(),
      registry.choices(params.fresh ? 'fresh' : 'kept'),
    ])
    return {result: {providers: withLists(groupByProvider(options, provider), choices, provider), model, provider}}
  }),
}

/** What providers list takes the place of what we name of them ourselves. */
function withLists(
  groups: Record<string, unknown>[],
  choices: readonly ProviderChoices[],
  current: string,
): Record<string, unknown>[] {
  const listed = choices.map(({provider, source, models, listedAt, error}) => ({
    slug: provider,
    name: provider,
    is_current: provider === current,
    models: models.map(({id}) => id),
    total_models: models.length,
    authenticated: true,
    auth_type: source,
    details: models.map(toDetails),
    ...(listedAt === undefined ? {} : {listed_at: seconds(listedAt)}),
    ...(error === undefined ? {} : {error}),
  }))
  const names = new Set(listed.map(({slug}) => slug))
  return [...listed, ...groups.filter(({slug}) => !names.has(slug as string))]
}

function toDetails({id, facts}: ModelChoice): ModelDetails {
  const {context, output, prices} = facts
  const now = prices && pricesAt(prices, Date.now())
  const base = (price: Price | undefined) => (typeof price === 'object' ? price.base : price)
  const [inputPrice, outputPrice] = [base(now?.input), base(now?.output)]
  return {
    id,
    ...(context === undefined ? {} : {context}),
    ...(output === undefined ? {} : {output}),
    ...(inputPrice === undefined ? {} : {input_price: inputPrice}),
    ...(outputPrice === undefined ? {} : {output_price: outputPrice}),
  }
}

export function providerOf(model: string): string {
  return model.split('/', 1)[0] ?? model
}

function groupByProvider(options: readonly ModelOption[], current: string): Record<string, unknown>[] {
  const groups = new Map<string, ModelOption[]>()
  for (const option of options) {
    const slug = providerOf(option.id)
    groups.set(slug, [...(groups.get(slug) ?? []), option])
  }
  return [...groups].map(([slug, models]) => ({
    slug,
    name: slug,
    is_current: slug === current,
    models: models.map(({id}) => id),
    total_models: models.length,
    authenticated: true,
    auth_type: models[0]?.source ?? 'built-in',
  }))
}
