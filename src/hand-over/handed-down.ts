/**
 * Environment variable by which a chat says to the gateway of ours that it starts that it can come back to it; its
 * value is JSON. Print mode, a drill and whoever else drives a gateway don't set it: that one ends with its input.
 */
export const handOverVariable = 'HERMES_GATEWAY_HAND_OVER'

/** What the gateway needs to outlive its terminal. */
export interface HandOverTerms {
  /** Run of the program, 8 hex digits. */
  instance: string
  /** Where it is found again: `homeFiles(home).runs`. */
  folder: string
  /**
   * Program and arguments that tell plugins of a question while no terminal is there; key and kind of question are added.
   * Undefined where no plugin wants to hear of it.
   */
  bell?: readonly string[] | undefined
  /** Of settings and flags that the gateway works by: {@link fingerprint}. */
  works?: string | undefined
  /** What starts the agent that answers in its place, its name or its command; undefined: it is the built-in gateway. */
  agent?: readonly string[] | undefined
}

/** Two values with the same one are the same, but for one case in 2^52. `node:crypto` takes 5 ms to load. */
export function fingerprint(value: unknown): string {
  let [low, high] = [0xdeadbeef, 0x41c6ce57]
  const text = JSON.stringify(value)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    low = Math.imul(low ^ code, 2_654_435_761)
    high = Math.imul(high ^ code, 1_597_334_677)
  }
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}

/** The variable to set, always: one that stands in our own environment is of another program. */
export function handDownHandOver(terms: HandOverTerms | undefined): Record<string, string> {
  return {[handOverVariable]: terms ? JSON.stringify(terms) : ''}
}

/** Undefined where nobody said that he can come back. */
export function readHandOver(env: NodeJS.ProcessEnv): HandOverTerms | undefined {
  const text = env[handOverVariable]
  if (!text) return undefined
  try {
    const {instance, folder, bell, works, agent}: Partial<HandOverTerms> = JSON.parse(text)
    if (typeof instance !== 'string' || !/^[0-9a-f]{8}$/.test(instance) || typeof folder !== 'string') return undefined
    return {
      instance,
      folder,
      ...(areWords(bell) && {bell}),
      ...(typeof works === 'string' && {works}),
      ...(areWords(agent) && {agent}),
    }
  } catch {
    return undefined
  }
}

function areWords(words: unknown): words is readonly string[] {
  return Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string')
}
