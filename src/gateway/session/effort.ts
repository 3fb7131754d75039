import type {Effort} from '../../config/schema.js'
import {errorCodes} from '../../protocol/frames.js'
import {choiceText} from '../../refusal/text.js'
import type {Gateway} from '../gateway.js'
import type {Model} from '../models/types.js'
import {RpcError} from '../rpc-error.js'
import {sessionModelId} from './info.js'
import type {LiveSession} from './live-session.js'

export interface SessionEffort {
  /** What the session has chosen; `default`: nothing. */
  value: Effort | 'default'
  /** What is configured for the model, or for all; undefined: nothing, so that the provider's own counts. */
  configured?: Effort
  /** What its kind of provider knows, from the least to the most. */
  levels: readonly Effort[]
}

export async function effortOf(gateway: Gateway, session: LiveSession): Promise<SessionEffort> {
  const registry = await gateway.services.registry()
  const {configured, levels} = registry.efforts(await sessionModelId(gateway, session))
  return {value: session.effort ?? 'default', ...(configured ? {configured} : {}), levels}
}

/** The model, told how much to think. */
export function withEffort(model: Model, effort: Effort | undefined): Model {
  if (!effort) return model
  return {
    id: model.id,
    provider: model.provider,
    get contextMax() {
      return model.contextMax
    },
    ...(model.images === undefined ? {} : {images: model.images}),
    ...(model.learned ? {learned: model.learned} : {}),
    stream: (request) => model.stream({...request, effort}),
  }
}

/** It counts from the next prompt on. Throws `badValue` for what the model's kind does not know. */
export async function setEffort(gateway: Gateway, session: LiveSession, wanted: unknown): Promise<Effort | 'default'> {
  const {levels} = await effortOf(gateway, session)
  const word = typeof wanted === 'string' ? wanted.trim().toLowerCase() : wanted
  const effort = levels.find((level) => level === word)
  if (!effort && word !== 'default') {
    throw new RpcError(errorCodes.badValue, `effort must be ${choiceText(word, [...levels, 'default'])}`)
  }
  session.effort = effort
  if (session.stored) (await gateway.services.store()).setEffort(session.key, effort)
  return effort ?? 'default'
}
