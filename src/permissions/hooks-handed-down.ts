/** What a chat says to the built-in gateways that it starts of the hooks of its plugins. */
export interface ToolHookTerms {
  /** A plugin may have a hook of `tool:before`: it is asked before a tool runs. */
  before: boolean
  /** By then an answer comes, if one does, milliseconds. */
  deadlineMs: number
}

/** Nobody is asked. */
export const noToolHooks: ToolHookTerms = {before: false, deadlineMs: 0}

/** Environment variable by which it is said; its value is JSON. */
export const toolHooksVariable = 'HERMES_GATEWAY_TOOL_HOOKS'

/** The variable to set, always: one that stands in our own environment is of another program. */
export function handDownToolHooks(terms: ToolHookTerms): Record<string, string> {
  return {[toolHooksVariable]: terms.before ? JSON.stringify(terms) : ''}
}

export function readToolHooks(env: NodeJS.ProcessEnv): ToolHookTerms {
  const text = env[toolHooksVariable]
  if (!text) return noToolHooks
  try {
    const {before, deadlineMs}: Partial<ToolHookTerms> = JSON.parse(text)
    if (before !== true || typeof deadlineMs !== 'number' || !(deadlineMs > 0)) return noToolHooks
    return {before, deadlineMs}
  } catch {
    return noToolHooks
  }
}
