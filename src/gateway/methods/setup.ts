import type {ModelOption} from '../models/types.js'
import {lineOf} from '../rpc-error.js'
import {sessionModelId} from '../session/info.js'
import {liveSession} from '../session/live-session.js'
import {free, type MethodTable} from './method.js'

export const setupMethods: MethodTable<'setup.status' | 'setup.runtime_check' | 'model.options'> = {
  /** Always true: without a provider the offline model answers, and a client shows no setup panel for that. */
  'setup.status': free(async (gateway) => {
    const registry = await gateway.services.registry()
    return {result: {provider_configured: true, offline: !(await registry.configured())}}
  }),

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
    return {result: {providers: groupByProvider(await registry.options(), provider), model, provider}}
  }),
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
