import type {AssistantModelMessage} from 'ai'

type ContentPart = Exclude<AssistantModelMessage['content'], string>[number]
export type ReasoningPart = Extract<ContentPart, {type: 'reasoning'}>
export type PartOptions = NonNullable<ReasoningPart['providerOptions']>

/** What a provider wants back with the results of its tool calls: signed reasoning, signatures of calls. */
export interface RememberedStep {
  reasoning: ReasoningPart[]
  calls: Map<string, PartOptions>
}

/** Steps of one turn are followed up within minutes; older ones are never asked for again. */
const MAX_STEPS = 200

/**
 * Signatures of the steps of the running turns, by the id of the step's first tool call. They live
 * only as long as the process: without them providers do with the plain conversation.
 */
export class StepMemory {
  readonly #steps = new Map<string, RememberedStep>()

  remember(firstCallId: string, step: RememberedStep): void {
    this.#steps.delete(firstCallId)
    this.#steps.set(firstCallId, step)
    for (const oldest of this.#steps.keys()) {
      if (this.#steps.size <= MAX_STEPS) break
      this.#steps.delete(oldest)
    }
  }

  recall(firstCallId: string): RememberedStep | undefined {
    return this.#steps.get(firstCallId)
  }
}
