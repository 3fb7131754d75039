import {oneLine} from '../../text/sanitize.js'

/** As many as a line shows. */
const MAX_CHOICES = 12

/**
 * What a gateway offers for the end of `draft` (`complete.slash`: `{items: [{text}], replace_from}`): the draft with as
 * much as all share, and what there is to choose. Undefined where nothing fits. Never rejects.
 */
export async function argumentsFor(
  draft: string,
  ask: (text: string) => Promise<Record<string, unknown>>,
): Promise<{draft: string; choices: readonly string[]} | undefined> {
  try {
    const {items, replace_from: from} = await ask(draft)
    if (typeof from !== 'number' || !Number.isInteger(from) || from < 0 || from > draft.length) return undefined
    const choices = (Array.isArray(items) ? items : []).flatMap((item: unknown) => {
      const text = typeof item === 'object' && item !== null && 'text' in item ? item.text : undefined
      return typeof text === 'string' && text !== '' ? [oneLine(text, 80)] : []
    })
    const [first] = choices
    if (first === undefined) return undefined
    let shared = first
    for (const choice of choices) while (!choice.startsWith(shared)) shared = shared.slice(0, -1)
    const typed = draft.slice(from)
    const longer = shared.length >= typed.length ? draft.slice(0, from) + shared : draft
    return {draft: choices.length === 1 ? `${longer} ` : longer, choices: choices.slice(0, MAX_CHOICES)}
  } catch {
    return undefined
  }
}
