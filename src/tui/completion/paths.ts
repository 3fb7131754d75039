import {oneLine} from '../text/sanitize.js'
import type {MenuChoice} from './menu.js'
import type {SourceContext} from './source.js'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What the gateway offers for `@…`: its tools work in that folder, wherever it runs. Bounded by it, best first. */
export async function pathChoices({state, request}: SourceContext, word: string): Promise<MenuChoice[]> {
  const sessionId = state.view.session?.liveId
  const answer = await request('complete.path', {word, ...(sessionId === undefined ? {} : {session_id: sessionId})})
  const items: unknown[] = Array.isArray(answer.items) ? answer.items : []
  return items.flatMap((item) => {
    if (typeof item !== 'object' || item === null) return []
    const {text: insert, display, meta} = item as Record<string, unknown>
    // What is no line of visible text would not stand in the prompt as what it is.
    if (typeof insert !== 'string' || insert === '' || /\p{C}/u.test(insert)) return []
    const label = text(display) || insert
    return [{label, detail: oneLine(text(meta), 200), insert, open: /[/:]"?$/.test(insert)}]
  })
}
