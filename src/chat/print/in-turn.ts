import type {HermesError} from '../../errors.js'
import {emptyPrompt} from '../intent.js'
import {type End, failed} from './asked.js'
import type {PrintedPrompt, WrongPrompt} from './messages.js'

export type Prompts = Iterable<PrintedPrompt | WrongPrompt> | AsyncIterable<PrintedPrompt | WrongPrompt>

interface Asking {
  /** Resolves when nothing more can be asked, with why. */
  over: Promise<End>
  ask(prompt: PrintedPrompt): Promise<End>
  /** Says what came of one. */
  tell(end: End, line?: number): void
  note(text: string): void
  /** After one that failed: what may still come of it is not taken for the answer to the next. */
  canGoOn(): boolean
}

/**
 * Asks each prompt once the one before is answered. Of prompts that are lines of stdin those that fail are told, and the
 * next one is asked. `told`: why it failed is said already.
 */
export async function askInTurn(
  prompts: Prompts,
  {over, ask, tell, note, canGoOn}: Asking,
): Promise<{end: End; told: boolean}> {
  const iterator = Symbol.iterator in prompts ? prompts[Symbol.iterator]() : prompts[Symbol.asyncIterator]()
  let ended: End | undefined
  void over.then((end) => {
    ended = end
  })
  const stop = over.then(() => undefined)
  let first: End | undefined
  for (let count = 0; ; count++) {
    let next: Awaited<ReturnType<typeof iterator.next>> | undefined
    try {
      next = await Promise.race([iterator.next(), stop])
    } catch (error) {
      ended ??= failed(error as HermesError)
    }
    if (ended || !next) {
      const end = ended ?? (await over)
      tell(end)
      return {end, told: false}
    }
    if (next.done) {
      if (count > 0) return {end: first ?? {kind: 'complete'}, told: true}
      const end = failed(emptyPrompt())
      tell(end)
      return {end, told: false}
    }
    const {value: prompt} = next
    const isWrong = 'problem' in prompt
    const end = isWrong ? failed(prompt.problem) : await ask(prompt)
    tell(end, prompt.line)
    if (ended || prompt.line === undefined) return {end, told: false}
    if (end.kind !== 'failed') continue
    first ??= end
    const {message, suggestions} = end.error
    note([isWrong ? message : `line ${prompt.line}: ${message}`, ...suggestions].join(' · '))
    if (!isWrong && !canGoOn()) return {end, told: true}
  }
}
