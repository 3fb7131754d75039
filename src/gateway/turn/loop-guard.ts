import type {Answer} from '../session/questions.js'
import type {ToolRow} from '../store/types.js'

/** So often the same call may have the same result before the model is told, and again as often before the person is asked. */
const REPEATS = 3

/** What the person is offered; anything else that they answer is told to the model in place of a result. */
const choices = ['Go on', 'Stop here'] as const

type Call = Pick<ToolRow, 'name' | 'args'>

/**
 * Notices a model that makes the same call again and again with the same result. A result that is new begins the count
 * anew: who runs the tests between edits does not go round in circles. It reads no clock and keeps hashes alone.
 */
export class LoopGuard {
  readonly #known = new Set<string>()
  /** Of each call since the last new result: the result that it had last, and how often in a row. */
  readonly #counts = new Map<string, {result: string; count: number}>()
  #earlier: readonly ToolRow[]

  /** `earlier`: what the turn called before its process ended, in order. */
  constructor(earlier: readonly ToolRow[] = []) {
    this.#earlier = earlier
  }

  /** A call has its result. Returns what the model is to be told with it; undefined: nothing. */
  async ended(call: Call, result: unknown): Promise<string | undefined> {
    await this.#readEarlier()
    const count = await this.#count(call, result)
    if (count % REPEATS !== 0) return undefined
    return `the same call had the same result ${count} times: once more will not change it. Do something else, or say what you need`
  }

  /** What the person is asked before a call runs once more; undefined: it may run. */
  async question({
    name,
    args,
    context,
  }: Call & Pick<ToolRow, 'context'>): Promise<{question: string; choices: string[]} | undefined> {
    await this.#readEarlier()
    if (this.#counts.size === 0) return undefined
    const count = this.#counts.get(await keyOf({name, args}))?.count ?? 0
    if (count < 2 * REPEATS) return undefined
    const what = context === '' ? name : `${name} ${context}`
    return {question: `The model made this call ${count} times with the same result: ${what}`, choices: [...choices]}
  }

  async #readEarlier(): Promise<void> {
    const earlier = this.#earlier
    this.#earlier = []
    for (const {name, args, state, result} of earlier) {
      if (state === 'complete' || state === 'denied') await this.#count({name, args}, result)
    }
  }

  async #count({name, args}: Call, result: unknown): Promise<number> {
    const key = await keyOf({name, args})
    const of = await hashOf(withoutNote(result))
    if (!this.#known.has(key + of)) this.#counts.clear()
    this.#known.add(key + of)
    const before = this.#counts.get(key)
    // One more than were asked for: the person let it go on.
    const count = before?.result === of && before.count < 2 * REPEATS ? before.count + 1 : 1
    this.#counts.set(key, {result: of, count})
    return count
  }
}

/** What the person's answer means for the call. */
export function answerOf(answer: Answer<'clarify'>): {goOn: true} | {stop: true} | {words: string} {
  if (answer === choices[0]) return {goOn: true}
  return answer.trim() === '' || answer === choices[1] ? {stop: true} : {words: answer}
}

function withoutNote(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('repeated' in result)) return result
  const {repeated: _, ...rest} = result
  return rest
}

function keyOf({name, args}: Call): Promise<string> {
  return hashOf([name, args])
}

async function hashOf(value: unknown): Promise<string> {
  const {createHash} = await import('node:crypto')
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('base64')
}
