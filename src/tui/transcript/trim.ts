import type {Item} from './items.js'

/** So much of what is printed is held: a screen drawn again, a fold to be opened, a reply to be copied need no more. */
const KEPT_ITEMS = 300
const KEPT_CHARACTERS = 1_500_000

/** It is looked through when there is twice as much. */
const SLACK = 2

/**
 * The items without old ones that are printed, the very same array where there is nothing to spare. `printed`: the first
 * id that is not. The last prompt stays, whatever came after it.
 */
export function trimmed(items: readonly Item[], printed: number): readonly Item[] {
  let kept = items.length
  let characters = 0
  let within = items.length
  for (let index = items.length - 1; index >= 0; index--) {
    characters += sizeOf(items[index])
    if (items.length - index <= KEPT_ITEMS && characters <= KEPT_CHARACTERS) kept = index
    within = index
    if (items.length - index > SLACK * KEPT_ITEMS || characters > SLACK * KEPT_CHARACTERS) break
  }
  if (within === 0) return items
  const firstNew = items.findIndex(({id}) => id >= printed)
  const from = Math.min(kept, firstNew === -1 ? items.length : firstNew, items.length - 1)
  if (from === 0) return items
  const rest = items.slice(from)
  if (rest.some(({kind}) => kind === 'user')) return rest
  const prompt = items.findLast((item, index) => index < from && item.kind === 'user')
  return prompt ? [prompt, ...rest] : rest
}

/** About how many characters an item holds. */
export function sizeOf(item: Item | undefined): number {
  if (item === undefined) return 0
  if (item.kind !== 'tool') return 'text' in item ? item.text.length : 20
  const {body, input} = item.tool.line
  const text = body && 'text' in body ? body.text.length : 1000
  return text + (input?.length ?? 0)
}
