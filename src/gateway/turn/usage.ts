import type {Usage} from '../../protocol/methods.js'
import type {ModelUsage} from '../models/types.js'
import type {Usages} from '../store/types.js'

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

/** How full the model's context is, by its last step. */
export interface ContextFill {
  used: number
  max: number | undefined
}

/** Tokens of a session as the wire has them. */
export function toWireUsage(model: string, {calls, usage}: Usages, context?: ContextFill): Usage {
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
    ...(context ? contextMembers(context) : {}),
  }
}

function contextMembers({used, max}: ContextFill): Partial<Usage> {
  if (!max) return {context_used: used}
  return {context_used: used, context_max: max, context_percent: Math.min(100, Math.round((used / max) * 100))}
}
