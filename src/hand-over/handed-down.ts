/**
 * Environment variable by which a chat says to the built-in gateway that it starts that it can come back to it; its
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
    const {instance, folder, bell}: Partial<HandOverTerms> = JSON.parse(text)
    if (typeof instance !== 'string' || !/^[0-9a-f]{8}$/.test(instance) || typeof folder !== 'string') return undefined
    return {instance, folder, ...(isBell(bell) && {bell})}
  } catch {
    return undefined
  }
}

function isBell(bell: unknown): bell is readonly string[] {
  return Array.isArray(bell) && bell.length > 0 && bell.every((word) => typeof word === 'string')
}
