import {isObject} from '../../../protocol/shapes/shape.js'
import type {PricePeriod, Prices} from './types.js'

/** A model as its provider lists it; what it does not tell is not there. */
export interface ListedModel {
  /** As it is called. */
  name: string
  /** Tokens. */
  context?: number
  output?: number
  prices?: readonly PricePeriod[]
}

/** Longer ones are none that anybody could call. */
const MAX_NAME = 300
/** Of a list that is longer the first. */
const MAX_MODELS = 5000

/**
 * What the body of a list of models names that can chat, in its order, each once; undefined where it is no such list. Of
 * the forms of OpenAI, Anthropic and OpenRouter (`data`) and of Google (`models`).
 */
export function listedModels(body: string): ListedModel[] | undefined {
  const parsed = parse(body)
  if (!isObject(parsed)) return undefined
  const entries = Array.isArray(parsed.data) ? parsed.data : parsed.models
  if (!Array.isArray(entries)) return undefined
  const models = new Map<string, ListedModel>()
  for (const entry of entries) {
    const model = isObject(entry) ? listedModel(entry) : undefined
    if (model && !models.has(model.name)) models.set(model.name, model)
    if (models.size >= MAX_MODELS) break
  }
  return [...models.values()]
}

function listedModel(entry: Record<string, unknown>): ListedModel | undefined {
  const name = nameOf(entry)
  if (name === undefined || !canChat(name, entry)) return undefined
  const best = isObject(entry.top_provider) ? entry.top_provider : {}
  const context = firstCount(entry.context_length, entry.max_input_tokens, entry.inputTokenLimit, entry.max_model_len)
  const output = firstCount(best.max_completion_tokens, entry.max_tokens, entry.outputTokenLimit)
  const prices = isObject(entry.pricing) ? pricesOf(entry.pricing) : undefined
  return {
    name,
    ...(context === undefined ? {} : {context}),
    ...(output === undefined ? {} : {output}),
    ...(prices === undefined ? {} : {prices: [{prices}]}),
  }
}

/** Undefined too for a name that could not be shown and typed again as it is. */
function nameOf({id, name}: Record<string, unknown>): string | undefined {
  const given = typeof id === 'string' ? id : typeof name === 'string' ? name.replace(/^models\//, '') : ''
  const fit = given.length <= MAX_NAME && given.trim() === given && !/[\p{C}\p{Zl}\p{Zp}]/u.test(given)
  return fit && given !== '' ? given : undefined
}

function canChat(name: string, {supportedGenerationMethods: methods}: Record<string, unknown>): boolean {
  if (Array.isArray(methods) && !methods.includes('generateContent')) return false
  return !/embed|rerank|whisper|moderation|(?:^|[-/])(?:tts|dall-e|sora)(?:-|$)/i.test(name)
}

function firstCount(...values: unknown[]): number | undefined {
  return values.find((value): value is number => Number.isSafeInteger(value) && (value as number) > 0)
}

/** OpenRouter's: USD for one token, as text; -1 where it depends on the request. */
function pricesOf(pricing: Record<string, unknown>): Prices | undefined {
  const usd = (value: unknown) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
  }
  const million = (value: unknown) => {
    const one = usd(value)
    return one === undefined ? undefined : Number((one * 1e6).toPrecision(12))
  }
  const [input, output] = [million(pricing.prompt), million(pricing.completion)]
  if (input === undefined || output === undefined) return undefined
  const [cacheRead, cacheWrite] = [million(pricing.input_cache_read), million(pricing.input_cache_write)]
  const request = usd(pricing.request)
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : {cacheRead}),
    ...(cacheWrite === undefined ? {} : {cacheWrite}),
    ...(request === undefined ? {} : {request}),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
