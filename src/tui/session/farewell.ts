import {queued} from '../state/prompts.js'
import type {ChatState} from '../state/state.js'

/**
 * How to come back, when there is something to come back to, and what waits there. `stays`: the gateway works on without a
 * terminal; `queueWhileDetached`: and is sent what is queued.
 */
export function farewellText(
  {session, items, prompts, editor, held, view, inputSaved}: ChatState,
  {stays = false, queueWhileDetached = false}: {stays?: boolean; queueWhileDetached?: boolean | undefined},
): string | undefined {
  const said = items.some((item) => item.kind === 'user' || item.kind === 'assistant')
  const waiting = queued(prompts).length
  const kept = [
    ...(editor.text.trim() === '' ? [] : ['a draft']),
    ...(waiting === 0 ? [] : [waiting === 1 ? 'a queued prompt' : `${waiting} queued prompts`]),
  ].join(' and ')
  if (view.watched && session.key) {
    const again = `Watch it again with: hermes attach --watch ${session.key}`
    return kept && inputSaved ? `${again}\nKept for the next hermes chat here: ${kept}` : again
  }
  const back = stays ? 'It works on without a terminal: hermes attach' : 'Resume with: hermes chat --resume'
  const lines = session.key && (said || stays) ? [`${back} ${session.key}`] : []
  if (kept && !inputSaved) lines.push(`Not kept, it could not be saved: ${kept}`)
  else if (kept && stays && queueWhileDetached && !held && editor.text.trim() === '') {
    lines.push(`Sent meanwhile: ${kept}`)
  } else if (kept) lines.push(`Kept for ${lines.length > 0 ? 'then' : 'the next hermes chat here'}: ${kept}`)
  return lines.length > 0 ? lines.join('\n') : undefined
}
