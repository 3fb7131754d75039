/** What an agent tells of its context, as our wire has it. `used`, `size`: tokens; `cost`: dollars. */
export function usageOf(model: string, used: number, size: number, cost: number | undefined): Record<string, unknown> {
  const none = {input: 0, output: 0, cache_read: 0, cache_write: 0, reasoning: 0, prompt: 0, completion: 0, total: 0}
  return {
    model,
    ...none,
    calls: 0,
    context_used: used,
    ...(size > 0 ? {context_max: size, context_percent: Math.round((used / size) * 100)} : {}),
    ...(cost === undefined ? {} : {cost_usd: cost}),
  }
}
