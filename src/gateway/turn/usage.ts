import type {SessionCost, Usage} from '../../protocol/methods.js'
import type {StepCost} from '../models/catalogue/types.js'
import type {ModelMessage, ModelUsage} from '../models/types.js'
import {estimatedTokens} from '../store/tokens.js'
import type {ContextFill, Spent, Usages} from '../store/types.js'

export const noUsage: ModelUsage = {input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0}

export function addUsage(total: ModelUsage, step: ModelUsage): ModelUsage {
  return {
    input: total.input + step.input,
    output: total.output + step.output,
    cacheRead: total.cacheRead + step.cacheRead,
    cacheWrite: total.cacheWrite + step.cacheWrite,
    reasoning: total.reasoning + step.reasoning,
  }
}

/** With one more call of a model, whose cost is known or not. */
export function addStep(
  {calls, usage, spent = [], ...rest}: Usages,
  model: string,
  step: ModelUsage,
  cost: StepCost | undefined,
): Usages {
  const before = spent.find((each) => each.model === model)
  const of: Spent = before ?? {model, calls: 0, unpriced: 0, usage: noUsage, usd: 0, savedUsd: 0}
  const after: Spent = {
    model,
    calls: of.calls + 1,
    unpriced: of.unpriced + (cost ? 0 : 1),
    usage: addUsage(of.usage, step),
    usd: of.usd + (cost?.usd ?? 0),
    savedUsd: of.savedUsd + (cost?.savedUsd ?? 0),
  }
  return {
    ...rest,
    calls: calls + 1,
    usage: addUsage(usage, step),
    spent: before ? spent.map((each) => (each === before ? after : each)) : [...spent, after],
  }
}

/** What calls have cost as far as it is known, USD, and of how many it is not. */
export function costOfCalls({calls, spent = []}: Usages): {usd: number; savedUsd: number; unpriced: number} {
  const sum = (of: (each: Spent) => number) => spent.reduce((total, each) => total + of(each), 0)
  return {
    usd: sum(({usd}) => usd),
    savedUsd: sum(({savedUsd}) => savedUsd),
    unpriced: Math.max(0, calls - sum((each) => each.calls - each.unpriced)),
  }
}

/** By its length, what a step took whose provider did not come to tell it. */
export function estimatedUsage(
  {system, messages}: {system: string; messages: readonly ModelMessage[]},
  {text, reasoning}: {text: string; reasoning: string},
): ModelUsage {
  const sent = messages.reduce((sum, message) => sum + lengthOf(message), system.length)
  const thought = estimatedTokens(reasoning.length)
  return {...noUsage, input: estimatedTokens(sent), output: estimatedTokens(text.length) + thought, reasoning: thought}
}

function lengthOf(message: ModelMessage): number {
  if (message.role === 'tool') return JSON.stringify(message.result)?.length ?? 0
  const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : []
  return message.text.length + calls.reduce((sum, {args}) => sum + (JSON.stringify(args)?.length ?? 0), 0)
}

/** Tokens of a session as the wire has them. */
export function toWireUsage(model: string, usages: Usages, context?: ContextFill | null): Usage {
  const {calls, usage, estimated} = usages
  return {
    model,
    input: usage.input,
    output: usage.output,
    cache_read: usage.cacheRead,
    cache_write: usage.cacheWrite,
    reasoning: usage.reasoning,
    prompt: usage.input,
    completion: usage.output,
    total: usage.input + usage.output,
    calls,
    ...(estimated ? {estimated: true} : {}),
    ...costMembers(usages),
    ...(context?.model === model ? contextMembers(context) : {}),
  }
}

/** Nothing of the cost where it is known of no call. */
function costMembers(usages: Usages): Partial<Usage> {
  const {usd, savedUsd, unpriced} = costOfCalls(usages)
  return {
    ...(usages.calls > unpriced ? {cost_usd: usd, saved_usd: savedUsd} : {}),
    ...(unpriced > 0 ? {unpriced_calls: unpriced} : {}),
  }
}

/** The cost of a session by model; calls that are in none of them have none that is known. */
export function toWireCost(usages: Usages): SessionCost {
  const {usd, savedUsd, unpriced} = costOfCalls(usages)
  return {
    calls: usages.calls,
    unpriced_calls: unpriced,
    cost_usd: usd,
    saved_usd: savedUsd,
    models: (usages.spent ?? []).map((each) => ({
      model: each.model,
      calls: each.calls,
      unpriced_calls: each.unpriced,
      input: each.usage.input,
      output: each.usage.output,
      cache_read: each.usage.cacheRead,
      cache_write: each.usage.cacheWrite,
      reasoning: each.usage.reasoning,
      cost_usd: each.usd,
      saved_usd: each.savedUsd,
    })),
  }
}

function contextMembers({used, max}: ContextFill): Partial<Usage> {
  if (!max) return {context_used: used}
  return {context_used: used, context_max: max, context_percent: Math.min(100, Math.round((used / max) * 100))}
}
