import {oneLine} from '../text/sanitize.js'
import type {ItemBody} from '../transcript/items.js'

/**
 * In six rows of 40 columns, on a first screen of 15. Nobody is asked for a key at a prompt: it would stand in a history,
 * and in what is drawn.
 */
const remedies = [
  'key    ANTHROPIC_API_KEY, or OPENAI_, GEMINI_, OPENROUTER_API_KEY',
  'local  Ollama, LM Studio, llama.cpp or vLLM, once it runs here',
  'file   `hermes config path`: `providers`',
]

/**
 * For who has just come: what could answer and is there already (`setup.found`), and how there is more. Nothing
 * where that cannot be told. `model`: what answers now.
 */
export function welcomeItems(status: Readonly<Record<string, unknown>>, model: string): ItemBody[] {
  if (!Array.isArray(status.found)) return []
  const found = status.found.flatMap(foundText)
  if (found.length === 0) {
    if (model !== 'offline') return []
    const head = 'Welcome. No model yet: offline answers.'
    return [{kind: 'output', text: [head, ...remedies].join('\n')}]
  }
  const now = model === '' ? '' : `${oneLine(model, 80)} answers · `
  return [{kind: 'output', text: `Welcome. Found ${found.join(', ')}.\n${now}/model chooses another`}]
}

function foundText(entry: unknown): string[] {
  const {name, variable, models} = (entry ?? {}) as Record<string, unknown>
  if (typeof name !== 'string') return []
  const known = oneLine(name, 40)
  if (typeof variable === 'string') return [`${known} (${oneLine(variable, 60)} is set)`]
  if (typeof models === 'number') return [`${known} on this machine (${models} ${models === 1 ? 'model' : 'models'})`]
  return []
}
